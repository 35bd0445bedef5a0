"""One thing that is wrong with a class, at its line. Knows nothing of how it was found."""

from __future__ import annotations

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

    @property
    def refusal(self) -> CodeError:
        """The same as an error, to show or to raise; ``line`` is among its values."""
        return CodeError(self.what, self.cure, **{**dict(self.values), "line": self.line})
