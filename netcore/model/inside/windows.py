"""Which part of a feature map a sliding layer sees from one place, padding included. Knows no arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


def reach(module: nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d, axis: int, place: int) -> list[int]:
    """The rows (axis 0) or columns (axis 1) of the input that output row ``place`` sees; the padding lies outside."""
    size, stride = pair(module.kernel_size)[axis], pair(module.stride)[axis]
    dilation = 1 if isinstance(module, nn.AvgPool2d) else pair(module.dilation)[axis]
    padding = module.padding
    if isinstance(padding, str):  # "same" or "valid"
        before = dilation * (size - 1) // 2 if padding == "same" else 0
    else:
        before = pair(padding)[axis]
    start = place * stride - before
    return [start + step * dilation for step in range(size)]


def share(size: int, parts: int, place: int) -> list[int]:
    """The rows that an adaptive pooling of ``size`` rows to ``parts`` gives to output row ``place``."""
    return list(range(place * size // parts, -(-(place + 1) * size // parts)))


def read_window(
    maps: Tensor, rows: Sequence[int], columns: Sequence[int], padding_mode: str = "zeros", outside: float = 0.0
) -> Tensor:
    """A window of each map ``[C, H, W]``, with what the padding puts around it."""
    height, width = maps.shape[1:]
    found = maps[:, [_wrap(row, height, padding_mode) for row in rows]]
    found = found[:, :, [_wrap(column, width, padding_mode) for column in columns]].clone()
    if padding_mode == "zeros":
        found[:, [not 0 <= row < height for row in rows]] = outside
        found[:, :, [not 0 <= column < width for column in columns]] = outside
    return found


def _wrap(place: int, size: int, padding_mode: str) -> int:
    """Which row of the map stands at row ``place``, also where that lies in the padding."""
    match padding_mode:
        case "circular":
            return place % size
        case "reflect" if place < 0:
            return -place
        case "reflect" if place >= size:
            return 2 * (size - 1) - place
    return min(max(place, 0), size - 1)


def count_inside(places: Sequence[int], size: int) -> int:
    """How many of the rows lie on the map, and not in its padding."""
    return sum(0 <= place < size for place in places)


def pair(value: int | tuple[int, ...]) -> tuple[int, ...]:
    """A setting for height and width, where torch takes one number for both."""
    return value if isinstance(value, tuple) else (value, value)
