"""How much a pickle says once everything that it repeats is written out. Unpickles nothing.

A pickle can name what it has said before, so that forty lines of it hold 2**40 values, and whoever prints or hashes
them never comes to an end. Follows the opcodes that ``archive`` lets through, with sizes in the place of values.
"""

from __future__ import annotations

import pickletools
from dataclasses import dataclass
from typing import Any

_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3, "BINPERSID": 1, "REDUCE": 2}
_ADDED = {"APPEND": 1, "SETITEM": 2, "BUILD": 1}
_GROWING = frozenset({"EMPTY_LIST", "EMPTY_DICT", "REDUCE"})


@dataclass
class _Value:
    size: int
    is_whole: bool
    """Whether nothing is added to it any more."""


def unfolded_size(pickle: bytes, most: int) -> int:
    """Values and characters in the largest thing that the pickle makes, repeated ones each time; ``most`` + 1 for more.

    Also where it adds to what it has repeated, as only what contains itself does. Raises ``ValueError`` for no pickle.
    """
    try:
        return _follow(pickle, most)
    except (IndexError, KeyError, AttributeError) as error:
        raise ValueError("this is no pickle") from error


def _follow(pickle: bytes, most: int) -> int:
    stack: list[Any] = []
    memo: dict[object, _Value] = {}
    largest = 0
    for opcode, argument, _ in pickletools.genops(pickle):
        name = opcode.name
        if name in ("PROTO", "STOP"):
            continue
        if name == "MARK":
            stack.append(None)
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
            stack[-1].is_whole = True
        elif name in ("APPENDS", "SETITEMS") or name in _ADDED:
            parts = _take(stack, _ADDED.get(name))
            if stack[-1].is_whole:
                return most + 1
            stack[-1].size += parts
        else:
            parts = _take(stack, None if name == "TUPLE" else _TUPLES.get(name, 0))
            length = len(argument) if isinstance(argument, str) else 0
            stack.append(_Value(1 + length + parts, name not in _GROWING))
        if stack[-1] is not None:
            largest = max(largest, stack[-1].size)
            if largest > most:
                return most + 1
    return largest


def _take(stack: list[Any], count: int | None) -> int:
    """Take ``count`` values, or those down to the mark, from the stack, and return the size of all of them."""
    size = 0
    while count is None or count > 0:
        value = stack.pop()
        if value is None and count is None:
            break
        value.is_whole = True
        size += value.size
        count = count if count is None else count - 1
    return size
