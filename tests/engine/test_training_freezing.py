"""What is frozen stays as it is, in a training, after a resume, in the script."""

import pytest
import torch

from netcore.errors import ConfigError, StackError
from netcore.model.ready_made import ReadyMade
from netcore.training.checkpoints import read_checkpoint
from netcore.training.config import TrainingConfig
from netcore.training.freezing import freeze
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.loop import train
from netcore.training.readiness import check_network
from tests.engine.test_training_source import small_run, training_source
from tests.engine.training_help import SMALL, few_digits, hash_checkpoint, small_config

FIRST_LAYER = ("1.weight", "1.bias")


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_frozen_parameters_stay_and_the_others_move(tmp_path, optimizer):
    model = SMALL.build(0)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    config = small_config(optimizer, epochs=1, frozen=FIRST_LAYER, weight_decay=0.1)
    train(model, config, few_digits(), tmp_path, network=SMALL)
    moved = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved == {"3.weight", "3.bias"}


def test_a_resumed_training_with_frozen_parameters_is_the_uninterrupted_one(tmp_path):
    config = small_config(epochs=2, frozen=FIRST_LAYER)
    for folder, epochs in (("whole", (2,)), ("parts", (1, 2))):
        (tmp_path / folder).mkdir()
        for count in epochs:
            settings = small_config(epochs=count, frozen=FIRST_LAYER)
            train(SMALL.build(0), settings, few_digits(), tmp_path / folder, network=SMALL)
    whole, parts = (read_checkpoint(tmp_path / folder / LAST_NAME) for folder in ("whole", "parts"))
    assert hash_checkpoint(whole) == hash_checkpoint(parts)
    assert TrainingConfig.from_json(whole.meta["config"]) == config


def test_nothing_frozen_lets_learn_what_the_class_had_frozen():
    model = ReadyMade("frozen").build(0)
    assert not all(parameter.requires_grad for parameter in model.parameters())
    freeze(model, None)
    assert not all(parameter.requires_grad for parameter in model.parameters())
    freeze(model, ())
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_a_name_that_the_network_does_not_have_is_refused_and_changes_nothing():
    model = SMALL.build(0)
    with pytest.raises(ConfigError, match=r"fc1\.weight shall be frozen, and this network has no parameter"):
        freeze(model, ("1.weight", "fc1.weight"))
    assert all(parameter.requires_grad for parameter in model.parameters())
    with pytest.raises(ConfigError, match=r"fc1\.weight"):
        check_network(model, small_config(frozen=("fc1.weight",)))


def test_with_everything_frozen_nothing_learns():
    model = SMALL.build(0)
    names = tuple(name for name, _ in model.named_parameters())
    with pytest.raises(StackError, match=r"no parameters that learn\. Let one learn on the Model page"):
        check_network(model, small_config(frozen=names))
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("frozen", ["1.weight", ["1.weight"], (1,), ("x" * 201,), ("x",) * 1001])
def test_frozen_is_a_tuple_of_names(frozen):
    with pytest.raises(ConfigError, match="The frozen parameters are"):
        TrainingConfig(frozen=frozen)


@pytest.mark.parametrize(
    ("network", "frozen"),
    [(SMALL, FIRST_LAYER), (ReadyMade("frozen"), None), (ReadyMade("frozen"), ())],
    ids=["stack", "class that freezes", "class unfrozen"],
)
def test_the_script_freezes_as_we_do_and_goes_on_from_our_checkpoint(monkeypatch, tmp_path, capsys, network, frozen):
    train(network.build(0), small_config(epochs=1, frozen=frozen), few_digits(), tmp_path, network=network)
    before = read_checkpoint(tmp_path / BEST_NAME).model_state
    source = training_source(network, small_config(epochs=2, frozen=frozen))
    names, epochs = small_run(source, monkeypatch, tmp_path, capsys)
    assert epochs == [2]
    expected = network.build(0)
    freeze(expected, frozen)
    for (name, parameter), wanted in zip(names["model"].named_parameters(), expected.parameters(), strict=True):
        assert parameter.requires_grad == wanted.requires_grad
        assert torch.equal(parameter, before[name]) != parameter.requires_grad
