"""A text area for Python: line numbers, colours, and what is wrong at its line. Knows nothing of networks.

Streamlit has no editor for code, and its text area has neither lines nor a Tab key. Nothing is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import streamlit as st

_HTML = """
<div class="editor">
  <div class="gutter" aria-hidden="true"></div>
  <div class="text">
    <pre class="colours" aria-hidden="true"></pre>
    <div class="marks" aria-hidden="true"></div>
    <textarea class="area" spellcheck="false" autocomplete="off" autocapitalize="off" wrap="off"></textarea>
  </div>
</div>
"""


@dataclass(frozen=True)
class Mark:
    """What is wrong with a line, behind its text."""

    line: int
    """From 1."""
    text: str
    kind: str = "error"
    """``"error"`` or ``"warning"``."""


def read(key: str, value: str) -> str:
    """What stands in the editor under ``key``; ``value`` where it was not drawn yet or nothing was typed."""
    state = st.session_state.get(key) or {}
    return str(state.get("value") or value)


def draw(
    value: str,
    marks: tuple[Mark, ...],
    *,
    key: str,
    label: str,
    help: str,
    height: int,
    on_submit: Callable[[], None],
) -> None:
    """Draw the editor. A new ``key`` or a new ``value`` begins it anew; what was typed since is ``read(key, value)``.

    ``marks`` are those of the text that ``read`` gave; where it was changed meanwhile, they are not shown.
    ``on_submit`` is called on Ctrl+Enter.
    """
    text = read(key, value)
    _component()(
        key=key,
        data={
            "value": text,
            "version": value,
            "marks": [asdict(mark) for mark in marks],
            "marked": text,
            "label": label,
            "help": help,
            "height": height,
        },
        height="content",
        on_value_change=lambda: None,
        on_submitted_change=on_submit,
    )


def read_coloured(name: str) -> tuple[str, str]:
    """The script and the style of a component that shows code, with what puts Python into colours before them."""
    folder = Path(__file__).parent
    script, style = (
        "".join((folder / f"{part}.{kind}").read_text(encoding="utf-8") for part in ("code_colours", name))
        for kind in ("js", "css")
    )
    return script, style


@cache
def _component() -> Callable[..., object]:
    script, style = read_coloured("code_editor")
    return st.components.v2.component("netcore_code_editor", html=_HTML, css=style, js=script)
