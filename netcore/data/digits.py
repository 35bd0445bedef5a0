"""From a drawn or photographed digit to a network's input, step by step. Knows nothing of networks or screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image
from scipy import ndimage

from netcore.data.ink import Ink, find_ink, read_grey
from netcore.data.parts import Region as Region
from netcore.data.parts import count_cut_off, label_parts
from netcore.data.regions import MAX_DIGITS as MAX_DIGITS
from netcore.data.regions import find_digit_ink, find_regions, keep_strokes
from netcore.data.ruling import Mask, Picture
from netcore.data.shaping import SIDE, box_of, fit, pen_width, place, set_pen, shift_to_centre
from netcore.errors import DataError

_PICTURE_SIDE = 96
SOFT_EDGE = 2
"""Pixels around the ink that belong to its soft edge."""


@dataclass(frozen=True)
class DigitOptions:
    """Which steps are done. All of them is how MNIST's own digits were made; their names are the steps' names."""

    light: bool = True
    """Shadows, uneven light, lines of squared paper are taken out."""
    ink: bool = True
    """The ink becomes white and the paper black, whichever was darker."""
    specks: bool = True
    """What is too small to belong to a digit, or the edge of a sheet or a table, is taken out."""
    crop: bool = True
    """What lies around the ink is cut off."""
    pen: bool = True
    """Strokes become about as wide as those of MNIST."""
    fit: bool = True
    """The longer side becomes 20 pixels; without it, height and width are both stretched to 28."""
    centre: bool = True
    """The centre of mass comes to pixel 14; without it, the middle of the box does."""
    scale: bool = True
    """Grey levels from 0 to 255 become numbers from 0 to 1."""
    batch: bool = True
    """``[1, 28, 28]`` becomes ``[1, 1, 28, 28]``."""


@dataclass(frozen=True)
class DigitStep:
    """The picture after one step."""

    name: str
    """``"grey"``, then the names of ``DigitOptions`` in their order."""
    is_on: bool
    """A step that is switched off hands on what came."""
    pixels: str
    """Grey levels, two hexadecimal signs each, row after row; at most 96 x 96."""
    width: int
    height: int
    values: tuple[tuple[str, float], ...]
    """The numbers that belong to it, by name."""


@dataclass(frozen=True)
class DigitSteps:
    """A digit's whole way."""

    steps: tuple[DigitStep, ...]
    pixels: str
    """The 784 grey levels at its end, as ``netcore.data.grey.pack`` writes them."""
    region: Region
    """Where the digit lies on the picture."""
    options: DigitOptions
    cut_off: int = 0
    """Parts of the whole picture that may be digits and were left out, because the border cuts them off."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape that the network gets: ``(1, 1, 28, 28)``, or ``(1, 28, 28)`` without the batch dimension."""
        return (1, 1, SIDE, SIDE) if self.options.batch else (1, SIDE, SIDE)

    @property
    def highest(self) -> int:
        """What full ink is to the network: 1, or 255 where the numbers are not scaled."""
        return 1 if self.options.scale else 255


DEFAULT_OPTIONS = DigitOptions()


def prepare_digit(
    image: Image.Image, options: DigitOptions = DEFAULT_OPTIONS, region: Region | None = None
) -> DigitSteps:
    """Every step from ``image`` to the network's input; all its ink is one digit, or what lies in ``region``.

    ``image`` is a drawing (RGBA, transparent where nothing was drawn) or a photo as ``decode_photo`` gives it. Raises
    ``DataError`` where there is no ink on it, ``PhotoError`` where it is too small, too large or too thin.
    """
    ink = _look(read_grey(image), options.light)
    return _prepare(ink, _choose(ink, options, region), options, region)


def prepare_ways(
    image: Image.Image, ways: Sequence[DigitOptions], region: Region | None = None
) -> tuple[DigitSteps | DataError, ...]:
    """``prepare_digit`` under several options, to see what a step is worth; the ink is looked for as seldom as may be.

    Where nothing is left of the digit, the error stands in place of its steps.
    """
    grey = read_grey(image)

    @cache
    def found(even_light: bool) -> Ink:
        return _look(grey, even_light)

    def made(options: DigitOptions) -> DigitSteps | DataError:
        try:
            ink = found(options.light)
            return _prepare(ink, _choose(ink, options, region), options, region)
        except DataError as refusal:
            return refusal

    return tuple(map(made, ways))


