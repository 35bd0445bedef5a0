"""From a picture to the ink on it: grey, evened light, polarity, threshold. Knows nothing of digits or networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from netcore.data.decoding import DECODED_SIDE, check_size
from netcore.errors import DataError

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]

_LEAST_CONTRAST = 12
"""Grey levels between paper and ink; what a screen or a camera adds by itself is less."""


@dataclass(frozen=True, eq=False)
class Ink:
    """What is paper and what is ink on a picture ``[H, W]``."""

    grey: Picture
    """Grey levels from 0 to 255, as they came."""
    even: Picture
    """The same under one light: the paper has ``paper`` everywhere."""
    level: Picture
    """From 0 (paper) to 1 (ink)."""
    paper: float
    ink: float
    threshold: float
    """The grey level of ``even`` on whose far side from the paper there is ink."""

    @property
    def is_dark(self) -> bool:
        """Whether the ink is darker than the paper."""
        return self.ink < self.paper


def read_grey(image: Image.Image) -> Picture:
    """The grey levels ``[H, W]`` of a picture, at most 1024 pixels long.

    Where it is transparent there is paper: white, or black under light ink. Raises ``PhotoError`` for a picture that is
    too small, too large, or too long and thin.
    """
    check_size(*image.size)
    image = image.copy()
    image.thumbnail((DECODED_SIDE, DECODED_SIDE))
    if not image.has_transparency_data:
        return np.asarray(image.convert("L"), dtype=np.float32)
    grey = np.asarray(image.convert("RGBA").convert("L"), dtype=np.float32)
    alpha = np.asarray(image.convert("RGBA").getchannel("A"), dtype=np.float32) / 255
    mean = float((grey * alpha).sum() / max(float(alpha.sum()), 1.0))
    paper = 255.0 if mean < 128 else 0.0
    composed: Picture = (grey * alpha + paper * (1 - alpha)).astype(np.float32)
    return composed


def find_ink(grey: Picture, *, even_light: bool) -> Ink:
    """What is ink. Raises ``DataError`` for a picture that is the same grey all over."""
    low, high = float(grey.min()), float(grey.max())
    if high - low < _LEAST_CONTRAST:
        raise DataError(
            "The picture is the same grey all over: there is no ink on it.",
            "Draw a digit, or take the photo closer and with more light.",
        )
    paper = float(np.median(grey))
    ink = low if paper - low > high - paper else high
    threshold = (paper + ink) / 2
    level = np.clip((grey - paper) / (ink - paper), 0, 1).astype(np.float32)
    return Ink(grey=grey, even=grey, level=level, paper=paper, ink=ink, threshold=threshold)


def drop_specks(mask: Mask) -> Mask:
    """The mask without what is much smaller than its largest part."""
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    if not count:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return (sizes >= sizes.max() / 50)[labels]
