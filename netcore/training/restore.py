"""Put a checkpoint back into a fresh network and optimizer, all of it or nothing. Knows nothing of files."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from netcore.errors import CheckpointError
from netcore.training.checkpoints import Checkpoint
from netcore.training.config import TrainingConfig, complete_settings
from netcore.training.optimizers import expected_state, learning_parameters
from netcore.training.schedules import SCHEDULES

_OTHER_NETWORK = "Restore it into the network that it was trained with, or start a new run."
_NEVER_NEGATIVE = ("running_var", "num_batches_tracked", "exp_avg_sq", "square_avg", "step")
_MAX_BATCHES = 10**9
_NAMED, _LONGEST_NAME = 6, 80
"""So many tensors that do not fit are named, and so much of a name."""
_DAMAGED = "Delete it and train again, or go on from the run's other checkpoint."


def restore_model(model: nn.Module, state: dict[str, Tensor]) -> None:
    """Copy ``state`` into ``model`` after every name, shape, type and number was checked.

    ``load_state_dict`` alone would leave the first layers changed where a later one does not fit. Raises
    ``CheckpointError`` that names every tensor that is missing, is not the network's, or has another shape, and then
    the first whose type or numbers are wrong; ``model`` is untouched.
    """
    expected = model.state_dict()
    _check_names_and_shapes(state, expected)
    for name, tensor in state.items():
        _check_tensor(name, tensor, expected[name])
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


def _check_names_and_shapes(state: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    missing = [name for name in expected if name not in state]
    unexpected = [name for name in state if name not in expected]
    reshaped = [
        f"{name} {list(tensor.shape)} for {list(expected[name].shape)}"
        for name, tensor in state.items()
        if name in expected and tensor.shape != expected[name].shape
    ]
    count = len(missing) + len(unexpected) + len(reshaped)
    if count > 1:
        parts = [
            *(["Missing: {missing}."] if missing else []),
            *(["Not in this network: {unexpected}."] if unexpected else []),
            *(["Of another shape: {reshaped}."] if reshaped else []),
        ]
        raise CheckpointError(
            "{count} tensors of the checkpoint do not fit this network. " + " ".join(parts),
            _OTHER_NETWORK,
            count=count,
            missing=_list_some(missing),
            unexpected=_list_some(unexpected),
            reshaped=_list_some(reshaped),
        )
    if missing:
        raise CheckpointError("The checkpoint has no {tensor}.", _OTHER_NETWORK, tensor=missing[0])
    if unexpected:
        raise CheckpointError(
            "The checkpoint holds {tensor}, which this network does not have.", _OTHER_NETWORK, tensor=unexpected[0]
        )


def _list_some(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(name[:_LONGEST_NAME] for name in names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _numbers_in(group: object) -> list[int]:
    """Which parameters a group of an optimizer moves, by number; none where it does not say so."""
    numbers = group.get("params") if isinstance(group, dict) else None
    return numbers if isinstance(numbers, list) and all(type(number) is int for number in numbers) else []


def _check_memory(name: str, parameter: nn.Parameter, config: TrainingConfig, memory: dict[str, Any]) -> dict[str, Any]:
    expected = expected_state(config, parameter.shape)
    tensors = {key: value for key, value in memory.items() if value is not None}
    if set(tensors) != set(expected) or not all(torch.is_tensor(value) for value in tensors.values()):
        raise CheckpointError(
            "The checkpoint's optimizer remembers {found} of {tensor}, and {optimizer} needs {wanted}.",
            _OTHER_NETWORK,
            found=", ".join(map(str, tensors)) or "nothing",
            tensor=name,
            optimizer=config.optimizer,
            wanted=", ".join(expected) or "nothing",
        )
    for key, shape in expected.items():
        _check_tensor(f"{key} of {name}", tensors[key], torch.empty(shape))
    # The fused kernels walk parameter and memory side by side: both must lie in memory in the same order.
    return {
        key: torch.empty_like(parameter).copy_(value).detach() if value.shape == parameter.shape else value
        for key, value in tensors.items()
    }


def _check_tensor(name: str, found: Tensor, expected: Tensor) -> None:
    if found.shape != expected.shape:
        raise CheckpointError(
            "{tensor} has the shape {found} in the checkpoint, and this network expects {expected}.",
            _OTHER_NETWORK,
            tensor=name,
            found=str(list(found.shape)),
            expected=str(list(expected.shape)),
        )
    if found.dtype != expected.dtype:
        raise CheckpointError(
            "{tensor} holds {found} in the checkpoint, and this network expects {expected}.",
            _OTHER_NETWORK,
            tensor=name,
            found=str(found.dtype).removeprefix("torch."),
            expected=str(expected.dtype).removeprefix("torch."),
        )
    never_negative = name.endswith(_NEVER_NEGATIVE) or name.startswith(_NEVER_NEGATIVE)
    beyond_counting = name.endswith("num_batches_tracked") and (found > _MAX_BATCHES).any()
    if not found.isfinite().all() or (never_negative and (found < 0).any()) or beyond_counting:
        raise CheckpointError("{tensor} holds numbers that no training gives.", _DAMAGED, tensor=name)
