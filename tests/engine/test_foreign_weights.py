"""Weights alone, from a file: into the network in hand, or refused in words."""

import math

import pytest
import safetensors.torch
import torch

from netcore.errors import CheckpointError
from netcore.training.checkpoints import read_checkpoint
from netcore.training.loop import train
from netcore.training.outside import adopt, examine
from tests.engine.outside_files import saved
from tests.engine.training_help import HARD, SMALL, few_digits, hash_state, small_config

pytestmark = pytest.mark.usefixtures("near")
WRITERS = {"pth": lambda state: saved(dict(state)), "safetensors": safetensors.torch.save}
CONFIG = small_config(epochs=2)


@pytest.mark.parametrize("network", [SMALL, HARD], ids=["small", "hard"])
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_weights_alone_become_a_run_that_begins_with_them(store, network, write):
    state = network.build(5).state_dict()
    found = examine(write(state), network, CONFIG)
    assert (found.epoch, found.best_loss, found.problem, found.brings_settings) == (0, math.inf, None, False)
    run = adopt(store, found)
    assert hash_state(read_checkpoint(run.best_path).model_state) == hash_state(state)
    history = train(network.build(0), run.config, few_digits(), run.folder, network=network)
    assert [result.epoch for result in history.epochs] == [1, 2]
    assert read_checkpoint(run.best_path).best_loss < 2.3


def test_a_training_from_weights_alone_takes_the_steps_of_a_new_one(store, tmp_path):
    run = adopt(store, examine(saved(SMALL.build(CONFIG.seed).state_dict()), SMALL, CONFIG))
    train(SMALL.build(9), run.config, few_digits(), run.folder, network=SMALL)
    train(SMALL.build(CONFIG.seed), CONFIG, few_digits(), tmp_path, network=SMALL)
    ours, fresh = (
        hash_state(read_checkpoint(path).model_state) for path in (run.last_path, tmp_path / run.last_path.name)
    )
    assert ours == fresh


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_weights_of_another_network_are_refused_with_all_that_differs(write):
    with pytest.raises(
        CheckpointError, match=r"tensors of the checkpoint do not fit.*Missing: .*Of another shape: .*1\.weight"
    ):
        examine(write(HARD.build(0).state_dict()), SMALL, CONFIG)


def many(spaces):
    """The header of a file of 30,000 empty tensors, which a reader would make one by one."""
    entry = '{"dtype":"F32","shape":[0],"data_\\u006fffsets":[0,0]}'
    header = "{" + ",".join(f'"t{number}":{spaces}{entry}' for number in range(30_000)) + "}"
    return len(header).to_bytes(8, "little") + header.encode()


def noted():
    header = '{"__metadata__":{"note":"' + "x" * 5_000_000 + '"}}'
    return len(header).to_bytes(8, "little") + header.encode()


def good():
    return safetensors.torch.save(SMALL.build(0).state_dict())


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'\x08\x00\x00\x00\x00\x00\x00\x00{"a":{}}', "begins like safetensors, and is damaged"),  # CP34
        (good()[:-1], "The file begins like safetensors, and is damaged or cut off"),
        (good() + b"x", "damaged or cut off"),
        (good().replace(b'"F32"', b'"F64"', 1), "damaged or cut off"),
        (good().replace(b'"F32"', b'"I32"'), r"holds int32 in the checkpoint, and .* float32"),
        ((2).to_bytes(8, "little") + b"{}", "The file holds an empty dictionary"),
        ((2).to_bytes(8, "little") + b"{x", "damaged or cut off"),
        (b"\xff" * 8 + b"{}", "is a file of an unknown kind, and no checkpoint"),
        ((4000).to_bytes(8, "little") + b"{" * 4000, "damaged or cut off"),
        (many(""), "The file holds 30,000 tensors, and 2,000 are the limit. Choose another file."),
        (many(" \n"), "The file holds 30,000 tensors, and 2,000 are the limit"),
        (noted(), "The file has 5.0 MB of names and notes, and 4.2 MB are the limit"),
        (saved({"1.weight": torch.zeros(3), "note": "hello"}), "holds note in its state_dict: a value of type str"),
        (saved({}), "The file holds an empty dictionary"),
        (saved({1: torch.zeros(3)}), "The file holds no state_dict of a network"),
        (saved({**SMALL.build(0).state_dict(), "3.bias": torch.full((10,), torch.nan)}), "3.bias holds numbers"),
        (safetensors.torch.save({"1.weight": torch.zeros(0, 10**9)}), "tensors of the checkpoint do not fit"),
    ],
)
def test_what_is_no_file_of_weights_is_refused_in_words(data, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        examine(data, SMALL, CONFIG)
