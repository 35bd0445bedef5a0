"""From a picture to the ink on it: grey, evened light, polarity, contrast. Knows nothing of digits or networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from netcore.data.decoding import DECODED_SIDE, check_size
from netcore.data.lighting import (
    between_two_classes,
    border_of,
    find_depth,
    find_smooth_light,
    paper_under,
    without_desk,
)
from netcore.data.polarity import has_dark_ink
from netcore.data.ruling import Mask, Picture, find_lines
from netcore.data.transparency import paper_behind
from netcore.errors import DataError

_LEAST_CONTRAST = 12
"""Grey levels between paper and ink; what a screen or a camera adds by itself is less."""
_FLAT, _SAME = 5, 0.5
"""Grey levels by which a paper without shadows, a good scan's, differs from itself at most, and a drawing's."""

_CELLS = 40
"""Into so many cells the longer side is divided to see how rough the paper is."""
_SMALL, _ENLARGED = 100, 224
"""Pixels: a picture that is not as long is enlarged, since a stroke must be more than a pixel wide to be looked at."""
_TINY = 24
"""Pixels: a picture that is not as long shows no edges, only what lies between ink and paper."""
_EDGE = 0.3
"""Of an enlarged picture's contrast: what its edges run through."""
_PALE = 40
"""Grey levels: ink that is less dark than its paper by that may be darker in one colour."""
_GLANCE = 160
"""Pixels of the longer side on which the colours are compared."""


@dataclass(frozen=True, eq=False)
class Ink:
    """What is paper and what is ink on a picture ``[H, W]``."""

    grey: Picture
    """Grey levels from 0 to 255, as they came."""
    even: Picture
    """The same under one light, without a paper's lines."""
    level: Picture
    """From 0 (paper) to 1 (ink)."""
    paper: float
    """Its grey in ``even``."""
    ink: float
    """And the ink's."""
    shade: float
    """The light on the darkest paper, as a share of the light on the brightest."""
    lines: int
    """Pixels of the paper's own lines."""
    is_drawing: bool
    """Whether the paper is of exactly one grey: no camera saw it, and its border cuts nothing off."""

    @property
    def mask(self) -> Mask:
        """Where there is ink: closer to the ink's grey than to the paper's."""
        inked: Mask = self.level > 0.5
        return inked

    @property
    def threshold(self) -> float:
        """The grey level of ``even`` halfway between paper and ink."""
        return (self.paper + self.ink) / 2

    @property
    def is_dark(self) -> bool:
        """Whether the ink is darker than the paper."""
        return self.ink < self.paper


def look_at(image: Image.Image) -> Image.Image:
    """The picture as large as it is looked at: at most 1024 pixels long, and a very small one enlarged to 224.

    Raises ``PhotoError`` for a picture that is too small, too large, or too long and thin.
    """
    check_size(*image.size)
    image = image.copy()
    image.thumbnail((DECODED_SIDE, DECODED_SIDE))
    if max(image.size) >= _SMALL:
        return image
    times = _ENLARGED / max(image.size)
    return image.resize((round(image.width * times), round(image.height * times)), Image.Resampling.BICUBIC)


def read_grey(image: Image.Image) -> Picture:
    """The grey levels ``[H, W]`` of a picture, as large as ``look_at`` makes it.

    Ink that is as light as its paper, as a yellow highlighter's, is read in the one of red, green and blue in which it
    is darkest. Where the picture is transparent there is paper: white, or black under light ink.
    """
    is_tiny = max(image.size) < _TINY
    image = look_at(image)
    if not image.has_transparency_data:
        grey = _most_telling(image.convert("RGB"))
        return _sharpen(grey) if is_tiny else grey
    rgba = image.convert("RGBA")
    grey = np.asarray(rgba.convert("L"), dtype=np.float32)
    alpha = np.asarray(rgba.getchannel("A"), dtype=np.float32) / 255
    return (grey * alpha + paper_behind(rgba) * (1 - alpha)).astype(np.float32)


def _sharpen(grey: Picture) -> Picture:
    """An enlarged picture with the edges that its few pixels could not show: soft ones would pass for shadows."""
    low, high = float(grey.min()), float(grey.max())
    steps = (grey - between_two_classes(grey)) / max(_EDGE * (high - low), 1)
    return (low + (high - low) * np.clip(steps + 0.5, 0, 1)).astype(np.float32)


def _most_telling(image: Image.Image) -> Picture:
    """The picture's grey, or, where hardly anything stands out in that, the colour in which far more does."""
    grey = image.convert("L")
    contrasts = [_contrast(one) for one in (grey, *image.split())]
    strongest = int(np.argmax(contrasts))
    is_pale = contrasts[0] < _PALE and contrasts[strongest] > max(2 * contrasts[0], _PALE)
    return np.asarray(image.split()[strongest - 1] if is_pale else grey, dtype=np.float32)


