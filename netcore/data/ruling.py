"""The lines of squared and ruled paper, found so that they can be taken out. Knows nothing of digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Picture = NDArray[np.float32]
Mask = NDArray[np.bool_]

_ANGLES = np.deg2rad(np.arange(-20, 20.5, 0.5))
_FEWEST = 3
"""Lines of a paper that need not be whole: tops and feet of a row of digits are fewer that are evenly spaced."""
_SHARE = 0.4
"""A line is seen along this share of the picture's side at least."""
_REACH, _COVERED = 0.5, 0.7
"""From its first to its last pixel it reaches over this share of the side, and is seen along this share of that;"""
_WHOLE = 0.95
"""a line that reaches over so much, and is seen along so much of it, is a paper's even if there are no others."""
_EVEN = 0.2
"""Of the pitch: by how much the distance of two lines may differ from a multiple of it."""
_THIN = 1 / 80
"""And is thinner than this share of it."""
_POINTS = 15_000


def find_lines(depth: Picture, least: float) -> Mask:
    """Which pixels deeper than ``least`` belong to a paper's own lines, within 20 degrees of upright or level.

    A vote of the pixels for the lines that they may lie on (Duda and Hart, Communications of the ACM, 1972). Where
    something deeper or thicker than a line runs over it, its pixels stay: that is a stroke.
    """
    return _find_level_lines(depth, least) | _find_level_lines(depth.T, least).T


def _find_level_lines(depth: Picture, least: float) -> Mask:
    mask = depth > least
    lines = np.zeros_like(mask)
    runs = _runs_down(mask)
    most = max(3, _THIN * max(mask.shape))
    thin = mask & (runs <= most)
    # A line has paper on both sides; the grain of a table has more grain.
    alone = thin & (ndimage.uniform_filter1d(mask.astype(np.float32), 4 * int(most) + 1, axis=0) < 0.4)
    rows, columns = np.nonzero(alone)
    if len(rows) < _SHARE * mask.shape[1]:
        return lines
    step = -(-len(rows) // _POINTS)
    chosen = np.random.default_rng(0).permutation(len(rows))[::step]
    voted = _vote(rows[chosen], columns[chosen], _SHARE * mask.shape[1] / step)
    rows, columns = np.nonzero(thin)
    found = _choose_ruling(voted, rows, columns, mask.shape[1])
    for angle, offset in found:
        near = np.abs(rows * np.cos(angle) - columns * np.sin(angle) - offset) <= 2.5
        here = rows[near], columns[near]
        lines[here] |= (runs[here] <= 1.25 * np.median(runs[here]) + 1) & (depth[here] <= 1.4 * np.median(depth[here]))
    # Where a stroke runs over a line, what was taken out of it comes back.
    reach = 2 * int(most) + 1
    return lines & ~ndimage.binary_closing(mask & ~lines, np.ones((reach, 1))) if lines.any() else lines


def _vote(rows: NDArray[np.intp], columns: NDArray[np.intp], least: float) -> list[tuple[float, float]]:
    """The lines as (angle, offset) that get ``least`` votes: ``row * cos(angle) - column * sin(angle) = offset``."""
    offsets = (rows * np.cos(_ANGLES)[:, None] - columns * np.sin(_ANGLES)[:, None]) / 2
    lowest = int(offsets.min()) - 2
    cells = (offsets - lowest).round().astype(np.int64)
    length = int(cells.max()) + 2
    votes = np.bincount((cells + np.arange(len(_ANGLES))[:, None] * length).ravel(), minlength=len(_ANGLES) * length)
    votes = votes.reshape(len(_ANGLES), length)
    lines = []
    while votes.max() >= least:
        at, cell = divmod(int(votes.argmax()), length)
        lines.append((float(_ANGLES[at]), 2.0 * (cell + lowest)))
        # The points of this line vote no more.
        on_line = np.abs(cells[at] - cell) <= 1
        gone = cells[:, on_line] + np.arange(len(_ANGLES))[:, None] * length
        votes -= np.bincount(gone.ravel(), minlength=votes.size).reshape(votes.shape)
        cells = cells[:, ~on_line]
    return lines


def _choose_ruling(
    lines: list[tuple[float, float]], rows: NDArray[np.intp], columns: NDArray[np.intp], width: int
) -> list[tuple[float, float]]:
    """Those that cross the paper and are evenly spaced, or cross it from one side of the picture to the other.

    A row of digits also has long thin level strokes, but with gaps between them and at any height.
    """
    crossing, whole = [], []
    for angle, offset in lines:
        near = np.abs(rows * np.cos(angle) - columns * np.sin(angle) - offset) <= 2.5
        seen = np.unique(columns[near])
        seen = seen[len(seen) // 100 : len(seen) - len(seen) // 100]
        gaps = np.diff(seen)
        length = int(gaps.sum())
        reach = length / width
        covered = 1 - gaps[gaps > 2 * _THIN * width].sum() / max(length, 1)
        if reach >= _REACH and covered >= _COVERED:
            crossing.append((angle, offset))
        if min(reach, covered) >= _WHOLE:
            whole.append((angle, offset))
    even = _evenly_spaced(crossing, width / 2)
    return even + [line for line in whole if line not in even]


def _evenly_spaced(lines: list[tuple[float, float]], column: float) -> list[tuple[float, float]]:
    """Those whose distance to the next one is about a multiple of their pitch, measured down the middle column."""
    down = {line: (line[1] + column * np.sin(line[0])) / np.cos(line[0]) for line in lines}
    ordered = sorted(lines, key=down.__getitem__)
    gaps = np.diff([down[line] for line in ordered])
    apart = gaps[gaps > 6]  # both edges of one thick line are nearer
    if len(apart) < _FEWEST - 1:
        return []
    steps = apart / np.median(apart)
    even = np.abs(steps - np.maximum(steps.round(), 1)) <= _EVEN * np.maximum(steps, 1)
    return ordered if even.mean() >= 0.7 else []


def _runs_down(mask: Mask) -> NDArray[np.int64]:
    """For each pixel of the mask, how many pixels hang together with it above and below; 0 elsewhere."""
    height = len(mask)
    at = np.arange(height)[:, None]
    start = np.maximum.accumulate(np.where(mask, -1, at), axis=0)
    end = np.minimum.accumulate(np.where(mask, height, at)[::-1], axis=0)[::-1]
    return np.where(mask, end - start - 1, 0)
