"""Whether ink is darker or lighter than its paper. Knows nothing of digits."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from netcore.data.lighting import paper_under
from netcore.data.ruling import Mask, Picture

_SIDE = 512
"""Pixels of the longer side on which strokes are looked for."""
_INKED = 0.4
"""Of the picture's contrast: what stands out so much from its surroundings may be ink."""
_NOISE = 0.02
"""Of the largest part's area: what is smaller is noise."""
_SLOPE = 0.06
"""Of that contrast, per pixel: an edge of ink is steeper, blurred too."""


def has_dark_ink(grey: Picture, paper: float | None) -> bool:
    """Whether the ink is darker than its paper, whose grey is ``paper`` where it is the same all over."""
    if paper is not None:
        return _has_less_dark(grey, paper)
    small = Image.fromarray(grey)
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    shown = ndimage.gaussian_filter(np.asarray(small), 1)
    dark, light = paper_under(shown) - shown, paper_under(255 - shown) - (255 - shown)
    contrast = max(dark.max(), light.max())
    steepness = ndimage.maximum_filter(ndimage.gaussian_gradient_magnitude(shown, 1), 3)
    outlines = [_count_outline(residue > _INKED * contrast, steepness > _SLOPE * contrast) for residue in (dark, light)]
    return outlines[0] >= outlines[1]


def _has_less_dark(grey: Picture, paper: float) -> bool:
    """Whether more of what is far from the paper's grey is darker than it."""
    away = grey - paper
    return float(away[np.abs(away) > np.abs(away).max() / 3].sum()) <= 0


def _count_outline(mask: Mask, steep: Mask) -> int:
    """How many pixels of the outlines in a mask lie on an edge of the picture, less those that do not.

    Ink has an edge all round. What lies between strokes and is taken for ink has one on the strokes' side only.
    """
    labels, _ = ndimage.label(mask)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    large = (areas >= _NOISE * areas.max())[labels] & mask
    outline = large & ~ndimage.binary_erosion(large, border_value=1)
    return 2 * int((outline & steep).sum()) - int(outline.sum())
