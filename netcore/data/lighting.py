"""The light on a picture's paper, where one smooth light explains it, and a sheet's desk. Knows nothing of digits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from netcore.data.ruling import Mask, Picture
from netcore.data.shadows import without_shadows

_COARSE = 256
"""Pixels of the longer side on which light and sheets are looked for."""
_BROAD = 1 / 14
"""Of the longer side: strokes that are broader would be taken for shadows."""
_BROADEST = 0.55
"""Of the shorter side: what is broader is no stroke, but a shadow or a table."""
_STEEP = 0.25
"""Of the paper's light: broad strokes take away so much at least."""
_BETWEEN = 0.12
"""Of the strokes' area, at most: what is neither paper nor ink. A shadow's edge or a third tone is more."""
_BEYOND = 0.02
"""Of the strokes' area, at most: what is further from ink than the paper is, as a stroke of the other tone."""
_BORDER, _HARDLY = 0.45, 0.1
"""Of the picture's border, at most: under ink; and where nothing else says that it is ink."""
_SHEET, _MARKS = 0.08, (0.002, 0.3)
"""The share of the picture that is a sheet at least, and of the sheet that is written on."""
_RECTANGLE = 0.86
"""The share of its rectangle that a sheet fills, seen aslant too; an ellipse fills 0.785."""
_WIDE = 1 / 9
"""Of the longer side: what is wider is no stroke, but a shadow or a table."""
_DARK = 1 / 5
"""Where there is less than this share of the brightest paper's light, nothing can be told from noise."""


@dataclass(frozen=True, eq=False)
class SmoothLight:
    """One light all over the paper, and broad strokes on it."""

    light: Picture
    """The paper's grey ``[H, W]`` as if nothing stood on it; of the picture turned over, under light ink."""
    is_dark: bool
    """Whether the ink is darker than the paper."""
    grey: Picture
    """The picture on which that light lies: without its shadows, where it has some."""


def find_smooth_light(grey: Picture) -> SmoothLight | None:
    """The light, where broad strokes on paper are all that is on the picture, under shadows or not; else None.

    A quadratic surface is fitted to what is paper (robustly, by leaving out what lies below it). It holds where
    everything is either paper or ink, and the ink is nowhere broader than strokes are.
    """
    coarse = _coarse(grey)
    fitted = _fit_light(coarse, _BROAD, _BORDER)
    if fitted:
        return SmoothLight(_surface(fitted[0], grey.shape), fitted[1], grey)
    fitted = _fit_light(without_shadows(coarse), _BROAD, _BORDER)
    return SmoothLight(_surface(fitted[0], grey.shape), fitted[1], without_shadows(grey)) if fitted else None


def take_out_shadows(grey: Picture) -> Picture | None:
    """The picture without its shadows, where all of it is paper or strokes then; else None."""
    return without_shadows(grey) if _fit_light(without_shadows(_coarse(grey)), 0, _HARDLY) else None


def _fit_light(coarse: Picture, broad: float, border: float) -> tuple[Picture, bool] | None:
    """The terms of the light and whether the ink is dark, where there are strokes at least as ``broad`` as that.

    ``border`` is the share of the picture's border that they may cover.
    """
    for is_dark in (True, False):
        shown = coarse if is_dark else 255 - coarse
        bare = ndimage.grey_closing(shown, size=(5, 5), mode="nearest") if broad else shown
        terms = _fit_paper(bare)
        if _is_paper_with_strokes(bare, _surface(terms, bare.shape), broad, border):
            return terms, is_dark
    return None


def without_desk(grey: Picture) -> Picture:
    """The picture with a sheet's own paper in place of all that lies around the sheet; as it was where there is none.

    A sheet is a rectangle, seen aslant too, of one tone, with something written on it, inside the picture.
    """
    coarse = _coarse(grey)
    sheets = [found for tone in _tones(coarse) if (found := _sheet_of(tone)) is not None]
    if not sheets:
        return grey
    sheet, tone = max(sheets, key=lambda found: int(found[0].sum()))
    inside = ndimage.binary_erosion(sheet, iterations=3)
    near = ndimage.distance_transform_edt(~(inside & tone), return_distances=False, return_indices=True)
    paper = Image.fromarray(coarse[tuple(near)]).resize(grey.shape[::-1], Image.Resampling.BILINEAR)
    there = Image.fromarray(inside).resize(grey.shape[::-1], Image.Resampling.NEAREST)
    return np.where(np.asarray(there), grey, np.asarray(paper)).astype(np.float32)


def _tones(coarse: Picture) -> Iterator[Mask]:
    """The picture's light and dark tone, and those that a shadow across a sheet makes of them."""
    middle = between_two_classes(coarse)
    for level in (middle, between_two_classes(coarse[coarse <= middle]), between_two_classes(coarse[coarse > middle])):
        yield coarse > level
        yield coarse <= level


