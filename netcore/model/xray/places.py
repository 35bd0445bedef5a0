"""Where in a student's text something happened: the exact words, from Python's own positions. Knows no torch."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import islice
from types import CodeType, FrameType, TracebackType

from netcore.model.custom.source import FILE_NAME


@dataclass(frozen=True)
class Place:
    """An expression of the text: lines from 1, columns from 0 in bytes of UTF-8, as in ``ast``."""

    function: str
    """The qualified name of the function that holds it: ``Network.forward``."""
    line: int
    column: int
    end_line: int
    end_column: int

    @property
    def span(self) -> tuple[int, int, int, int]:
        """The four numbers, to find the node of ``ast`` that stands there."""
        return self.line, self.column, self.end_line, self.end_column


def find_current_place(making: object = None) -> Place | None:
    """The expression of the student's text that is running, the innermost one; None where none is.

    With ``making``, the functions of that object itself are left out: a layer is made where its class is called, not in
    the ``__init__`` of its class.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame and (frame.f_code.co_filename != FILE_NAME or _belongs_to(frame, making)):
        frame = frame.f_back
    return _read_place(frame.f_code, frame.f_lasti) if frame else None


def find_failed_place(error: BaseException) -> Place | None:
    """The expression of the student's text in which ``error`` rose; None where it was raised outside of it."""
    place, step = None, error.__traceback__
    while step:
        place = _read_step(step) or place
        step = step.tb_next
    return place


def _read_step(step: TracebackType) -> Place | None:
    code = step.tb_frame.f_code
    return _read_place(code, step.tb_lasti) if code.co_filename == FILE_NAME else None


def _belongs_to(frame: FrameType, making: object) -> bool:
    names = frame.f_code.co_varnames
    return making is not None and bool(names) and frame.f_locals.get(names[0]) is making


def _read_place(code: CodeType, instruction: int) -> Place:
    line, end_line, column, end_column = next(islice(code.co_positions(), instruction // 2, None))
    first = line or code.co_firstlineno
    return Place(code.co_qualname, first, column or 0, end_line or first, end_column or 0)
