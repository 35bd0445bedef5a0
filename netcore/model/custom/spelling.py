"""Whether one name is another one misspelt. Pure: texts, no torch.

A suggestion that is wrong costs more than none: two names count as one only where a slip of the finger lies between
them, by the optimal string alignment distance (Damerau 1964): a letter too many, too few, another one, two swapped.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_TRIES = 5
_FLOOR = 0.7
_LONGEST = 40


def find_nearest(written: str, known: Iterable[str]) -> str | None:
    """The name of ``known`` that was meant by ``written``, compared by their last parts; None where none is close.

    Of several, the one that is most alike; a layer without its number of axes is the one for pictures.
    """
    names: dict[str, str] = {}
    for name in known:
        names.setdefault(_last(name), name)
    last = _last(written)[:_LONGEST]
    for plain in (last, f"{last}2d"):
        for name in names:
            if _simplify(name) == _simplify(plain):
                return names[name]
    near = difflib.get_close_matches(last, names, n=_TRIES, cutoff=_FLOOR)
    return next((names[name] for name in near if is_misspelt(last, name)), None)


def is_misspelt(written: str, meant: str) -> bool:
    """Whether ``written`` is ``meant`` but for case, underscores and one slip, or two in a name of seven letters.

    In a name of up to four letters another letter is another word, such as ``tile`` and ``time``; ``conv2`` is never
    ``conv3``.
    """
    one, two = _simplify(written), _simplify(meant)
    if one == two:
        return True
    if [sign for sign in one if sign.isdigit()] != [sign for sign in two if sign.isdigit()]:
        return False
    length = min(len(one), len(two))
    distance = _count_slips(one, two)
    if length < 3 or (length < 5 and len(one) == len(two) and (length == 3 or sorted(one) != sorted(two))):
        return False
    return distance <= (1 if length < 7 else 2)


def _count_slips(one: str, two: str) -> int:
    """The optimal string alignment distance."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for place, sign in enumerate(one, 1):
        older, before, row = before, row, [place]
        for other, wanted in enumerate(two, 1):
            steps = min(before[other] + 1, row[-1] + 1, before[other - 1] + (sign != wanted))
            if place > 1 and other > 1 and sign == two[other - 2] and one[place - 2] == wanted:
                steps = min(steps, older[other - 2] + 1)
            row.append(steps)
    return row[-1]


def _last(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _simplify(name: str) -> str:
    return name.replace("_", "").lower()
