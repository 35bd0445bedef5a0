"""What is wrong with a network, and the network that is mended. Pure: layers and shapes in, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netcore.errors import CodeError, StackError
from netcore.model.mend import find_bounded, find_mismatch, find_unfinished
from netcore.model.mismatch import Mismatch
from netcore.model.shape import Shape
from netcore.model.spec import NetworkSpec
from netcore.model.stack import Stack
from netcore.settings import MAX_ACTIVATION_BYTES

_PASSING = frozenset(("Flatten", "Identity", "Unflatten"))
"""Layers that pass their numbers on as they are."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a network, in words, and the network that is mended, where we know one."""

    place: int
    """The number of layers that ran before, so also the index of the layer in question."""
    what: str
    cure: str
    values: tuple[tuple[str, Any], ...]
    label: str
    """The mend in a few signs: ``in_features = 3136``, ``+ Flatten()``."""
    mended: NetworkSpec | None
    line: int = 0
    """The line in question, where the network is a class that a student wrote; else 0."""

    @property
    def refusal(self) -> StackError:
        """The problem as an error, to show or to raise."""
        if self.line:
            return CodeError(self.what, self.cure, **{**dict(self.values), "line": self.line})
        return StackError(self.what, self.cure, **dict(self.values))


def find_problem(stack: Stack, place: int, shape: Shape) -> Problem | None:
    """Why the layer at ``place`` (from 0) cannot take an input of ``shape`` (batch first); None where it can."""
    mismatch = find_mismatch(stack.layers[place], shape)
    return _to_problem(mismatch, stack, place) if mismatch else None


def find_notice(stack: Stack, output_shape: Shape) -> Problem | None:
    """Why a network that runs cannot be trained to tell ten digits apart; None where it can."""
    place = len(stack.layers) - 1
    mismatch = find_unfinished(stack.layers[-1], output_shape)
    if mismatch:
        return _to_problem(mismatch, stack, place)
    place = next((at for at in range(place, -1, -1) if stack.layers[at].kind not in _PASSING), 0)
    mismatch = find_bounded(stack.layers[place])
    if mismatch:
        return _to_problem(mismatch, stack, place)
    if stack.parameters == 0:
        return Problem(
            place,
            "The network has no parameters: there is nothing to train.",
            "Add a layer with weights, such as Linear.",
            (),
            "",
            None,
        )
    return None


def find_too_much(code: str, shape: Shape, place: int, total: int) -> Problem:
    """Say that all outputs up to that of the layer written ``code`` take ``total`` bytes, more than the limit."""
    most = MAX_ACTIVATION_BYTES * shape[0] // total
    values = {
        "layer": code,
        "shape": shape,
        "size": f"{total / 1e6:,.0f}",
        "limit": f"{MAX_ACTIVATION_BYTES / 1e6:,.0f}",
        "most": most,
    }
    what = "With the output {shape} of {layer}, the batch takes {size} MB, and {limit} MB are the limit."
    cure = "Choose a smaller batch, at most {most}." if most else "Make the layers smaller."
    return Problem(place, what, cure, tuple(values.items()), "", None)


def find_unexplained(code: str, shape: Shape, place: int) -> Problem:
    """Say that the layer written ``code`` refuses ``shape`` for a reason that we have no words for."""
    return Problem(
        place,
        "{layer} cannot take {shape}.",
        "Compare this shape with what the layer is made for.",
        (("layer", code), ("shape", shape)),
        "",
        None,
    )


def find_broken_forward(code: str, shape: Shape, place: int) -> Problem:
    """Say that a class's own lines fail with the output ``shape`` of the last layer that ran, written ``code``."""
    return Problem(
        place,
        "{layer} gave {shape}, and the lines of forward() after it fail.",
        "Look at what forward() does with this output.",
        (("layer", code), ("shape", shape)),
        "",
        None,
    )


def _to_problem(mismatch: Mismatch, stack: Stack, place: int) -> Problem:
    try:
        mended = stack.replace(place, *mismatch.layers) if mismatch.label else None
    except StackError:  # the mended network would be over a limit
        mended = None
    return Problem(
        place,
        mismatch.what,
        mismatch.cure,
        mismatch.values,
        mismatch.label if mended else "",
        mended,
    )
