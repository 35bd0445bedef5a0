"""Weights to take away: the very tensors, in files that anybody reads."""

import pytest
import safetensors.torch
import torch

from netcore.errors import CheckpointError, WorkerError
from netcore.export import weights
from netcore.export.weights import FORMATS, weights_file
from netcore.model.custom.source import CustomSource
from netcore.model.ready_made import ReadyMade
from netcore.model.spec import spec_to_json
from netcore.model.stack import Stack
from netcore.training.layout import BEST_NAME
from netcore.training.loop import train
from netcore.training.outside import examine
from tests.engine.good_classes import wrap
from tests.engine.training_help import HARD, SMALL, few_digits, hash_state, small_config


def read(data, kind, folder):
    if kind == "safetensors":
        return safetensors.torch.load(data)
    (folder / "weights.pth").write_bytes(data)
    return torch.load(folder / "weights.pth", weights_only=True)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("network", [SMALL, HARD, ReadyMade("residual")], ids=["small", "hard", "ready-made"])
def test_the_first_weights_of_a_seed_are_those_of_the_network(tmp_path, network, kind):
    data = weights_file(network, seed=5, checkpoint=None, kind=kind)
    assert hash_state(dict(sorted(read(data, kind, tmp_path).items()))) == hash_state(
        dict(sorted(network.build(5).state_dict().items()))
    )


@pytest.mark.parametrize("kind", FORMATS)
def test_the_weights_of_a_checkpoint_go_out_and_come_in_again(tmp_path, kind):
    model = HARD.build(0)
    train(model, small_config(epochs=1), few_digits(), tmp_path, network=HARD)
    data = weights_file(HARD, seed=0, checkpoint=tmp_path / BEST_NAME, kind=kind)
    state = read(data, kind, tmp_path)
    assert all(torch.equal(state[name], tensor) for name, tensor in model.state_dict().items())
    assert len(state) == len(model.state_dict())
    assert examine(data, HARD, small_config()).tensors == len(state)


def test_a_class_is_built_in_a_process_of_its_own():
    source = CustomSource(wrap())
    names = read(weights_file(source, seed=0, checkpoint=None, kind="safetensors"), "safetensors", None)
    assert set(names) == {"fc.weight", "fc.bias"}


def test_a_checkpoint_that_is_damaged_is_a_sentence(tmp_path):
    (tmp_path / BEST_NAME).write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="is damaged"):
        weights_file(SMALL, seed=0, checkpoint=tmp_path / BEST_NAME, kind="pth")


def test_weights_beyond_what_can_be_handed_out_are_refused(monkeypatch):
    monkeypatch.setattr(weights, "MAX_PAYLOAD_BYTES", 2 * 1024**2)
    network = spec_to_json(Stack.parse("flatten, linear(784, 1000)"))
    with pytest.raises(WorkerError, match=r"The weights are 3 MB, and a file of at most 2 MB can be handed out"):
        weights.pack({"network": network, "seed": 0, "checkpoint": None, "kind": "pth"}, b"", None)