def prepare_digits(image: Image.Image, options: DigitOptions = DEFAULT_OPTIONS) -> tuple[DigitSteps, ...]:
    """The same for every digit that ``find_digits`` finds, each by itself, in its order."""
    grey = read_grey(image)
    evened = _look(grey, even_light=True)
    regions = find_regions(evened)
    ink = evened if options.light else _look(grey, even_light=False)
    if len(regions) == 1:
        return (_prepare(ink, _choose(ink, options, None), options, None),)
    return tuple(_prepare(ink, _choose(ink, options, region), options, region) for region in regions)


def find_digits(image: Image.Image) -> tuple[Region, ...]:
    """Where the digits lie, left to right, line after line. Raises ``DataError`` for none, or more than 20."""
    return find_regions(find_digit_ink(read_grey(image)))


def _look(grey: Picture, even_light: bool) -> Ink:
    return find_digit_ink(grey) if even_light else find_ink(grey, even_light=False)


@dataclass(frozen=True, eq=False)
class _Choice:
    """The ink that is taken for the digit."""

    mask: Mask
    kept: int
    dropped: int
    cut_off: int


def _choose(ink: Ink, options: DigitOptions, region: Region | None) -> _Choice:
    labels, parts = label_parts(ink.mask)
    near = [part for part in parts if region is None or region.holds(part.region)]
    kept = keep_strokes(near, labels, ink) if options.specks else near
    if not kept:
        raise DataError("There is no ink left of this digit.", "Switch a step on again.")
    taken = np.zeros(len(parts) + 1, dtype=np.bool_)
    taken[[label for part in kept for label in part.labels]] = True
    cut_off = count_cut_off(parts, labels) if options.specks and not ink.is_drawing else 0
    return _Choice(taken[labels], len(kept), len(near) - len(kept), cut_off)


def _prepare(ink: Ink, choice: _Choice, options: DigitOptions, region: Region | None) -> DigitSteps:
    rows, columns = box_of(choice.mask)
    found = Region(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
    view = region.widened(ink.grey.shape).rows_and_columns if region else (slice(None), slice(None))

    def shown(level: Picture) -> Picture:
        """Ink from 0 to 1 as grey levels: white on black, or as it was."""
        return 255 * level if options.ink else ink.paper + (ink.ink - ink.paper) * level

    level = ink.level
    if options.specks:
        level = np.where(ndimage.binary_dilation(choice.mask, iterations=SOFT_EDGE), level, 0).astype(np.float32)
    whole = level[view]
    box = level[found.rows_and_columns] if options.crop else whole
    pen = set_pen(box) if options.pen else box
    small = fit(pen, keep_aspect=options.fit)
    field = place(small)
    down, right = shift_to_centre(field) if options.centre else (0, 0)
    final = shown(np.roll(field, (down, right), (0, 1)))
    height, width = small.shape
    steps: tuple[tuple[str, Picture, Sequence[tuple[str, float]]], ...] = (
        ("grey", ink.grey[view], (("darkest", ink.grey.min()), ("lightest", ink.grey.max()))),
        ("light", ink.even[view], (("shade", ink.shade), ("lines", ink.lines))),
        ("ink", shown(ink.level[view]), (("paper", ink.paper), ("ink", ink.ink), ("threshold", ink.threshold))),
        ("specks", shown(whole), (("kept", choice.kept), ("dropped", choice.dropped))),
        ("crop", shown(box), tuple((name, getattr(found, name)) for name in ("left", "top", "width", "height"))),
        ("pen", shown(pen), (("before", pen_width(box)), ("after", pen_width(pen)))),
        ("fit", shown(small), (("width", width), ("height", height))),
        ("centre", final, (("right", right), ("down", down))),
        ("scale", final, (("highest", 1 if options.scale else 255),)),
        ("batch", final, (("axes", 4 if options.batch else 3),)),
    )
    return DigitSteps(
        tuple(_step(*step, options=options) for step in steps), _text(final), found, options, choice.cut_off
    )


def _step(name: str, picture: Picture, values: Sequence[tuple[str, float]], *, options: DigitOptions) -> DigitStep:
    small = Image.fromarray(picture.astype(np.float32))
    small.thumbnail((_PICTURE_SIDE, _PICTURE_SIDE), Image.Resampling.BOX)
    is_on = bool(getattr(options, name, True))
    numbers = tuple((key, float(value)) for key, value in values)
    return DigitStep(name, is_on, _text(np.asarray(small)), small.width, small.height, numbers)


def _text(picture: Picture) -> str:
    return picture.round().clip(0, 255).astype(np.uint8).tobytes().hex()