def paper_under(grey: Picture) -> Picture:
    """The picture without dark strokes: a closing fills what is darker and narrower than its window.

    Wide shadows and their edges stay as they are (Serra, Image Analysis and Mathematical Morphology, 1982).
    """
    window = int(max(grey.shape) * _WIDE) | 1
    paper: Picture = ndimage.grey_closing(grey, size=(window, window), mode="nearest")
    return paper


def find_depth(grey: Picture, paper: Picture) -> tuple[Picture, Mask]:
    """Which share of the paper's light is missing, from 0 to 1, and where that says nothing.

    It says nothing where there is too little light, or where hardly any of it is missing.
    """
    bright = float(np.percentile(paper, 90))
    # In the dark, small differences are large shares.
    depth: Picture = 1 - (grey + bright / 12) / (paper + bright / 12)
    return depth, (paper < bright * _DARK) | (paper - grey < bright / 10)


def between_two_classes(values: Picture) -> float:
    """The value that tells two classes apart best (Otsu, IEEE Transactions on Systems, Man, and Cybernetics, 1979)."""
    counts, edges = np.histogram(values, 128)
    middles = (edges[:-1] + edges[1:]) / 2
    below, sums = counts.cumsum(), (counts * middles).cumsum()
    above = below[-1] - below
    apart = below * above * (sums / np.maximum(below, 1) - (sums[-1] - sums) / np.maximum(above, 1)) ** 2.0
    return float(middles[apart.argmax()])


def border_of(picture: Picture | Mask) -> Picture | Mask:
    """The pixels all around the border, as a row."""
    return np.concatenate([picture[0], picture[-1], picture[1:-1, 0], picture[1:-1, -1]])


def _coarse(grey: Picture) -> Picture:
    small = Image.fromarray(grey)
    small.thumbnail((_COARSE, _COARSE), Image.Resampling.BOX)
    return np.asarray(small)


def _fit_paper(shown: Picture) -> Picture:
    """The six terms of the quadratic surface through what is paper."""
    basis = _basis(shown.shape)[::4]
    values = shown.ravel()[::4]
    kept = values > between_two_classes(values)
    terms = np.zeros(6, np.float32)
    for _ in range(6):
        if kept.sum() < 24:
            break
        terms = np.linalg.lstsq(basis[kept], values[kept], rcond=None)[0]
        kept = values > 0.85 * (basis @ terms)
    return terms


def _basis(shape: tuple[int, ...]) -> Picture:
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j].astype(np.float32).reshape(2, -1)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)


def _surface(terms: Picture, shape: tuple[int, ...]) -> Picture:
    surface: Picture = np.clip((_basis(shape) @ terms).reshape(shape), 1, 255).astype(np.float32)
    return surface


def _is_paper_with_strokes(shown: Picture, light: Picture, broad: float, border: float) -> bool:
    depth = 1 - shown / light
    deep = depth[depth > max(between_two_classes(depth), _STEEP / 2)]
    full = float(np.median(deep)) if len(deep) else 0.0
    if full < _STEEP:
        return False
    ink = depth > full / 2
    broadest = 2 * float(ndimage.distance_transform_edt(ink).max())
    away_from_edges = ndimage.binary_erosion(ink, iterations=3) | ndimage.binary_erosion(~ink, iterations=3)
    between = away_from_edges & (np.minimum(np.abs(depth), np.abs(depth - full)) > full / 4)
    return (
        broadest >= broad * max(shown.shape)
        and broadest <= _BROADEST * min(shown.shape)
        and broadest < 2 * float(ndimage.distance_transform_edt(~ink).max())
        and between.sum() <= _BETWEEN * ink.sum()
        and (away_from_edges & (depth < -full / 4)).sum() <= _BEYOND * ink.sum()
        and border_of(ink).mean() <= border
    )


def _sheet_of(tone: Mask) -> tuple[Mask, Mask] | None:
    """The sheet, filled, and the paper on it, where the largest part of that tone is one.

    What reaches from one side of the picture to the other, as between two lines of a ruling, is none.
    """
    labels, count = ndimage.label(tone)
    if not count:
        return None
    largest = labels == 1 + int(np.bincount(labels.ravel())[1:].argmax())
    sheet: Mask = ndimage.binary_fill_holes(largest)
    area = int(sheet.sum())
    marks = area - int((largest & sheet).sum())
    crosses = (sheet[0].any() and sheet[-1].any()) or (sheet[:, 0].any() and sheet[:, -1].any())
    if crosses or area < _SHEET * sheet.size or not _MARKS[0] <= marks / area <= _MARKS[1]:
        return None
    return (sheet, largest) if area >= _RECTANGLE * _smallest_rectangle(sheet) else None


def _smallest_rectangle(mask: Mask) -> float:
    """The area of the smallest rectangle around it, to 2 degrees."""
    y, x = np.nonzero(mask ^ ndimage.binary_erosion(mask))
    angles = np.deg2rad(np.arange(-45, 45, 2))[:, None]
    across, down = x * np.cos(angles) + y * np.sin(angles), y * np.cos(angles) - x * np.sin(angles)
    return float(((np.ptp(across, axis=1) + 1) * (np.ptp(down, axis=1) + 1)).min())
