"""One thing that is wrong with a class, at its line. Knows nothing of how it was found."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from netcore.errors import CodeError


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong at a line, as sentences with ``{names}`` of ``values`` in them."""

    line: int
    """From 1."""
    column: int
    """From 0."""
    what: str
    cure: str
    values: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def at(cls, node: ast.expr, what: str, cure: str, instead: str = "", **values: Any) -> Finding:
        """A finding about an expression, with what to write ``instead``: in the cure, that is ``{shown}``."""
        if instead:
            end = f"{node.end_lineno}:{node.end_col_offset}"
            shown = instead if len(instead) <= 60 else instead[:57] + "..."
            values |= {"instead": instead, "shown": shown, "end": end}
        placed = {"line": node.lineno, **values}
        return cls(node.lineno, node.col_offset, "Line {line}: " + what, cure, tuple(placed.items()))

    def is_about(self, node: ast.expr) -> bool:
        """Whether it is this expression that ``instead`` replaces: others can begin at the same place."""
        start = (self.line, self.column) == (node.lineno, node.col_offset)
        return start and dict(self.values).get("end") == f"{node.end_lineno}:{node.end_col_offset}"

    @property
    def refusal(self) -> CodeError:
        """The same as an error, to show or to raise; ``line`` is among its values."""
        return CodeError(self.what, self.cure, **{**dict(self.values), "line": self.line})
