"""Which statement a line of Python belongs to, so that one stops once at each, however many lines it takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from netcore.syntax import parse_python

_Body = ast.For | ast.While | ast.If | ast.With | ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Statements:
    """The statements of a text, by their lines."""

    first: dict[int, int]
    """For each line of a statement, the statement's first line; without the lines of the statements inside it."""
    crowded: frozenset[int]
    """Lines on which a loop stands together with its body: each time round is a stop."""
    withs: dict[int, int]
    """For the first line of each ``with``, the last one of its body. Python comes back to the first when it ends."""
    tops: tuple[tuple[int, int], ...]
    """The first and the last line of each class and function that stands in no other."""
    reachable: frozenset[int]
    """The first lines of the statements that stand in functions, ``__init__`` left out, and do something."""


@cache
def read_statements(source: str) -> Statements:
    """The statements of a text. Raises ``SyntaxError`` for one that is no Python."""
    tree = parse_python(source)
    first: dict[int, int] = {}
    crowded, withs = set(), {}
    for node in _walk(tree.body):
        end = node.end_lineno or node.lineno
        if isinstance(node, _Body):
            end = max(node.lineno, node.body[0].lineno - 1)
        if isinstance(node, ast.For | ast.While) and node.body[0].lineno == node.lineno:
            crowded.add(node.lineno)
        if isinstance(node, ast.With):
            withs[node.lineno] = node.end_lineno or node.lineno
        first |= dict.fromkeys(range(node.lineno, end + 1), node.lineno)
    tops = tuple(
        (node.lineno, node.end_lineno or node.lineno)
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
    )
    return Statements(first, frozenset(crowded), withs, tops, frozenset(_reachable(tree)))


def _walk(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement, the outer ones before those inside."""
    for node in body:
        yield node
        for part in ("body", "orelse"):
            yield from _walk([inner for inner in getattr(node, part, []) if isinstance(inner, ast.stmt)])


def _reachable(tree: ast.Module) -> Iterator[int]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name != "__init__":
            yield from (node.lineno for node in _walk(function.body) if _does_something(node))


def _does_something(node: ast.stmt) -> bool:
    """Whether Python stops at it: not at a docstring, at a type without a value, or at ``while True``."""
    if isinstance(node, ast.Expr | ast.While):
        return not isinstance(node.value if isinstance(node, ast.Expr) else node.test, ast.Constant)
    return not (isinstance(node, ast.AnnAssign) and node.value is None)