def _contrast(plane: Image.Image) -> float:
    """How many grey levels darker than their surroundings the darkest strokes are, seen small."""
    plane = plane.copy()
    plane.thumbnail((_GLANCE, _GLANCE), Image.Resampling.BOX)
    grey = np.asarray(plane, dtype=np.float32)
    return float(np.percentile(ndimage.black_tophat(grey, _GLANCE // 5), 99))


def find_ink(grey: Picture, *, even_light: bool) -> Ink:
    """What is ink on a drawing or a photo; ``even_light`` takes shadows and the paper's lines out first.

    Raises ``DataError`` for a picture that is the same grey all over, or on which nothing stands out.
    """
    smooth = ndimage.gaussian_filter(grey, min(_camera_noise(grey) / 12, 2))
    if even_light:
        smooth = without_desk(smooth)
    commonest = _commonest(smooth)
    is_flat = _is_flat(smooth, commonest, _FLAT)
    broad = None if is_flat else find_smooth_light(smooth)
    is_dark = broad.is_dark if broad else has_dark_ink(smooth, commonest if is_flat else None)
    if even_light and not is_flat:
        # Turned over, light ink is dark ink: one way to treat both.
        lit = broad.grey if broad else smooth
        shown = lit if is_dark else 255 - lit
        light = broad.light if broad else paper_under(shown)
        paper = 255.0 if is_dark else 0.0
        depth, dark = find_depth(shown, light)
        depth -= 0 if broad else _typical_depth(depth)
        shade = float((light.min() + 1) / (light.max() + 1))
    else:
        paper, shade, dark = commonest, 1.0, np.zeros(grey.shape, np.bool_)
        depth = (paper - smooth if is_dark else smooth - paper) / 255
    bare = depth[depth < between_two_classes(depth)] if broad else depth  # broad strokes may cover half of the paper
    depth -= np.median(bare)
    least = _LEAST_CONTRAST / 255
    if even_light:  # what is left of the paper is noise, and none of that reaches six standard deviations
        least = max(6 * 1.4826 * float(np.median(np.abs(bare - np.median(bare)))), least)
    depth[dark] = 0
    lines = find_lines(depth, least) if even_light else np.zeros_like(depth, dtype=np.bool_)
    if (depth[~lines] > least).any():  # else the lines are all the ink there is
        depth[lines] = 0
    else:
        lines[:] = False
    full = _full_depth(depth, least, grey)
    way = -255 if is_dark else 255
    return Ink(
        grey=grey,
        even=np.clip(paper + way * depth, 0, 255),
        level=np.clip(depth / full, 0, 1),
        paper=paper,
        ink=paper + way * full,
        shade=shade,
        lines=int(lines.sum()),
        is_drawing=_is_flat(grey, commonest, _SAME),
    )


def _commonest(grey: Picture) -> float:
    counts = np.bincount(grey.round().astype(np.int64).ravel(), minlength=256)
    return float(np.convolve(counts, np.bartlett(2 * _FLAT + 1), "same").argmax())


def _is_flat(grey: Picture, paper: float, most: float) -> bool:
    """Whether nearly the whole border and most of the picture have the paper's grey: no shadow, no table.

    ``most`` is by how many grey levels they may differ from it.
    """
    alike = np.abs(grey - paper) <= most
    return bool(alike.mean() >= 0.5 and border_of(alike).mean() >= 0.8)


def _typical_depth(depth: Picture) -> Picture:
    """The depth of the paper around each pixel: rough paper lies below its own brightest grains, less in a shadow.

    A lower quartile, since a broad stroke may cover more than half of what lies around a pixel.
    """
    coarse = Image.fromarray(depth)
    coarse.thumbnail((_CELLS, _CELLS), Image.Resampling.BOX)
    typical = Image.fromarray(ndimage.percentile_filter(np.asarray(coarse), 25, _CELLS // 3))
    return np.asarray(typical.resize(depth.shape[::-1], Image.Resampling.BILINEAR))


def _camera_noise(grey: Picture) -> float:
    """The standard deviation of what a camera adds to every pixel by itself.

    From what is left of a picture when planes are taken out of it (Immerkær, Fast noise variance estimation, 1996).
    """
    left = ndimage.convolve(grey, np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32))
    return 1.4826 * float(np.median(np.abs(left))) / 6


def _full_depth(depth: Picture, least: float, grey: Picture) -> float:
    """The depth of full ink. Raises ``DataError`` where nothing stands out of the paper's noise."""
    deep = depth[depth > least]
    if not len(deep) and np.ptp(ndimage.gaussian_filter(grey, 2)) < _LEAST_CONTRAST / 2:
        raise DataError(
            "There is no ink on the picture: it is the same grey all over.",
            "Draw a digit, or take the photo closer and with more light.",
        )
    if not len(deep):
        raise DataError(
            "There is no ink on the picture that stands out from its paper.",
            "Use a darker pen, or take the photo closer and with more light.",
        )
    # Faint lines of a squared paper are more pixels than the pen's: they are the shallower of two classes.
    return float(np.median(deep[deep >= between_two_classes(deep)]))
