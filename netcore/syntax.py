"""Python's text as a syntax tree, also while other threads read theirs."""

from __future__ import annotations

import ast
from typing import Literal, overload

_ATTEMPTS = 20


@overload
def parse_python(source: str, name: str = ..., mode: Literal["exec"] = ...) -> ast.Module: ...
@overload
def parse_python(source: str, name: str, mode: Literal["eval"]) -> ast.Expression: ...
def parse_python(source: str, name: str = "<unknown>", mode: Literal["exec", "eval"] = "exec") -> ast.AST:
    """The tree of ``source``, as ``ast.parse`` builds it, with what that raises for a text that is no Python.

    Before Python 3.13 all threads share one count of how deep the building of a tree has got: where the garbage
    collector lets another thread run in the middle of it, the count no longer fits and ``ast.parse`` raises
    ``SystemError`` for a text without fault (cpython issue 106905). Then the text is read once more.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return ast.parse(source, name, mode)
        except SystemError:
            continue
    return ast.parse(source, name, mode)
