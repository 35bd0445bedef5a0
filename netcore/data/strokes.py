"""A drawing as the pen's strokes, and the picture that they make. Knows nothing of digits or screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from netcore.errors import DataError

PAPER_SIDE = 280
"""Width and height of the paper, in its own units; a picture of it has as many pixels."""
MAX_POINTS = 20_000
"""In a whole drawing: some five minutes of a pen that never rests."""

_MAX_WIDTH = 60
_AROUND = PAPER_SIDE
"""How far beside the paper a pen is followed: at the edge itself, its way outside would be ink on the paper."""
_FINER = 2
"""How much larger the strokes are drawn than they are given back, so that their edges are soft."""


@dataclass(frozen=True)
class Stroke:
    """One stroke, from where the pen came down to where it was lifted."""

    points: tuple[tuple[int, int], ...]
    """Where the pen was, from the left and from the top of the paper; it may leave the paper and come back."""
    width: int
    erases: bool = False
    """Whether it takes ink away."""


def read_strokes(value: object) -> tuple[Stroke, ...]:
    """The strokes that a browser sends, ``[{"points": [x, y, x, y, …], "width": 20, "erases": false}, …]``.

    Raises ``DataError`` for anything else, and for more than 20,000 points.
    """
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise _not_a_drawing()
    strokes = tuple(map(_read_stroke, value))
    count = sum(len(stroke.points) for stroke in strokes)
    if count > MAX_POINTS:
        raise DataError(
            "The drawing has {count} points, more than the {most} that are taken.",
            "The last stroke was not kept. Clear the paper and draw with fewer strokes.",
            count=count,
            most=MAX_POINTS,
        )
    return strokes


def paint(strokes: Sequence[Stroke]) -> Image.Image:
    """The drawing in black, 280 x 280 pixels RGBA, transparent where there is no ink."""
    side = PAPER_SIDE * _FINER
    ink = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(ink)
    for stroke in strokes:
        level = 0 if stroke.erases else 255
        line = [(x * _FINER, y * _FINER) for x, y in stroke.points]
        radius = (stroke.width * _FINER - 1) / 2
        pen.line(line, fill=level, width=stroke.width * _FINER, joint="curve")
        for x, y in (line[0], line[-1]):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=level)
    drawing = Image.new("RGBA", (PAPER_SIDE, PAPER_SIDE), "black")
    drawing.putalpha(ink.reduce(_FINER))
    return drawing


def _read_stroke(value: object) -> Stroke:
    match value:
        case {"points": [_, _, *_] as points, "width": int(width), "erases": bool(erases)} if (
            len(points) % 2 == 0 and 1 <= width <= _MAX_WIDTH and all(type(place) is int for place in points)
        ):
            near = [min(max(place, -_AROUND), PAPER_SIDE + _AROUND) for place in points]
            return Stroke(tuple(zip(near[::2], near[1::2], strict=True)), width, erases)
    raise _not_a_drawing()


def _not_a_drawing() -> DataError:
    return DataError("What the browser sent is not a drawing.", "It was not kept: draw again.")
