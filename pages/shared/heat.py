"""Numbers as sharp pictures in colours: below 0 vermilion, 0 white, above 0 blue. Knows no layer and no widget."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy
from PIL import Image

from pages.shared.charts import look

_BROKEN, _GAP = 253, 254
"""Behind the 253 colours: a number that is none, and what lies between two pictures."""
WIDE = 232
"""Eight feature maps of 28 pixels, with the gaps between them."""


def columns_for(count: int, width: int, most: int = WIDE) -> int:
    """In how many columns that many pictures of this width fit into ``most`` numbers: a power of two."""
    columns = 64 if width == 1 else max(1, most // (width + 1))
    return min(count, 2 ** (columns.bit_length() - 1))


def fold(values: Any) -> Any:
    """Pictures of one long row as pictures of several rows of at most 64 numbers; others as they are.

    The last row is filled up with zeros.
    """
    count, height, width = values.shape
    rows = -(-width // 64)
    if height > 1 or rows == 1:
        return values
    columns = -(-width // rows)
    filled = numpy.zeros((count, rows * columns), dtype="float32")
    filled[:, :width] = values[:, 0]
    return filled.reshape(count, rows, columns)


def lay_out(values: Any, columns: int, gap: int | None = None) -> tuple[Any, Any]:
    """Pictures ``[count, height, width]`` as one sheet, row after row, and where it is a gap between them.

    Where ``gap`` does not say how wide, it is one number; pictures of one pixel have none.
    """
    count, height, width = values.shape
    if gap is None:
        gap = 0 if height == width == 1 else 1
    rows = -(-count // columns)
    sheet = numpy.full((rows * (height + gap) - gap, columns * (width + gap) - gap), numpy.nan, dtype="float32")
    gaps = numpy.ones(sheet.shape, dtype=bool)
    for place, picture in enumerate(values):
        row, column = divmod(place, columns)
        top, left = row * (height + gap), column * (width + gap)
        sheet[top : top + height, left : left + width] = picture
        gaps[top : top + height, left : left + width] = False
    return sheet, gaps


def limit_of(values: Any) -> float:
    """The largest distance from 0 of any number: where both ends of the colours lie."""
    finite = values[numpy.isfinite(values)]
    return float(numpy.abs(finite).max()) if finite.size and finite.any() else 1.0


def draw(values: Any, columns: int, *, width: int, height: int = 400) -> Image.Image:
    """Pictures ``[count, height, width]`` as one image, each number a square as large as ``width`` x ``height`` allows.

    White is 0, and the deepest colours are the number that is farthest from it. Grey is a number that is none.
    """
    sheet, gaps = lay_out(values, columns)
    levels = numpy.clip(numpy.nan_to_num(sheet / limit_of(values), nan=0, posinf=0, neginf=0), -1, 1)
    indices = numpy.rint((levels + 1) * 126).astype("uint8")
    indices[~numpy.isfinite(sheet)] = _BROKEN
    indices[gaps] = _GAP
    image = Image.fromarray(indices)
    image.putpalette(_palette())
    image.info["transparency"] = _GAP
    scale = max(1, min(width // image.width, height // image.height))
    return image.resize((scale * image.width, scale * image.height), Image.Resampling.NEAREST)


def lay_over(pixels: str, values: Any, side: int) -> Image.Image:
    """What speaks for a class ``[height, width]``, in colours over a grey digit, ``side`` pixels wide and high."""
    digit = Image.frombytes("L", (28, 28), bytes.fromhex(pixels)).resize((side, side), Image.Resampling.NEAREST)
    ground = numpy.asarray(digit, dtype="float32")[:, :, None] * [[[0.6, 0.6, 0.6]]]
    shares = numpy.nan_to_num(values / limit_of(values), nan=0, posinf=0, neginf=0).astype("float32")
    spread = Image.fromarray(shares).resize((side, side), Image.Resampling.NEAREST)
    strength = numpy.asarray(spread)[:, :, None]
    colours = numpy.where(strength > 0, _rgb(look.TRAINING), _rgb(look.TROUBLE))
    opacity = numpy.abs(strength) ** 0.5
    return Image.fromarray((ground * (1 - opacity) + colours * opacity).astype("uint8"))


@cache
def _palette() -> bytes:
    low, zero, high = (_rgb(colour) for colour in (look.TROUBLE, look.ZERO, look.TRAINING))
    shares = numpy.abs(numpy.linspace(-1, 1, 253))[:, None]
    ends = numpy.where(numpy.arange(253)[:, None] < 126, low, high)
    colours = numpy.vstack([zero * (1 - shares) + ends * shares, _rgb(look.OTHER), zero])
    return numpy.rint(colours).astype("uint8").tobytes()


def _rgb(colour: str) -> Any:
    return numpy.array(list(bytes.fromhex(colour[1:])), dtype="float32")
