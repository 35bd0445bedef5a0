"""Which step made which tensor. Knows nothing of what the steps are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Origin:
    """The output ``slot`` (from 0) of a step."""

    when: int
    step: str
    slot: int


@dataclass
class Wiring:
    """Every tensor of a forward pass with its origin.

    A tensor that shares its memory with one that was changed in place comes, from then on, from the step that did it.
    """

    _by_tensor: dict[int, Origin] = field(default_factory=dict)
    _changed: dict[int, Origin] = field(default_factory=dict)
    _clock: int = 0
    _keep: list[Tensor] = field(default_factory=list)
    """What has an id in these tables must not make room for another with the same."""

    def find(self, tensor: Tensor) -> Origin | None:
        """Where the tensor is from; None where no step made it."""
        made, changed = self._by_tensor.get(id(tensor)), self._changed.get(storage_of(tensor))
        if made and changed:
            return max(made, changed, key=lambda origin: origin.when)
        return made or changed

    def note(self, step: str, made: Sequence[Tensor], changed: Sequence[Tensor] = ()) -> None:
        """The step has made these tensors, and changed these."""
        self._clock += 1
        self._keep += [*made, *changed]
        for slot, tensor in enumerate(made):
            self._by_tensor[id(tensor)] = Origin(self._clock, step, slot)
        for tensor in changed:
            self._changed[storage_of(tensor)] = Origin(self._clock, step, 0)


def storage_of(tensor: Tensor) -> int:
    """What two tensors share only where they share their memory; also on the meta device."""
    return tensor.untyped_storage()._cdata


def versions_of(tensors: Sequence[Tensor]) -> list[int]:
    """How often each was changed in place. Tensors of ``torch.inference_mode()`` do not count it."""
    return [0 if tensor.is_inference() else tensor._version for tensor in tensors]


def find_changed(tensors: Sequence[Tensor], before: Sequence[int]) -> list[Tensor]:
    """Those of the tensors that were changed in place since ``versions_of`` said ``before``."""
    return [tensor for tensor, old, new in zip(tensors, before, versions_of(tensors), strict=True) if old != new]


def told_apart(result: object, given: Sequence[Tensor], changed: Sequence[Tensor]) -> object:
    """The result of a step as a tensor of its own, also where the step gave back what it was given, unchanged.

    Otherwise nobody could tell ``x`` from ``identity(x)`` later on.
    """
    if isinstance(result, Tensor) and not changed and any(result is tensor for tensor in given):
        return torch.ops.aten.alias.default(result)
    return result
