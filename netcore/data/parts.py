"""Which parts of the ink are digits: specks and edges go, broken strokes come together. Knows nothing of networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcore.data.ruling import Mask

_EVERY_NEIGHBOUR = np.ones((3, 3))
_SPECK = 0.12
"""A part shorter than this share of the longest is a speck,"""
_SPECK_AREA = 0.04
"""and so is one with less ink than this share of the largest,"""
_SPECK_SHARE = 0.02
"""and one shorter than this share of the picture."""
_TALL = 0.5
"""A part that is taller than this share of the tallest is a digit by itself, or most of one."""
_WHOLE_DIGIT = 0.35
"""What is not as large as this share of a digit that is cut off is only a piece of it."""
_CONTACT, _FULL = 0.3, 0.7
"""A digit that is cut off has at most this share of its box's outline at the border, and fills this share of it."""
_ACROSS, _LINE, _NARROW_LINE = 0.9, 0.06, 0.25
"""A line across the picture has this share of its side; it fills so little of its box, or its box is so narrow."""
_INSIDE, _ALL_ROUND = 0.22, 0.85
"""What stands in a frame is this share of its size at least, and has it on this share of all sides."""
_GAP = 0.25
"""Strokes of one digit are at most this share of its height apart."""
_UNDER_SMALL, _UNDER = 0.25, 0.6
"""A small stroke belongs to what it stands above for so much of the width; one that could be a digit, for more."""


@dataclass(frozen=True)
class Region:
    """A rectangle of a picture, in pixels of the picture as it is looked at: at most 1024 on its longer side."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height

    @property
    def longer(self) -> int:
        """Its longer side."""
        return max(self.width, self.height)

    @property
    def rows_and_columns(self) -> tuple[slice, slice]:
        """It as an index of arrays ``[H, W]``."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def widened(self, shape: tuple[int, ...]) -> Region:
        """It with a quarter of its longer side around it, as far as an array of ``shape`` (``[H, W]``) reaches."""
        margin = self.longer // 4 + 2
        left, top = max(self.left - margin, 0), max(self.top - margin, 0)
        return Region(left, top, min(self.right + margin, shape[1]) - left, min(self.bottom + margin, shape[0]) - top)

    def joined(self, other: Region) -> Region:
        """The smallest one around both."""
        left, top = min(self.left, other.left), min(self.top, other.top)
        return Region(left, top, max(self.right, other.right) - left, max(self.bottom, other.bottom) - top)

    def holds(self, other: Region) -> bool:
        """Whether the other one's middle lies in it."""
        x, y = other.left + other.width / 2, other.top + other.height / 2
        return self.left <= x <= self.right and self.top <= y <= self.bottom


@dataclass(frozen=True)
class Part:
    """Ink that hangs together, or strokes that belong together."""

    labels: tuple[int, ...]
    region: Region
    area: int

    def joined(self, other: Part) -> Part:
        """Both as one."""
        return Part(self.labels + other.labels, self.region.joined(other.region), self.area + other.area)


def label_parts(mask: Mask) -> tuple[NDArray[np.int32], list[Part]]:
    """Every connected part of the ink, with its number in the array of labels ``[H, W]``, from 1."""
    labels, _ = ndimage.label(mask, _EVERY_NEIGHBOUR)
    areas = np.bincount(labels.ravel())
    boxes = ndimage.find_objects(labels)
    return labels, [
        Part((at,), Region(x.start, y.start, x.stop - x.start, y.stop - y.start), int(areas[at]))
        for at, (y, x) in enumerate(boxes, start=1)
    ]


def keep_digits(parts: list[Part], labels: NDArray[np.int32], *, is_drawing: bool) -> list[Part]:
    """The parts that belong to a digit: no edges (a drawing has none), no frames, no specks."""
    inside = parts if is_drawing else drop_edges(parts, labels)
    return drop_specks(drop_frames(drop_specks(inside, labels.shape), labels), labels.shape)


def drop_specks(parts: list[Part], shape: tuple[int, ...]) -> list[Part]:
    """The parts that are large enough to belong to a digit; none where all are specks."""
    longest = max((part.region.longer for part in parts), default=0)
    largest = max((part.area for part in parts), default=0)
    shortest = max(_SPECK * longest, _SPECK_SHARE * max(shape), 4)
    return [part for part in parts if part.region.longer >= shortest and part.area >= _SPECK_AREA * largest]


def drop_edges(parts: list[Part], labels: NDArray[np.int32]) -> list[Part]:
    """The parts that are no edge of a sheet, a table or a shadow: those reach the picture's border.

    A digit that is cut off at the border stays where nothing of its size is whole; where everything reaches the
    border, everything stays.
    """
    touching = _touching(labels)
    inner = [part for part in parts if not touching[part.labels[0]]]
    cut_off = [part for part in parts if _is_cut_off(part, touching, labels.shape)]
    if max(map(_longer, inner), default=0) < _WHOLE_DIGIT * max(map(_longer, cut_off), default=0):
        return inner + cut_off
    return inner or parts


