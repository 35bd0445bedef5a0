"""The memory that is counted is the memory that a real training step keeps."""

import pytest
import torch
from torch.nn import functional

from netcore.model.graph.drawing import draw_graph
from netcore.model.presets import get_preset, list_presets
from netcore.model.ready_made import ReadyMade, list_ready_made
from netcore.training.config import OPTIMIZERS, TrainingConfig
from netcore.training.footprint import count_memory
from netcore.training.optimizers import build_optimizer

SPECS = [preset.stack for preset in list_presets()] + list(list_ready_made())
CONFIGS = [TrainingConfig(optimizer=name, momentum=0.0) for name in OPTIMIZERS]
CONFIGS += [TrainingConfig(optimizer=name, momentum=0.9) for name, kind in OPTIMIZERS.items() if kind.momentum]


def sizes(spec, batch, config):
    return {item.name: item.size for item in count_memory(draw_graph(spec, batch, training=True), config)}


@pytest.mark.parametrize("spec", SPECS, ids=str)
@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: f"{config.optimizer} {config.momentum}")
def test_weights_gradients_and_the_optimizer_take_what_they_take_after_a_real_step(spec, config):
    model = spec.build(0).train()
    optimizer = build_optimizer(config, [item for item in model.parameters() if item.requires_grad])
    with torch.random.fork_rng():
        torch.manual_seed(0)
        functional.cross_entropy(model(torch.rand(3, 1, 28, 28)), torch.tensor([0, 1, 2])).backward()
    optimizer.step()
    counted = sizes(spec, 3, config)
    learning = [item for item in model.parameters() if item.requires_grad]
    state = [value for remembered in optimizer.state.values() for value in remembered.values()]
    skipped = sum(item.nbytes for item in learning if item.grad is None)  # a layer that this step left out
    assert counted["weights"] == sum(item.nbytes for item in model.parameters())
    assert counted["buffers"] == sum(item.nbytes for item in model.buffers())
    assert counted["gradients"] == sum(item.grad.nbytes for item in learning if item.grad is not None) + skipped
    if not skipped:
        assert counted["optimizer"] == sum(value.nbytes for value in state if torch.is_tensor(value))
    assert counted["batch"] == 3 * 28 * 28 * 4


def test_what_grows_with_the_batch_is_the_batch_and_what_is_kept_of_it():
    small, large = (sizes(get_preset("mlp").stack, batch, CONFIGS[1]) for batch in (10, 20))
    assert {name for name in small if large[name] != small[name]} == {"batch", "saved"}
    assert (large["batch"], large["saved"]) == (2 * small["batch"], 2 * small["saved"])


def test_the_arithmetic_is_that_of_the_course_network():
    items = count_memory(draw_graph(get_preset("mlp").stack, 64, training=True), TrainingConfig(optimizer="Adam"))
    assert {item.name: item.arithmetic for item in items} == {
        "weights": "4 × 101,770",
        "buffers": "",
        "gradients": "4 × 101,770",
        "optimizer": "4 × 2 × 101,770 + 4 × 1 × 4",
        "batch": "4 × 64 × 1 × 28 × 28",
        "saved": "",
    }
    for item in items:
        if item.arithmetic:
            assert eval(item.arithmetic.replace("×", "*").replace(",", ""), {}) == item.size


def test_what_is_frozen_has_no_gradient_and_is_not_remembered():
    counted = sizes(ReadyMade("frozen"), 3, CONFIGS[1])
    model = ReadyMade("frozen").build(0)
    learning = sum(item.nbytes for item in model.parameters() if item.requires_grad)
    assert counted["gradients"] == learning < counted["weights"]
