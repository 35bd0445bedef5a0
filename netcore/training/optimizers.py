"""torch's optimizers from our settings, and what each remembers. Knows nothing of files."""

from __future__ import annotations

import torch
from torch import nn

from netcore.training.config import OPTIMIZERS, TrainingConfig


def learning_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters of ``model`` that learn, by name, in the order in which the optimizer numbers them."""
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def build_optimizer(config: TrainingConfig, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    """The optimizer of the config over ``parameters``, fused where torch offers that on the CPU."""
    fused = {"fused": True} if OPTIMIZERS[config.optimizer].fused else {}
    return getattr(torch.optim, config.optimizer)(parameters, **config.optimizer_arguments(), **fused)


def fresh_memory(config: TrainingConfig, parameters: list[nn.Parameter]) -> dict[int, dict[str, torch.Tensor]]:
    """What the optimizer remembers of each parameter before its first step, written out: it begins with zeros."""
    shapes = {number: expected_state(config, parameter.shape) for number, parameter in enumerate(parameters)}
    return {number: {name: torch.zeros(shape) for name, shape in names.items()} for number, names in shapes.items()}


def expected_state(config: TrainingConfig, shape: torch.Size) -> dict[str, torch.Size]:
    """The name and shape of all that the optimizer remembers of a parameter of ``shape`` once it has updated it.

    Found by letting it update a probe, so that it holds for every class and every setting.
    """
    probe = nn.Parameter(torch.zeros(2))
    probe.grad = torch.zeros(2)
    optimizer = build_optimizer(config, [probe])
    optimizer.step()
    remembered = {name: value.shape for name, value in optimizer.state[probe].items() if torch.is_tensor(value)}
    return {name: shape if item == probe.shape else item for name, item in remembered.items()}
