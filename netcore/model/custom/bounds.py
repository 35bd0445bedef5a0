"""Numbers that are too large before anything runs: ``10 ** 10 ** 10``. Pure: syntax trees, no torch."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

_MAX_BITS = 64
_MAX_LENGTH = 10_000_000

_PLAIN: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = MappingProxyType(
    {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv}
)


class TooLargeError(Exception):
    """A number beyond 64 bits, or a text or list of more than ten million parts."""


def fold(node: ast.expr) -> int | None:
    """The whole number that an expression without names is; None where it is something else.

    Raises ``TooLargeError`` before it works out what would be too large.
    """
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return _within(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = fold(node.operand)
        return None if value is None else -value
    if not isinstance(node, ast.BinOp):
        return None
    left, right = fold(node.left), fold(node.right)
    if isinstance(node.op, ast.Mult):
        _check_repeated(node.left, right)
        _check_repeated(node.right, left)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Pow):
        if right > 0 and abs(left) > 1 and right * math.log2(abs(left)) > _MAX_BITS:
            raise TooLargeError
        return left**right if right >= 0 else None
    if isinstance(node.op, ast.LShift):
        if left and right > _MAX_BITS:
            raise TooLargeError
        return _within(left << right) if right >= 0 else None
    calculate = _PLAIN.get(type(node.op))
    return _within(calculate(left, right)) if calculate and (right or calculate is not operator.floordiv) else None


def _within(value: int) -> int:
    if value.bit_length() > _MAX_BITS:
        raise TooLargeError
    return value


def _check_repeated(sequence: ast.expr, times: int | None) -> None:
    if times is None:
        return
    length = 0
    if isinstance(sequence, ast.Constant) and isinstance(sequence.value, str):
        length = len(sequence.value)
    elif isinstance(sequence, ast.List | ast.Tuple):
        length = len(sequence.elts)
    if length * times > _MAX_LENGTH:
        raise TooLargeError
