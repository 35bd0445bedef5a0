"""Which line of the network's own Python is running. Knows nothing of tensors."""

from __future__ import annotations

import linecache
import sys
import textwrap
from itertools import islice
from pathlib import PurePath
from types import CodeType, FrameType

from netcore.model.custom.source import FILE_NAME
from netcore.model.graph.nodes import Line

_MAX_LINES = 12
_OWN = __name__.rpartition(".")[0]


def find_line(root: CodeType, text: str) -> Line | None:
    """The innermost line that is neither torch's nor ours, called from the function ``root``; None where there is none.

    ``text`` is the source of a person's own class, which stands in no file.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame and frame.f_code is not root:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] != "torch" and not module.startswith(_OWN):
            return _read(frame.f_code, frame.f_lasti, frame.f_lineno, text)
        frame = frame.f_back
    return None


def _read(code: CodeType, instruction: int, number: int, text: str) -> Line:
    first, last, _, _ = next(islice(code.co_positions(), instruction // 2, None))
    first, last = first or number, last or number
    own = code.co_filename == FILE_NAME
    lines = text.splitlines() if own else linecache.getlines(code.co_filename)
    shown = "\n".join(line.rstrip("\n") for line in lines[first - 1 : min(last, first + _MAX_LINES - 1)])
    file = "" if own else PurePath(code.co_filename).name
    return Line(textwrap.dedent(shown).strip(), first, file, code.co_qualname)
