"""One parameter or buffer as pictures: kernels, neurons as the digits that they look for, rows. Draws nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from netcore.data.mnist import SIDE
from netcore.errors import NetcoreError
from netcore.model.inside.activations import Weights, fold_weight
from netcore.model.inside.maps import to_maps
from netcore.model.inside.watching import Call, watch
from netcore.model.shape import Shape

NUMBERS = 12_600
"""As many are told at a time: 16 neurons of 28 x 28, or 1,400 kernels of 3 x 3."""


def picture_parameter(model: nn.Module, *, name: str, first: int) -> Weights | None:
    """The tensor ``name`` (as in ``state_dict()``) as pictures, from the ``first`` on, so that one sees what it holds.

    A convolution's kernels; the rows of a Linear as feature maps where it takes such maps laid in a row, as 28 x 28
    pictures where it takes the digit itself; any other table as one picture, and any other tensor as a strip. None
    where there is no such tensor, or nothing in it.
    """
    tensor = dict([*model.named_parameters(), *model.named_buffers()]).get(name)
    if tensor is None or not tensor.numel():
        return None
    folded = _fold(tensor.detach(), _maps_before(model, name.rpartition(".")[0]) if tensor.dim() == 2 else ())
    return Weights(Shape(tensor.shape), folded.shape[1], to_maps(folded.flatten(0, 1), NUMBERS, first))


def _fold(tensor: Tensor, flattens: tuple[int, ...]) -> Tensor:
    """As ``[outputs, pictures, height, width]``."""
    if tensor.dim() == 4 or flattens:
        return fold_weight(tensor, flattens)
    return tensor.reshape(1, 1, -1, tensor.shape[-1]) if tensor.dim() > 1 else tensor.reshape(1, 1, 1, -1)


def _maps_before(model: nn.Module, module: str) -> tuple[int, ...]:
    """The shape of what a layer gets laid in a row; empty where it gets no such thing, or no digit comes that far."""
    found: list[tuple[int, ...]] = []

    def visit(call: Call) -> None:
        if call.name == module:
            found.append(call.flattens)

    try:
        with torch.no_grad():
            watch(model, torch.zeros(1, 1, SIDE, SIDE), visit)
    except (NetcoreError, RuntimeError, ValueError, IndexError):  # its layers do not fit: the page says so elsewhere
        return ()
    return found[0] if found else ()
