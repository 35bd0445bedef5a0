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


def drop_specks(parts: list[Part], shape: tuple[int, int]) -> list[Part]:
    """The parts that are large enough to belong to a digit; none where all are specks."""
    longest = max((part.region.longer for part in parts), default=0)
    largest = max((part.area for part in parts), default=0)
    shortest = max(_SPECK * longest, _SPECK_SHARE * max(shape), 4)
    return [part for part in parts if part.region.longer >= shortest and part.area >= _SPECK_AREA * largest]


def drop_edges(parts: list[Part], shape: tuple[int, int]) -> list[Part]:
    """The parts that are no edge of a sheet, a table or a shadow: those reach the picture's border.

    Where everything does, the digit itself is cut off: nothing is dropped.
    """
    inner = Region(2, 2, shape[1] - 4, shape[0] - 4)
    return [part for part in parts if inner.joined(part.region) == inner] or parts


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
