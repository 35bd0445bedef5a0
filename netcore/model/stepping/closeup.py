"""One tensor at one stop, closely: its histogram, and its numbers as pictures. Knows nothing of charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from netcore.errors import WorkerError
from netcore.model.parameters import Histogram, count_numbers
from netcore.model.stepping.values import to_numbers

MAX_CELLS = 20_000
"""Numbers of a picture."""
_WANTED_TILES = 16
"""Where there are as many, large ones are drawn smaller rather than all but the first left out."""
_MAX_COUNTED = 2**24
_FOLD = 64
"""A vector longer than this is written in lines of as many numbers, as text is."""


@dataclass(frozen=True)
class Picture:
    """Numbers to be drawn, as ``[tiles, height, width]``."""

    kind: Literal["maps", "images", "matrix", "vector"]
    """Channels of one image side by side; one-channel images side by side; rows and columns; a vector in lines."""
    tiles: int
    height: int
    width: int
    numbers: str
    """32-bit floats, little-endian, tile after tile and row after row, in hexadecimal; NaN where there is none."""
    all_tiles: int
    """How many channels or images there are; the first ones are drawn."""
    step: int
    """Each number drawn is the mean of a square with so many rows and columns: 1 where all are drawn."""

    def __post_init__(self) -> None:
        count = self.tiles * self.height * self.width
        if min(self.tiles, self.height, self.width) < 1 or not len(self.numbers) == 8 * count <= 8 * MAX_CELLS:
            raise WorkerError("The picture of a tensor cannot be read.", "Try again.")


@dataclass(frozen=True)
class Closeup:
    """A tensor at one stop."""

    histogram: Histogram | None
    """Of its finite numbers; None where it has none, or is too large."""
    picture: Picture | None
    """None for a single number, for more than four axes, and where there is nothing to draw."""


def look_closely(tensor: Tensor, batch: int, image: int) -> Closeup:
    """The histogram of a tensor, and its picture: of the image at ``image`` where the first axis is ``batch`` long."""
    with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():
        tensor = Tensor.as_subclass(
            Tensor.detach(tensor), Tensor
        )  # whatever a class of the text's own makes of its methods
        if tensor.is_meta or not 0 < tensor.numel() <= _MAX_COUNTED:
            return Closeup(None, None)
        numbers = to_numbers(tensor)
        finite = numbers[numbers.isfinite()].double()
        return Closeup(count_numbers(finite) if len(finite) else None, _draw(numbers, batch, image))


def _draw(numbers: Tensor, batch: int, image: int) -> Picture | None:
    of_batch = numbers.dim() > 1 and len(numbers) == batch
    one = numbers[min(image, len(numbers) - 1)] if of_batch or numbers.dim() == 4 else numbers
    if numbers.dim() == 4 and numbers.shape[1] == 1:
        return _pack("images", numbers[:, 0])
    if numbers.dim() in (3, 4) and one.dim() == 3:
        return _pack("maps", one)
    if numbers.dim() == 2 and of_batch and batch > 1:
        return _pack("matrix", numbers[None])
    if one.dim() == 2:
        return _pack("matrix", one[None])
    return _pack("vector", _fold(one)[None]) if one.dim() == 1 and one.numel() > 1 else None


def _fold(vector: Tensor) -> Tensor:
    """The first numbers of ``[K]`` as lines of ``_FOLD``, the last one filled up with NaN."""
    vector = vector[: MAX_CELLS // _FOLD * _FOLD]
    width = min(len(vector), _FOLD)
    lines = -(-len(vector) // width)
    filled = vector.new_full((lines * width,), torch.nan)
    filled[: len(vector)] = vector
    return filled.view(lines, width)


def _pack(kind: Literal["maps", "images", "matrix", "vector"], tiles: Tensor) -> Picture:
    step, room = 1, MAX_CELLS // min(len(tiles), _WANTED_TILES)
    while -(-tiles.shape[1] // step) * -(-tiles.shape[2] // step) > room:
        step += 1
    area = -(-tiles.shape[1] // step) * -(-tiles.shape[2] // step)
    drawn = tiles[: MAX_CELLS // area].float()
    if step > 1:
        drawn = functional.avg_pool2d(drawn[:, None], step, ceil_mode=True)[:, 0]
    count, height, width = drawn.shape
    return Picture(kind, count, height, width, drawn.numpy().astype("<f4").tobytes().hex(), len(tiles), step)
