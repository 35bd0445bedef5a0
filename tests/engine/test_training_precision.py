"""A run that computes in bfloat16 resumes as exactly as one in float32, and leaves float32 behind."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from netcore.errors import ConfigError
from netcore.model.ready_made import list_ready_made
from netcore.training.checkpoints import read_checkpoint
from netcore.training.config import OPTIMIZERS, TrainingConfig
from netcore.training.layout import LAST_NAME
from netcore.training.loop import train
from tests.engine.training_help import HARD, few_digits, hash_checkpoint, small_config


def train_to(folder, config, network=HARD):
    folder.mkdir(exist_ok=True)
    train(network.build(config.seed), config, few_digits(), folder, network=network)
    return read_checkpoint(folder / LAST_NAME)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_stopped_and_resumed_in_bfloat16_equals_uninterrupted_bit_for_bit(tmp_path, optimizer):
    config = small_config(optimizer, epochs=3, precision="bfloat16")
    whole = train_to(tmp_path / "whole", config)
    train_to(tmp_path / "parts", replace(config, epochs=1))
    assert hash_checkpoint(train_to(tmp_path / "parts", config)) == hash_checkpoint(whole)
    single = train_to(tmp_path / "single", replace(config, precision="float32"))
    assert hash_checkpoint(single) != hash_checkpoint(whole)


@pytest.mark.parametrize("network", [HARD, *list_ready_made()], ids=lambda network: getattr(network, "name", "stack"))
def test_every_network_learns_in_bfloat16_and_keeps_float32(tmp_path, network):
    checkpoint = train_to(tmp_path, small_config(epochs=1, training_size=64, precision="bfloat16"), network)
    kept = [*checkpoint.model_state.values()]
    kept += [item for memory in checkpoint.optim_state["state"].values() for item in memory.values()]
    assert {tensor.dtype for tensor in kept if tensor.is_floating_point()} == {torch.float32}


def test_settings_saved_before_there_was_a_choice_mean_float32():
    saved = TrainingConfig().to_json()
    del saved["precision"]
    assert TrainingConfig.from_json(saved).precision == "float32"


class Stubborn(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(784, 10)

    def forward(self, x):
        scores = torch.zeros(len(x), 10)
        return scores.index_add(0, torch.arange(len(x)), self.layer(x.flatten(1)))


def test_a_network_that_does_not_compute_in_bfloat16_is_refused_in_words(tmp_path):
    train(Stubborn(), small_config(epochs=1), few_digits(), tmp_path)
    with pytest.raises(ConfigError, match=r"takes its digits in float32, but not in bfloat16\. Choose float32\."):
        train(Stubborn(), small_config(epochs=1, precision="bfloat16"), few_digits(), tmp_path)
