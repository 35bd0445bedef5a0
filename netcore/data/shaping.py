"""A digit's ink brought into the shape of MNIST's: pen width, size, place. Knows nothing of photos or networks."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from netcore.data.ruling import Mask, Picture

SIDE = 28
"""Pixels of the field that a digit comes into."""
BOX = 20
"""Pixels of its longer side there (http://yann.lecun.com/exdb/mnist)."""
CENTRE = 14
"""The pixel that its centre of mass comes to, in both axes."""

_PEN = (2.2, 4.0)
"""Between these widths, in pixels of the field, lie most of MNIST's pens; their median is 2.8."""
_FINE = 4
"""Pixels of a picture for each pixel of the field, so that a pen can be made wider or narrower smoothly."""


def box_of(mask: Mask) -> tuple[slice, slice]:
    """The rows and columns of the smallest box around a mask's pixels, of which there is one at least."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def pen_width(level: Picture) -> float:
    """The width of the strokes, in pixels of the field once the longer side is 20.

    Across a stroke of width w, the mean distance to its edge is w / 4.
    """
    mask = np.pad(level > 0.5, 1)
    if not mask.any():
        return 0.0
    rows, columns = box_of(mask)
    longer = max(rows.stop - rows.start, columns.stop - columns.start)
    distances = ndimage.distance_transform_edt(mask)[mask] - 0.5
    return float(4 * distances.mean() * BOX / longer)


def set_pen(level: Picture) -> Picture:
    """The same strokes with a pen of MNIST's width; those that have it already are left as they are."""
    width = pen_width(level)
    if _PEN[0] <= width <= _PEN[1] or not width:
        return level
    level = _enlarge(level)
    per_pixel = max(level.shape) / BOX
    wider = (min(max(width, _PEN[0]), _PEN[1]) - width) / 2 * per_pixel
    level = np.pad(level, int(max(wider, 0)) + 2)
    mask = level > 0.5
    inside, outside = ndimage.distance_transform_edt(mask), ndimage.distance_transform_edt(~mask)
    changed = np.clip(0.5 + wider + inside - outside, 0, 1).astype(np.float32)
    return changed[box_of(changed > 0)] if (changed > 0.5).any() else level


def fit(level: Picture, *, keep_aspect: bool) -> Picture:
    """The longer side at 20 pixels, antialiased; or both sides at 28."""
    height, width = level.shape
    longer = max(height, width)
    size = (max(1, round(width * BOX / longer)), max(1, round(height * BOX / longer))) if keep_aspect else (SIDE, SIDE)
    way = Image.Resampling.BOX if longer > BOX else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(level).resize(size, way))


def place(small: Picture) -> Picture:
    """The middle of a field ``[28, 28]`` of paper."""
    field = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - small.shape[0]) // 2, (SIDE - small.shape[1]) // 2
    field[top : top + small.shape[0], left : left + small.shape[1]] = small
    return field


def shift_to_centre(weight: Picture) -> tuple[int, int]:
    """By how many whole pixels (down, right) the centre of mass is off pixel 14, the ink staying inside the field."""
    if not (weight > 0).any():
        return 0, 0
    shifts = []
    box = box_of(weight > weight.max() / 20)
    for middle, part in zip(ndimage.center_of_mass(weight), box, strict=True):
        shifts.append(min(max(round(CENTRE - middle), -part.start), SIDE - part.stop))
    return shifts[0], shifts[1]


def _enlarge(level: Picture) -> Picture:
    factor = BOX * _FINE / max(level.shape)
    if factor <= 1:
        return level
    size = (max(1, round(level.shape[1] * factor)), max(1, round(level.shape[0] * factor)))
    return np.asarray(Image.fromarray(level).resize(size, Image.Resampling.BICUBIC))
