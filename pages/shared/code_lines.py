"""Python code to read, line by line: one line stands out, and those that ran can be chosen. Knows nothing of networks.

``st.code`` cannot mark a line, and its lines cannot be clicked. Nothing is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Literal

import streamlit as st

from pages.shared import code_editor

_HTML = '<div class="lines" role="group"></div>'


@dataclass(frozen=True)
class Line:
    """What is said of one line."""

    number: int
    """From 1."""
    state: Literal["ran", "missing", "here", "wrong"]
    """It can be chosen; it was not reached; it is the line in question; and it is wrong. The last two can be chosen."""
    note: str = ""
    """Behind its text."""


def draw(
    text: str,
    lines: tuple[Line, ...],
    *,
    parts: tuple[tuple[int, int], ...],
    key: str,
    label: str,
    choose: str,
    height: int,
    on_choose: Callable[[], None],
) -> None:
    """Draw the ``parts`` of the text, each from one line to another.

    ``on_choose`` is called where a line is clicked, or chosen with Enter; ``chosen`` then says which. ``choose`` says
    what that does, with ``{line}`` for its number.
    """
    _component()(
        key=key,
        data={
            "text": text,
            "lines": [asdict(line) for line in lines],
            "parts": [list(part) for part in parts],
            "label": label,
            "choose": choose,
            "height": height,
        },
        height="content",
        on_line_change=on_choose,
    )


def chosen(key: str) -> int | None:
    """The line that was just chosen, for ``on_choose``."""
    line = (st.session_state.get(key) or {}).get("line")
    return line if type(line) is int else None


@cache
def _component() -> Callable[..., object]:
    script, style = code_editor.read_coloured("code_lines")
    return st.components.v2.component("netcore_code_lines", html=_HTML, css=style, js=script)
