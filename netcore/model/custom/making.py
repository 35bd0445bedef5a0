"""The lines of a text that make a network, ``model = Network(10)``, wherever they stand. They are read, not run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netcore.model.custom.settling import Settler, Values, split_assignment

_USUAL = ("model", "net", "network")
_LEARNS = re.compile(r"Linear|Conv|Norm|Embedding|RNN|LSTM|GRU|PReLU|Attention|Transformer|Parameter")


@dataclass(frozen=True)
class Making:
    """A line that makes a network."""

    statement: ast.stmt
    """The statement at the top of the text that is this line, or holds it."""
    target: str
    """The name that the network gets; empty where a function returns it."""
    written: ast.expr
    """What makes it, as it was written, without ``.to(device)`` and its like."""
    made: str
    """The name of the class."""
    call: ast.Call | None
    """``Network(10)``: the class called with the values worked out; None where one of them stays open."""
    open_values: tuple[ast.expr, ...] = ()
    """Those values, as they were written."""

    @property
    def line(self) -> ast.stmt | None:
        """The statement, where it does nothing else than this, with values that are known."""
        target, value = split_assignment(self.statement)
        holds = isinstance(target, ast.Name) and value and any(node is self.written for node in ast.walk(value))
        return self.statement if holds and self.call else None

    @property
    def is_named_as_usual(self) -> bool:
        """Whether it is called ``model``, ``net`` or ``network``."""
        return self.target.lower() in _USUAL


def find_makings(tree: ast.Module, settler: Settler, is_made: Callable[[ast.expr], str | None]) -> list[Making]:
    """The lines that make what ``is_made`` gives a name to, in the order in which Python comes to them.

    First those at the top, in blocks too; then those in functions, whose arguments are their defaults.
    """
    found = [*_read_body(tree.body, settler.top, settler, is_made, None)]
    for node in tree.body:
        values = settler.bind_arguments(node) if isinstance(node, ast.FunctionDef) else None
        if isinstance(node, ast.FunctionDef) and values is not None:
            found += _read_body(node.body, values, settler, is_made, node)
    return found


def _read_body(
    body: list[ast.stmt],
    values: Values,
    settler: Settler,
    is_made: Callable[[ast.expr], str | None],
    outer: ast.stmt | None,
) -> Iterator[Making]:
    for statement in body:
        target, value = split_assignment(statement)
        if isinstance(statement, ast.Return | ast.Expr):
            value = statement.value
        name = target.id if isinstance(target, ast.Name) else ""
        bare = settler.strip(value) if value and (name or not target) else None
        if isinstance(bare, ast.Call):
            settled = settler.settle(bare, values)
            made = is_made(settled or bare)
            if made and (name or not isinstance(statement, ast.Expr) or settled):
                call = settled if isinstance(settled, ast.Call) and not _shares(settled) else None
                given = (*bare.args, *(keyword.value for keyword in bare.keywords)) if call is None else ()
                still_open = tuple(part for part in given if settler.settle(part, values) is None)
                yield Making(outer or statement, name, bare, made, call, still_open or given)
        for part in ("body", "orelse", "finalbody"):
            inner = [node for node in getattr(statement, part, ()) if isinstance(node, ast.stmt)]
            if inner and not isinstance(statement, ast.FunctionDef | ast.ClassDef):
                yield from _read_body(inner, dict(values), settler, is_made, outer or statement)
        settler.bind(statement, values)


def _shares(call: ast.Call) -> bool:
    """Whether one layer that learns stands in it twice: written as a call, it would be two."""
    seen = set[int]()
    for node in ast.walk(call):
        if isinstance(node, ast.Call):
            learns = isinstance(node.func, ast.Name) or bool(_LEARNS.search(ast.unparse(node.func)))
            if id(node) in seen and learns:
                return True
            seen.add(id(node))
    return False
