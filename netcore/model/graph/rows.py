"""Boxes in rows, each below what it needs, with few crossings and straight lines: Sugiyama's method, for one level.

Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system structures, 1981. Written here
because no library on the package index lays out groups in groups: grandalf, igraph and fast-sugiyama know flat graphs
only, and Graphviz, which knows them, is a program of the system.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

Key = Hashable
"""What stands in a row: a box, or a ``Lane``."""

_SWEEPS = 8
_LANE = 14.0
"""The width that a line takes where it passes other boxes."""
_LANE_PULL = 8.0
"""How much more a line that passes several rows wants to be straight than a box wants to be above another."""


_Near = dict[Key, list[tuple[Key, float]]]


@dataclass(frozen=True)
class Link:
    """A line from one box down to another. Lines of one ``tensor`` share their way for as long as they can."""

    tensor: Key
    source: Key
    target: Key
    leaves: float = 0.0
    """Where it leaves its source, from the middle of that box."""
    enters: float = 0.0


@dataclass(frozen=True)
class Lane:
    """The place where a line passes a row."""

    tensor: Key
    source: Key
    row: int


@dataclass(frozen=True)
class Step:
    """The piece of a line between two rows that follow each other."""

    tensor: Key
    upper: Key
    lower: Key
    leaves: float
    enters: float


@dataclass(frozen=True)
class Rows:
    """Where the boxes of one level stand."""

    rows: tuple[tuple[Key, ...], ...]
    """From top to bottom; in each, from left to right."""
    middles: dict[Key, float]
    steps: tuple[Step, ...]


def arrange(
    widths: dict[Key, float], first: Sequence[Key], last: Sequence[Key], links: Sequence[Link], gap: float
) -> Rows:
    """Put boxes of these ``widths``, in the order in which they run, into rows: ``first`` on top, ``last`` below."""
    ranks = _rank(list(widths), first, last, links)
    steps, lanes = _split(ranks, links)
    row_of: dict[Key, int] = {**ranks, **lanes}
    all_widths: dict[Key, float] = {**dict.fromkeys(lanes, _LANE), **widths}
    count = max(row_of.values(), default=-1) + 1
    rows = [[key for key in row_of if row_of[key] == number] for number in range(count)]
    rows = _order(rows, steps)
    middles = _place(rows, all_widths, steps, gap)
    return Rows(tuple(map(tuple, rows)), middles, tuple(steps))


def _rank(keys: list[Key], first: Sequence[Key], last: Sequence[Key], links: Sequence[Link]) -> dict[Key, int]:
    """The row of each box: one below the lowest that it needs; what needs nothing stands just above what needs it."""
    sources, targets = defaultdict(list), defaultdict(list)
    for link in links:
        sources[link.target].append(link.source)
        targets[link.source].append(link.target)
    row_of: dict[Key, int] = dict.fromkeys(first, 0)
    fed, top = set(first), 1 if first else 0
    for key in (key for key in keys if key not in first and key not in last):
        row_of[key] = max((row_of[source] + 1 for source in sources[key]), default=top)
        fed |= {key} if any(source in fed for source in sources[key]) else set()
    for key in reversed(row_of):
        rows = [row_of[target] for target in targets[key] if target in row_of]
        if fed and key not in fed and rows:
            row_of[key] = min(rows) - 1
    bottom = max(row_of.values(), default=-1) + 1
    return {**row_of, **dict.fromkeys(last, bottom)}


def _split(row_of: dict[Key, int], links: Sequence[Link]) -> tuple[list[Step], dict[Key, int]]:
    """The lines row by row, and the lanes in which they pass the rows between."""
    steps: list[Step] = []
    lanes: dict[Key, int] = {}
    ways: dict[tuple[Key, Key], list[Key]] = defaultdict(list)
    for link in links:
        top, way = row_of[link.source], ways[link.tensor, link.source]
        for row in range(top + 1 + len(way), row_of[link.target]):  # as far as no line of this tensor went before
            lane = Lane(link.tensor, link.source, row)
            lanes[lane] = row
            steps.append(Step(link.tensor, way[-1] if way else link.source, lane, 0.0 if way else link.leaves, 0.0))
            way.append(lane)
        last = row_of[link.target] - top - 2
        upper = way[last] if last >= 0 else link.source
        steps.append(Step(link.tensor, upper, link.target, 0.0 if last >= 0 else link.leaves, link.enters))
    return steps, lanes


def _order(rows: list[list[Key]], steps: Sequence[Step]) -> list[list[Key]]:
    """Each row by the mean place of its neighbours, down and up again; the best of all tries."""
    above, below = _neighbours(steps)
    place = {key: number / len(row) for row in rows for number, key in enumerate(row)}
    best, fewest = [list(row) for row in rows], _count_crossings(rows, steps)
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            near = above if down else below
            means = {
                key: sum(place[other] for other, _ in near[key]) / len(near[key]) if near[key] else place[key]
                for key in row
            }
            row.sort(key=means.__getitem__)
            place |= {key: number / len(row) for number, key in enumerate(row)}
        crossings = _count_crossings(rows, steps)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _count_crossings(rows: list[list[Key]], steps: Sequence[Step]) -> int:
    """How many pairs of lines cross: between two rows, the pairs whose lower ends stand the other way round."""
    place = {key: (number, column) for number, row in enumerate(rows) for column, key in enumerate(row)}
    by_row = defaultdict(list)
    for step in steps:
        number, column = place[step.upper]
        by_row[number].append(((column, step.leaves), (place[step.lower][1], step.enters)))
    crossings = 0
    for lines in by_row.values():
        passed: list[tuple[int, float]] = []
        for _, lower in sorted(lines):
            crossings += len(passed) - bisect_right(passed, lower)
            insort(passed, lower)
    return crossings


def _place(rows: list[list[Key]], widths: dict[Key, float], steps: Sequence[Step], gap: float) -> dict[Key, float]:
    """The middle of each box: as near to above and below its neighbours as the boxes beside it allow."""
    above, below = _neighbours(steps)
    middles: dict[Key, float] = {}
    for row in rows:
        middles |= _spread(row, [0.0] * len(row), [1.0] * len(row), widths, gap)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wanted, pulls = [], []
            for key in row:
                near = (above if down else below)[key] or [(key, 0.0)]
                wanted.append(sum(middles[other] + shift for other, shift in near) / len(near))
                goes_on = isinstance(key, Lane) and isinstance(near[0][0], Lane)
                pulls.append(_LANE_PULL if goes_on else 1.0)
            middles |= _spread(row, wanted, pulls, widths, gap)
    return middles


def _spread(
    row: Sequence[Key], wanted: Sequence[float], pulls: Sequence[float], widths: dict[Key, float], gap: float
) -> dict[Key, float]:
    """The middles nearest to the ``wanted`` ones, by least squares, with no two boxes of a row over each other.

    Isotonic regression by pooling neighbours that would overlap (Barlow et al., 1972).
    """
    offsets, offset = [], 0.0
    for number, key in enumerate(row):
        offset += (widths[row[number - 1]] + widths[key]) / 2 + gap if number else 0.0
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []  # where, how strong, how many
    for want, pull, offset in zip(wanted, pulls, offsets, strict=True):
        where, strength, count = want - offset, pull, 1
        while pools and pools[-1][0] > where:
            other, other_strength, other_count = pools.pop()
            where = (where * strength + other * other_strength) / (strength + other_strength)
            strength, count = strength + other_strength, count + other_count
        pools.append((where, strength, count))
    starts = [where for where, _, count in pools for _ in range(count)]
    return {key: start + offset for key, start, offset in zip(row, starts, offsets, strict=True)}


def _neighbours(steps: Sequence[Step]) -> tuple[_Near, _Near]:
    """For each key those above and those below it, and how far beside their middle its own would stand."""
    above: _Near = defaultdict(list)
    below: _Near = defaultdict(list)
    for step in steps:
        above[step.lower].append((step.upper, step.leaves - step.enters))
        below[step.upper].append((step.lower, step.enters - step.leaves))
    return above, below
