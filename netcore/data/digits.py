"""From a drawn or photographed digit to a network's input, step by step. Knows nothing of networks or screens."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from PIL import Image
from scipy import ndimage

from netcore.data.ink import Ink, Mask, Picture, drop_specks, find_ink, read_grey
from netcore.errors import DataError

SIDE = 28
"""Pixels of the field that a digit comes into."""
BOX = 20
"""Pixels of its longer side there (http://yann.lecun.com/exdb/mnist)."""
CENTRE = 14
"""The pixel that its centre of mass comes to, in both axes."""
MAX_DIGITS = 20
"""Digits that are told apart in one picture."""

_PICTURE_SIDE = 96


@dataclass(frozen=True)
class DigitOptions:
    """Which steps are done. All of them is how MNIST's own digits were made; their names are the steps' names."""

    light: bool = True
    """Shadows, uneven light, lines of squared paper are taken out."""
    ink: bool = True
    """The ink becomes white and the paper black, whichever was darker."""
    specks: bool = True
    """What is too small to belong to a digit is taken out."""
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
    """The numbers that belong to it, by name; see each step's function for what they are."""


@dataclass(frozen=True)
class Region:
    """Where a digit lies on its picture, in pixels of the picture."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class DigitSteps:
    """A digit's whole way."""

    steps: tuple[DigitStep, ...]
    pixels: str
    """The 784 grey levels at its end, as ``netcore.data.grey.pack`` writes them."""
    region: Region
    """Where the digit lies on the picture."""
    options: DigitOptions

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
    grey = read_grey(image)
    found = find_ink(grey, even_light=options.light)
    mask = found.level > 0.5
    if region:
        inside = np.zeros_like(mask)
        inside[region.top :, region.left :][: region.height, : region.width] = True
        mask &= inside
    kept = drop_specks(mask) if options.specks else mask
    return _prepare(found, kept, options)


def prepare_digits(image: Image.Image, options: DigitOptions = DEFAULT_OPTIONS) -> tuple[DigitSteps, ...]:
    """The same for every digit that ``find_digits`` finds, each by itself, in its order."""
    return tuple(prepare_digit(image, options, region) for region in find_digits(image))


def find_digits(image: Image.Image) -> tuple[Region, ...]:
    """Where the digits lie, left to right, line after line. Raises ``DataError`` for none, or more than 20."""
    found = find_ink(read_grey(image), even_light=True)
    labels, _ = ndimage.label(drop_specks(found.level > 0.5), np.ones((3, 3)))
    boxes = [
        Region(x.start, y.start, x.stop - x.start, y.stop - y.start) for y, x in ndimage.find_objects(labels) if y and x
    ]
    if len(boxes) > MAX_DIGITS:
        raise DataError(
            "There are {found} digits or more on the picture.",
            "Take one with at most {most}.",
            found=len(boxes),
            most=MAX_DIGITS,
        )
    return tuple(sorted(boxes, key=lambda box: box.left))


def _prepare(found: Ink, mask: Mask, options: DigitOptions) -> DigitSteps:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        raise DataError("There is nothing but specks on the picture.", "Draw a digit with a wider pen.")
    region = Region(int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1))
    level = np.where(mask, found.level, 0) if options.specks else found.level
    white = 255 * level
    box = white[region.top :, region.left :][: region.height, : region.width] if options.crop else white
    small = _resize(box, options.fit)
    field = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - small.shape[0]) // 2, (SIDE - small.shape[1]) // 2
    field[top : top + small.shape[0], left : left + small.shape[1]] = small
    if options.centre and field.any():
        y, x = ndimage.center_of_mass(field)
        field = ndimage.shift(field, (round(CENTRE - y), round(CENTRE - x)), order=0)
    pictures = {"grey": found.grey, "light": found.even, "ink": 255 * found.level, "specks": white, "crop": box}
    names = ["grey", *(option.name for option in fields(options))]
    steps = tuple(
        _step(name, pictures.get(name, small if name in ("pen", "fit") else field), getattr(options, name, True))
        for name in names
    )
    return DigitSteps(steps, _text(field), region, options)


def _resize(box: Picture, fit: bool) -> Picture:
    factor = BOX / max(box.shape)
    size = (max(1, round(box.shape[1] * factor)), max(1, round(box.shape[0] * factor))) if fit else (SIDE, SIDE)
    return np.asarray(Image.fromarray(box).resize(size, Image.Resampling.BOX), dtype=np.float32)


def _step(name: str, picture: Picture, is_on: bool) -> DigitStep:
    small = Image.fromarray(picture.round().astype(np.uint8))
    small.thumbnail((_PICTURE_SIDE, _PICTURE_SIDE))
    return DigitStep(name, is_on, _text(np.asarray(small)), small.width, small.height, ())


def _text(picture: Picture) -> str:
    return picture.round().clip(0, 255).astype(np.uint8).tobytes().hex()
