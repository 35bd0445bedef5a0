"""Where the digits lie on a picture, once its ink is known; shadows are taken out where they hide them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from netcore.data.ink import Ink, find_ink
from netcore.data.lighting import take_out_shadows
from netcore.data.parts import Part, Region, in_reading_order, join_strokes, keep_digits, label_parts
from netcore.data.ruling import Picture
from netcore.errors import DataError

MAX_DIGITS = 20
"""Digits that are told apart in one picture."""

_STROKES, _HOLES = 3, 2
"""Of one digit, at most: strokes that do not touch, and holes that they close around."""
_LOOSE_HOLES = 8
"""Holes that lines and edges may close around."""
_MOST_PARTS = 1500
_MOST_INK = 0.55
"""Of a photo's area."""


def find_digit_ink(grey: Picture) -> Ink:
    """The ink under even light; where no digits can be told in it, that of the picture without its shadows.

    Raises ``DataError`` for a picture that is the same grey all over, or on which nothing stands out.
    """
    with suppress(DataError):
        return _find_readable(grey)
    clean = take_out_shadows(grey)
    if clean is not None:
        with suppress(DataError):
            return replace(_find_readable(clean), grey=grey)
    return find_ink(grey, even_light=True)


def _find_readable(grey: Picture) -> Ink:
    ink = find_ink(grey, even_light=True)
    find_regions(ink)
    return ink


def find_regions(ink: Ink) -> tuple[Region, ...]:
    """Where the digits lie, left to right, line after line. Raises ``DataError`` for none, or more than 20."""
    labels, parts = label_parts(ink.mask)
    digits = in_reading_order(join_strokes(keep_strokes(parts, labels, ink)))
    if len(digits) > MAX_DIGITS:
        raise DataError(
            "There are {found} digits or more on the picture.",
            "Take a part of it with at most {most}.",
            found=len(digits),
            most=MAX_DIGITS,
        )
    return tuple(digit.region for digit in digits)


def keep_strokes(parts: list[Part], labels: NDArray[np.int32], ink: Ink) -> list[Part]:
    """The parts that are strokes of digits. Raises ``DataError`` where none is, or where there are far too many."""
    kept = keep_digits(parts, labels, is_drawing=ink.is_drawing)
    if not kept:
        raise DataError(
            "There is nothing but specks on the picture.", "Draw the digit larger, or take the photo closer."
        )
    if len(parts) > _MOST_PARTS or _is_speckled(kept, ink):
        raise DataError(
            "The picture is speckled all over: no digit stands out.", "Take the photo with more light, on plain paper."
        )
    return kept


def _is_speckled(kept: list[Part], ink: Ink) -> bool:
    _, holes = ndimage.label(~ink.mask)
    too_much = not ink.is_drawing and bool(ink.mask.mean() > _MOST_INK)
    return too_much or len(kept) > _STROKES * MAX_DIGITS or holes > _HOLES * len(kept) + _LOOSE_HOLES
