"""Many numbers in a form that travels: feature maps, kernels, neurons, bounded. Knows no layer and no screen."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Any

import numpy
from torch import Tensor


@dataclass(frozen=True)
class Maps:
    """Some of ``total`` pictures of one size; a vector is many pictures of one pixel."""

    total: int
    first: int
    """Which of them is the first that is here."""
    height: int
    width: int
    """Of a whole picture."""
    every: int
    """1 where each row and column is here, 2 for every second one."""
    numbers: str
    """``float32``, little-endian, in Base64."""

    @property
    def values(self) -> Any:
        """The numbers that are here, as a NumPy array ``float32 [count, rows, columns]``."""
        numbers = numpy.frombuffer(base64.b64decode(self.numbers), dtype="<f4")
        return numbers.reshape(-1, math.ceil(self.height / self.every), math.ceil(self.width / self.every))


def to_planes(tensor: Tensor) -> Tensor:
    """What a layer gave for one image as ``[channels, height, width]``, the numbers in their order.

    ``[1, C, H, W]`` as it is; a vector ``[1, F]`` as F pictures of one pixel; ``[1, L, E]`` as L rows.
    """
    shape = tuple(tensor.shape)
    if len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    channels, *places = shape or (1,)
    width = places[-1] if places else 1
    return tensor.reshape(channels, -1, width) if tensor.numel() else tensor.reshape(0, 1, 1)


def to_maps(planes: Tensor, most: int, first: int = 0) -> Maps:
    """As many of the pictures ``[channels, height, width]``, from ``first`` on, as ``most`` numbers hold.

    Where not even one fits, rows and columns are left out of it.
    """
    total, height, width = planes.shape
    every = max(1, math.ceil(math.sqrt(height * width / most)))
    shown = planes[first:, ::every, ::every]
    shown = shown[: max(1, most // max(1, shown[0].numel()))] if len(shown) else shown
    numbers = shown.detach().float().contiguous().numpy().astype("<f4").tobytes()
    return Maps(total, first, height, width, every, base64.b64encode(numbers).decode())
