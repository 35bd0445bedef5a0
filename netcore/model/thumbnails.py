"""What every layer gives for one image, as a small grey picture. Knows nothing of weights, or of where it is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from netcore.data.mnist import SIDE
from netcore.model.inside.maps import to_planes
from netcore.model.inside.watching import Call, to_batch, watch

MAX_THUMBNAILS = 64
MAX_CHANNELS = 8
COLUMNS = 4
MAX_NUMBERS = 128


@dataclass(frozen=True)
class Thumbnail:
    """A picture of what one call of a layer gave: the smallest number black, the largest white."""

    name: str
    """The layer's, as in ``named_modules()``."""
    width: int
    height: int
    levels: str
    """``uint8 [height, width]`` as hexadecimal text."""
    follows_unseen: bool
    """Whether ``forward`` did something itself to what the layer got: an addition, a ``relu`` without a layer."""


def thumbnails(model: nn.Module, *, images: str, highest: int, mode: str, seed: int) -> tuple[Thumbnail, ...]:
    """Send one digit (``netcore.data.grey.pack``) through and draw what each call of a layer gave.

    At most ``MAX_THUMBNAILS`` of them: of feature maps the first ``MAX_CHANNELS``, ``COLUMNS`` in a row, of a vector
    the first ``MAX_NUMBERS`` numbers as a strip. ``highest`` is what 255 is to the network. Raises ``StackError`` where
    BatchNorm gets a single value a feature in training mode.
    """
    drawn: list[Thumbnail] = []

    def visit(call: Call) -> None:
        if len(drawn) < MAX_THUMBNAILS:
            picture = _draw(to_planes(call.output))
            height, width = picture.shape
            levels = picture.contiguous().numpy().tobytes().hex()
            drawn.append(Thumbnail(call.name, width, height, levels, call.follows_unseen))

    with torch.no_grad():
        watch(model, to_batch(images, highest), visit, mode=mode, seed=seed)
    return tuple(drawn)


def _draw(planes: Tensor) -> Tensor:
    """``[channels, height, width]`` as ``uint8 [height, width]``."""
    if planes.shape[1:] == (1, 1):
        return _to_grey(planes[:MAX_NUMBERS].reshape(1, -1))
    every = max(1, math.ceil(max(planes.shape[1:]) / SIDE))
    shown = planes[:MAX_CHANNELS, ::every, ::every]
    if not shown.numel():
        return _to_grey(torch.zeros(1, 1))
    columns = min(len(shown), COLUMNS)
    rows = -(-len(shown) // columns)
    # Between two maps, and where there is none, the smallest number: a dark line.
    dark = float(shown.nan_to_num().min())
    spaced = functional.pad(shown, (0, 1, 0, 1, 0, rows * columns - len(shown)), value=dark)
    laid = spaced.unflatten(0, (rows, columns)).permute(0, 2, 1, 3).flatten(2).flatten(0, 1)
    return _to_grey(laid[:-1, :-1])


def _to_grey(numbers: Tensor) -> Tensor:
    finite = numbers.nan_to_num()
    low, high = (finite.min(), finite.max()) if finite.numel() else (torch.zeros(()), torch.ones(()))
    return ((finite - low) / (high - low).clamp(min=torch.finfo(torch.float32).tiny) * 255).round().to(torch.uint8)
