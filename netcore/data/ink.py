"""From a picture to the ink on it: grey, evened light, polarity, contrast. Knows nothing of digits or networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from netcore.data.decoding import DECODED_SIDE, check_size
from netcore.data.ruling import Mask, Picture, find_lines
from netcore.errors import DataError

_LEAST_CONTRAST = 12
"""Grey levels between paper and ink; what a screen or a camera adds by itself is less."""
_FLAT = 5
"""Grey levels by which a paper without shadows, a drawn one or a scan, differs from itself."""
_NARROW = (1 / 60, 1 / 30, 1 / 15)
"""Widths of strokes that are looked for, as shares of a photo's longer side,"""
_WIDE = 1 / 9
"""and of what is no stroke any more but a shadow or a table."""
_DARK = 1 / 5
"""Where there is less than this share of the brightest paper's light, nothing can be told from noise."""


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
    is_flat: bool
    """Whether the paper was of one grey already: a drawing, or a good scan."""

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
    rgba = image.convert("RGBA")
    grey = np.asarray(rgba.convert("L"), dtype=np.float32)
    alpha = np.asarray(rgba.getchannel("A"), dtype=np.float32) / 255
    mean = float((grey * alpha).sum() / max(float(alpha.sum()), 1.0))
    paper = 255 if mean < 128 else 0
    return (grey * alpha + paper * (1 - alpha)).astype(np.float32)


def find_ink(grey: Picture, *, even_light: bool) -> Ink:
    """What is ink on a drawing or a photo; ``even_light`` takes shadows and the paper's lines out first.

    Raises ``DataError`` for a picture that is the same grey all over.
    """
    smooth = ndimage.gaussian_filter(grey, min(_camera_noise(grey) / 12, 2))
    commonest = _commonest(smooth)
    is_flat = _is_flat(smooth, commonest)
    is_dark = _has_less_dark(smooth, commonest) if is_flat else _has_dark_strokes(smooth)
    if even_light and not is_flat:
        # Turned over, light ink is dark ink: one way to treat both.
        shown = smooth if is_dark else 255 - smooth
        light = _paper_under(shown)
        paper = 255.0 if is_dark else 0.0
        depth = _depth(shown, light)
        shade = float((light.min() + 1) / (light.max() + 1))
    else:
        paper, shade = commonest, 1.0
        depth = (paper - smooth if is_dark else smooth - paper) / 255
    middle = float(np.median(depth))
    depth -= middle
    least = _LEAST_CONTRAST / 255
    if even_light:  # what is left of the paper is noise, and none of that reaches six standard deviations
        least = max(6 * 1.4826 * float(np.median(np.abs(depth))), least)
    lines = find_lines(depth, least) if even_light else np.zeros_like(depth, dtype=np.bool_)
    depth[lines] = 0
    full = _full_depth(depth, least)
    way = -255 if is_dark else 255
    return Ink(
        grey=grey,
        even=np.clip(paper + way * depth, 0, 255),
        level=np.clip(depth / full, 0, 1),
        paper=paper,
        ink=paper + way * full,
        shade=shade,
        lines=int(lines.sum()),
        is_flat=is_flat,
    )


def _commonest(grey: Picture) -> float:
    counts = np.bincount(grey.round().astype(np.int64).ravel(), minlength=256)
    return float(np.convolve(counts, np.bartlett(2 * _FLAT + 1), "same").argmax())


def _is_flat(grey: Picture, paper: float) -> bool:
    """Whether nearly the whole border and most of the picture have the paper's grey: no shadow, no table."""
    alike = np.abs(grey - paper) <= _FLAT
    border = np.concatenate([alike[0], alike[-1], alike[:, 0], alike[:, -1]])
    return bool(alike.mean() >= 0.5 and border.mean() >= 0.8)


def _camera_noise(grey: Picture) -> float:
    """The standard deviation of what a camera adds to every pixel by itself.

    From what is left of a picture when planes are taken out of it (Immerkær, Fast noise variance estimation, 1996).
    """
    left = ndimage.convolve(grey, np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32))
    return 1.4826 * float(np.median(np.abs(left))) / 6


def _has_less_dark(grey: Picture, paper: float) -> bool:
    """Whether more of what is far from the paper's grey is darker than it."""
    away = grey - paper
    return float(away[np.abs(away) > np.abs(away).max() / 3].sum()) <= 0


def _has_dark_strokes(grey: Picture) -> bool:
    """Whether what is narrow is darker than what lies around it, at the first size at which anything is narrow.

    Dark strokes leave narrow light places between them, which the larger windows would take for strokes.
    """
    for share in _NARROW:
        window = int(max(grey.shape) * share) | 1
        dark, light = (
            residue[residue > _LEAST_CONTRAST]
            for residue in (ndimage.black_tophat(grey, window), ndimage.white_tophat(grey, window))
        )
        if max(len(dark), len(light)) > grey.size / 2000:
            break
    return bool(dark.sum() >= light.sum() / 2)


def _paper_under(grey: Picture) -> Picture:
    """The picture without strokes: a closing fills what is darker and narrower than its window.

    Wide shadows and their edges stay as they are (Serra, Image Analysis and Mathematical Morphology, 1982).
    """
    window = int(max(grey.shape) * _WIDE) | 1
    paper: Picture = ndimage.grey_closing(grey, size=(window, window), mode="nearest")
    return paper


def _depth(grey: Picture, paper: Picture) -> Picture:
    """Which share of the paper's light is missing, from 0 to 1."""
    bright = float(np.percentile(paper, 90))
    # In the dark, small differences are large shares.
    depth: Picture = 1 - (grey + bright / 12) / (paper + bright / 12)
    depth[(paper < bright * _DARK) | (paper - grey < bright / 10)] = 0
    return depth


def _full_depth(depth: Picture, least: float) -> float:
    """The depth of full ink. Raises ``DataError`` where nothing stands out of the paper's noise."""
    deep = depth[depth > least]
    if not len(deep):
        raise DataError(
            "There is no ink on the picture: it is the same grey all over.",
            "Draw a digit, or take the photo closer and with more light.",
        )
    # Faint lines of a squared paper are more pixels than the pen's: they are the shallower of two classes.
    return float(np.median(deep[deep >= _between_two_classes(deep)]))


def _between_two_classes(values: Picture) -> float:
    """The value that tells two classes apart best (Otsu, IEEE Transactions on Systems, Man, and Cybernetics, 1979)."""
    counts, edges = np.histogram(values, 128)
    middles = (edges[:-1] + edges[1:]) / 2
    below, sums = counts.cumsum(), (counts * middles).cumsum()
    above = below[-1] - below
    apart = below * above * (sums / np.maximum(below, 1) - (sums[-1] - sums) / np.maximum(above, 1)) ** 2.0
    return float(middles[apart.argmax()])
