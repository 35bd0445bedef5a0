"""Whether tensors are a network's: their names, shapes, types and numbers, with all that differs. Knows no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from netcore.errors import CheckpointError

BATCHES = "num_batches_tracked"
"""BatchNorm's counter may be missing: it came with PyTorch 0.4.1."""
DAMAGED = "Take a file from before its numbers went wrong, or train again."

_NEVER_NEGATIVE = ("running_var", BATCHES, "exp_avg_sq", "square_avg", "step")
_MAX_BATCHES = 10**9
_NAMED, LONGEST_NAME = 6, 80
"""So many tensors that do not fit are named, and so much of a name."""


def check_state(state: Mapping[str, Tensor], expected: Mapping[str, Tensor], cure: str) -> None:
    """Raise ``CheckpointError`` that names every tensor which is missing, is not the network's, or has another shape.

    And then the first one whose type or numbers are wrong.
    """
    _check_names_and_shapes(state, expected, cure)
    for name, tensor in state.items():
        check_tensor(name, tensor, expected[name], cure)


def check_tensor(name: str, found: Tensor, expected: Tensor, cure: str) -> None:
    """Raise ``CheckpointError`` where a tensor has another shape or type, or numbers that no training gives."""
    if found.shape != expected.shape:
        raise CheckpointError(
            "{tensor} has the shape {found} in the checkpoint, and this network expects {expected}.",
            cure,
            tensor=name,
            found=str(list(found.shape)),
            expected=str(list(expected.shape)),
        )
    if found.dtype != expected.dtype:
        raise CheckpointError(
            "{tensor} holds {found} in the checkpoint, and this network expects {expected}.",
            cure,
            tensor=name,
            found=type_of(found),
            expected=type_of(expected),
        )
    never_negative = name.endswith(_NEVER_NEGATIVE) or name.startswith(_NEVER_NEGATIVE)
    beyond_counting = name.endswith(BATCHES) and (found > _MAX_BATCHES).any()
    if not found.isfinite().all() or (never_negative and (found < 0).any()) or beyond_counting:
        raise CheckpointError("{tensor} holds numbers that no training gives.", DAMAGED, tensor=name)


def type_of(tensor: Tensor) -> str:
    """Its type without torch's name: ``float32``."""
    return str(tensor.dtype).removeprefix("torch.")


def list_some(names: Sequence[str]) -> str:
    """The first few names, shortened, and how many more there are."""
    rest = len(names) - _NAMED
    return ", ".join(name[:LONGEST_NAME] for name in names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _check_names_and_shapes(state: Mapping[str, Tensor], expected: Mapping[str, Tensor], cure: str) -> None:
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
            cure,
            count=count,
            missing=list_some(missing),
            unexpected=list_some(unexpected),
            reshaped=list_some(reshaped),
        )
    if missing:
        raise CheckpointError("The checkpoint has no {tensor}.", cure, tensor=missing[0])
    if unexpected:
        what = "The checkpoint holds {tensor}, which this network does not have."
        raise CheckpointError(what, cure, tensor=unexpected[0])
