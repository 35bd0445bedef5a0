"""Put a checkpoint back into a fresh network and optimizer, all of it or nothing. Knows nothing of files."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from netcore.errors import CheckpointError
from netcore.model.state_checks import check_state, check_tensor
from netcore.training.checkpoints import Checkpoint
from netcore.training.config import TrainingConfig, complete_settings
from netcore.training.optimizers import expected_state, learning_parameters
from netcore.training.schedules import SCHEDULES

_OTHER_NETWORK = "Restore it into the network that it was trained with, or start a new run."
_MOST_STEPS = 10**12
_DAMAGED = "Delete it and train again, or go on from the run's other checkpoint."


def restore_model(model: nn.Module, state: dict[str, Tensor]) -> None:
    """Copy ``state`` into ``model`` after every name, shape, type and number was checked.

    ``load_state_dict`` alone would leave the first layers changed where a later one does not fit. Raises
    ``CheckpointError`` that names every tensor that is missing, is not the network's, or has another shape, and then
    the first whose type or numbers are wrong; ``model`` is untouched.
    """
    check_state(state, model.state_dict(), _OTHER_NETWORK)
    model.load_state_dict(state)


def restore_optimizer(
    optimizer: torch.optim.Optimizer, model: nn.Module, config: TrainingConfig, optim_state: dict[str, Any]
) -> None:
    """Give ``optimizer`` its memory of each parameter of ``model`` back; its settings stay those of ``config``.

    ``Optimizer.load_state_dict`` checks almost nothing, and a memory of another kind fails many steps later, or
    never. Raises ``CheckpointError`` with ``optimizer`` untouched.
    """
    parameters = learning_parameters(model)
    names = list(parameters)
    groups = optim_state.get("param_groups")
    if not isinstance(groups, list) or [_numbers_in(group) for group in groups] != [list(range(len(names)))]:
        raise CheckpointError(
            "The checkpoint's optimizer does not move the {count} parameters of this network as one group.",
            _OTHER_NETWORK,
            count=len(names),
        )
    restored = {}
    for index, memory in optim_state["state"].items():
        if type(index) is not int or not 0 <= index < len(names):
            raise CheckpointError(
                "The checkpoint's optimizer knows of another number of parameters than the {count} of this network.",
                _OTHER_NETWORK,
                count=len(names),
            )
        parameter = parameters[names[index]]
        restored[index] = _check_memory(names[index], parameter, config, memory)
    if not restored and expected_state(config, torch.Size([2])):
        raise CheckpointError("The checkpoint's optimizer remembers nothing.", _DAMAGED)
    optimizer.load_state_dict({**optimizer.state_dict(), "state": restored})


def check_same_training(checkpoint: Checkpoint, config: TrainingConfig, fingerprint: str | None) -> None:
    """Refuse to go on with another network, or with settings under which the result would be another one.

    Only how long it trains may differ, in epochs and in patience: more is what "train on" means. A schedule that was
    laid out over all epochs does not go on with more. Raises ``CheckpointError``.
    """
    if checkpoint.meta.get("fingerprint") != fingerprint:
        raise CheckpointError("The checkpoint belongs to another network.", _OTHER_NETWORK)
    saved = complete_settings(checkpoint.meta["config"])
    free = {"patience"} if SCHEDULES[config.schedule].is_planned else {"epochs", "patience"}
    for name, value in config.to_json().items():
        if name not in free and saved.get(name) != value:
            raise CheckpointError(
                "The checkpoint was trained with {setting} {saved}, and this run has {value}.",
                "Start a new run for other settings.",
                setting=name.replace("_", " "),
                saved=str(saved.get(name))[:40],
                value=value,
            )


def _numbers_in(group: object) -> list[int]:
    """Which parameters a group of an optimizer moves, by number; none where it does not say so."""
    numbers = group.get("params") if isinstance(group, dict) else None
    return numbers if isinstance(numbers, list) and all(type(number) is int for number in numbers) else []


def _as_tensor(value: Any) -> Any:
    """Adam's step was a number before torch 1.12."""
    return torch.tensor(float(value)) if type(value) in (int, float) and abs(value) < _MOST_STEPS else value


def _as_float32(value: Tensor, shape: torch.Size) -> Tensor:
    """A memory as torch turns it; of another shape it may be a few bytes that say they are terabytes."""
    return value.float() if value.is_floating_point() and value.shape == shape else value


def _check_memory(name: str, parameter: nn.Parameter, config: TrainingConfig, memory: dict[str, Any]) -> dict[str, Any]:
    expected = expected_state(config, parameter.shape)
    tensors = {key: _as_tensor(value) for key, value in memory.items() if value is not None}
    if set(tensors) != set(expected) or not all(torch.is_tensor(value) for value in tensors.values()):
        raise CheckpointError(
            "The checkpoint's optimizer remembers {found} of {tensor}, and {optimizer} needs {wanted}.",
            _OTHER_NETWORK,
            found=", ".join(map(str, tensors)) or "nothing",
            tensor=name,
            optimizer=config.optimizer,
            wanted=", ".join(expected) or "nothing",
        )
    tensors = {key: _as_float32(tensors[key], shape) for key, shape in expected.items()}
    for key, shape in expected.items():
        check_tensor(f"{key} of {name}", tensors[key], torch.empty(shape), _OTHER_NETWORK)
    # The fused kernels walk parameter and memory side by side: both must lie in memory in the same order.
    return {
        key: torch.empty_like(parameter).copy_(value).detach() if value.shape == parameter.shape else value
        for key, value in tensors.items()
    }
