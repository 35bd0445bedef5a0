"""Runs a function and tells of every statement of one file before it runs. Knows neither torch nor networks.

Python's own way, ``sys.settrace``: ``sys.monitoring`` is there from 3.12 on only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Literal

from netcore.model.stepping.statements import Statements

_INNER = frozenset(("<module>", "<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"))
"""Functions that nobody wrote: one stops at the statement around a comprehension, on every version of Python."""


class EnoughError(BaseException):
    """Raised by whoever is told of a stop, ends the run. Not an ``Exception``: no line of the text may catch it."""


@dataclass
class Moment:
    """One stop."""

    kind: Literal["line", "return"]
    line: int
    frame: FrameType
    depth: int
    returned: Any
    """What the function gives back, where ``kind`` says so."""
    kept: dict[str, Any]
    """For whoever is told: the same dictionary at every stop of the same call of a function."""


def run_by_lines(run: Callable[[], Any], file: str, statements: Statements, tell: Callable[[Moment], None]) -> None:
    """Call ``run`` and, before each statement of ``file`` in this thread and as each of its functions ends, ``tell``.

    Whatever ``run`` raises comes through; ``EnoughError`` of ``tell`` ends the run and does not.
    """
    before = sys.gettrace()
    tracer = _Tracer(file, statements, tell)
    sys.settrace(tracer.enter)
    try:
        run()
    except EnoughError:
        return
    finally:
        sys.settrace(before)


@dataclass
class _Tracer:
    file: str
    statements: Statements
    tell: Callable[[Moment], None]
    depth: int = 0

    def enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Called by Python for each function that is called."""
        code = frame.f_code
        if code.co_filename != self.file or code.co_name in _INNER:
            return None
        self.depth += 1
        return _Call(self, self.depth - 1).step


@dataclass
class _Call:
    """One call of a function of the file."""

    tracer: _Tracer
    depth: int
    last: int = 0
    """The first line of the statement that runs."""
    raised: bool = False
    kept: dict[str, Any] = field(default_factory=dict)

    def step(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Called by Python before each line, for what it raises, and at the end."""
        if event == "line":
            self.raised = False
            self._reach(frame)
        elif event == "exception":
            self.raised = True
        elif event == "return":
            self.tracer.depth -= 1
            if not self.raised:
                self._tell("return", frame, argument)
        return self.step

    def _reach(self, frame: FrameType) -> None:
        statements = self.tracer.statements
        line = statements.first.get(frame.f_lineno, frame.f_lineno)
        inside, before = line < self.last <= statements.withs.get(line, 0), self.last
        self.last = line
        if not inside and (line != before or line in statements.crowded):
            self._tell("line", frame, None)

    def _tell(self, kind: Literal["line", "return"], frame: FrameType, returned: Any) -> None:
        self.tracer.tell(Moment(kind, self.last, frame, self.depth, returned, self.kept))
