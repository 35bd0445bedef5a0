"""One number of one layer, from close by: the map on which it stands, its weights, where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netcore.errors import DataError
from netcore.model.inside.activations import fold_weight, weight_of
from netcore.model.inside.arithmetic import explain
from netcore.model.inside.maps import Maps, to_maps, to_planes
from netcore.model.inside.origins import Origin
from netcore.model.inside.watching import Call, to_batch, watch
from netcore.model.shape import Shape
from netcore.model.tensors import code_of

MAP_NUMBERS = 4096
"""Of the one map, and of the weights that made it."""


@dataclass(frozen=True)
class Closeup:
    """A place in a layer's output ``[channels, height, width]``, and what led there."""

    map: Maps
    """The feature map on which the place lies."""
    weights: Maps | None
    """What the layer learned for this channel or neuron: kernels, or a Linear's row; None where it has none."""
    value: float
    """The number itself, as the layer gave it."""
    origin: Origin | None
    """None for a kind of layer whose arithmetic is not told."""


def look_closely(
    model: nn.Module,
    *,
    images: str,
    highest: int,
    mode: str,
    seed: int,
    step: int,
    channel: int,
    row: int = 0,
    column: int = 0,
) -> Closeup:
    """The number at ``[channel, row, column]`` of what the ``step``-th call gave for one digit, and its origin.

    A vector has as many channels as neurons, of one row and column. Raises ``DataError`` for a call or a place that is
    not there, and what ``activations`` raises.
    """
    found: list[Closeup] = []
    calls = 0

    def visit(call: Call) -> None:
        nonlocal calls
        calls += 1
        if call.step == step:
            found.append(_describe(call, (channel, row, column)))

    with torch.no_grad():
        watch(model, to_batch(images, highest), visit, mode=mode, seed=seed)
    if not found:
        raise DataError(
            "The network has no layer {step} on this image's way.", "Choose one of {calls}.", step=step, calls=calls
        )
    return found[0]


def _describe(call: Call, place: tuple[int, int, int]) -> Closeup:
    planes = _planes_with(call, place)
    weight = weight_of(call.module)
    origin = None
    if call.given is not None:
        origin = explain(call.module, call.given, call.output, _index_of(planes, place, call.output), call.flattens)
    return Closeup(
        map=to_maps(planes[place[0]].unsqueeze(0), MAP_NUMBERS),
        weights=to_maps(fold_weight(weight, call.flattens)[place[0]], MAP_NUMBERS) if weight is not None else None,
        value=planes[place].item(),
        origin=origin,
    )


def _planes_with(call: Call, place: tuple[int, int, int]) -> Tensor:
    """The output as ``[channels, height, width]``. Raises ``DataError`` where it has no such place."""
    planes = to_planes(call.output)
    for word, index, size in zip(("channel", "row", "column"), place, planes.shape, strict=True):
        if not 0 <= index < size:
            raise DataError(
                "{layer} gives {shape}: it has no {word} {index}.",
                "Count from 0 to {last}.",
                layer=code_of(call.module),
                shape=Shape(call.output.shape),
                word=word,
                index=index,
                last=size - 1,
            )
    return planes


def _index_of(planes: Tensor, place: tuple[int, int, int], output: Tensor) -> tuple[int, ...]:
    """The same place with one index for each axis of the layer's own output."""
    flat = (place[0] * planes.shape[1] + place[1]) * planes.shape[2] + place[2]
    index: list[int] = []
    for size in reversed(output.shape):
        flat, inner = divmod(flat, size)
        index.insert(0, inner)
    return tuple(index)