def count_cut_off(parts: list[Part], labels: NDArray[np.int32]) -> int:
    """How many parts were left out that may be digits: cut off at the border, and about as large as a digit."""
    touching, kept = _touching(labels), drop_edges(parts, labels)
    tall = _TALL * max(map(_longer, kept), default=0)
    gone = [part for part in parts if part not in kept and part.region.longer >= tall]
    return sum(_is_cut_off(part, touching, labels.shape) for part in gone)


def drop_frames(parts: list[Part], labels: NDArray[np.int32]) -> list[Part]:
    """The parts that no digit stands in: a drawn frame, a circle or a table's cells have a digit all round.

    A line may be open, and a digit is always inside a frame of its own size or larger; no digit has another one in it.
    """
    frames = {
        outer.labels
        for outer in parts
        for inner in parts
        if inner is not outer
        and inner.region.longer >= _INSIDE * min(outer.region.width, outer.region.height)
        and outer.region.joined(inner.region) == outer.region
        and _stands_around(outer, inner, labels)
    }
    return [part for part in parts if part.labels not in frames]


def _stands_around(outer: Part, inner: Part, labels: NDArray[np.int32]) -> bool:
    """Whether one looks at the outer part from the inner one's middle in nearly every direction."""
    x, y = inner.region.left + inner.region.width / 2, inner.region.top + inner.region.height / 2
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)[:, None]
    far = np.arange(1, 2 * outer.region.longer)
    rows, columns = (y + far * np.sin(angles)).astype(np.int64), (x + far * np.cos(angles)).astype(np.int64)
    on_picture = (rows >= 0) & (rows < labels.shape[0]) & (columns >= 0) & (columns < labels.shape[1])
    seen = labels[rows.clip(0, labels.shape[0] - 1), columns.clip(0, labels.shape[1] - 1)]
    met = (np.isin(seen, outer.labels) & on_picture).any(axis=1)
    return bool(met.mean() >= _ALL_ROUND)


def _longer(part: Part) -> int:
    return part.region.longer


def _touching(labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """For each number in ``labels``, how many of its pixels lie within two pixels of the border."""
    bands = [labels[:2], labels[-2:], labels[2:-2, :2], labels[2:-2, -2:]]
    at_border = np.concatenate([band.ravel() for band in bands])
    return np.bincount(at_border, minlength=int(labels.max()) + 1)


def _is_cut_off(part: Part, touching: NDArray[np.int64], shape: tuple[int, ...]) -> bool:
    """Whether a part at the border may be a digit: little of it lies there, and it is no line across the picture."""
    contact, region = int(touching[part.labels[0]]) / 2, part.region
    around, box = 2 * (region.width + region.height), region.width * region.height
    crosses = region.width >= _ACROSS * shape[1] or region.height >= _ACROSS * shape[0]
    is_line = crosses and (part.area < _LINE * box or min(region.width, region.height) < _NARROW_LINE * region.longer)
    return 0 < contact <= _CONTACT * around and part.area <= _FULL * box and not is_line


def join_strokes(parts: list[Part]) -> list[Part]:
    """Digits: strokes that do not touch but belong together are one."""
    tallest = max((part.region.longer for part in parts), default=0)
    digits: list[Part] = []
    for part in sorted(parts, key=lambda part: -part.area):
        whole = part
        while other := next((one for one in digits if _belong_together(one.region, whole.region, tallest)), None):
            digits.remove(other)
            whole = other.joined(whole)
        digits.append(whole)
    return digits


def _belong_together(one: Region, other: Region, tallest: int) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    if max(-across, -down) >= _GAP * tallest:
        return False
    beneath = across / min(one.width, other.width)
    if min(one.height, other.height) < _TALL * tallest:
        return beneath > _UNDER_SMALL or down > 0
    # Two full digits, one above the other, stand in two lines.
    return beneath > _UNDER and one.joined(other).height < 1.3 * tallest


def in_reading_order(parts: list[Part]) -> list[Part]:
    """Line after line, each from left to right."""
    lines: list[list[Part]] = []
    for part in sorted(parts, key=lambda part: part.region.top + part.region.height / 2):
        middle = part.region.top + part.region.height / 2
        line = next((line for line in lines if _stands_in(line, middle)), None)
        if line is None:
            lines.append([part])
        else:
            line.append(part)
    return [part for line in lines for part in sorted(line, key=lambda part: part.region.left)]


def _stands_in(line: list[Part], middle: float) -> bool:
    return any(part.region.top <= middle <= part.region.bottom for part in line)
