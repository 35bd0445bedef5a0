"""A sheet of paper that one draws on: its pens, undo and clear, and the drawing, kept for the session.

Knows nothing of digits. The canvas is our own (``drawing.js``): it sends the strokes as numbers, so that no picture
that a browser made has to be opened here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from netcore.data.strokes import PAPER_SIDE, Stroke, read_strokes
from netcore.errors import DataError
from pages.shared import notices, text

say = text.page("own")

PENS = {"thin": 8, "thick": 20, "eraser": 36}
"""Widths in pixels of the paper."""

_PAPER, _PEN = "own_paper", "own_pen"
_STROKES, _VERSION, _CLEARED = "own_strokes", "own_version", "own_cleared"
_REFUSED = "own_refused"


def draw(memory: str) -> tuple[Stroke, ...]:
    """Draw the paper with its controls, and return what is drawn on it.

    ``memory`` is the name under which the browser's tab keeps the drawing over a reload. What the browser sends and is
    no drawing is said once and not kept: what was drawn before it stays.
    """
    refusal = st.session_state.pop(_REFUSED, None)
    if refusal:
        notices.show_error(refusal)
    pen = st.segmented_control(
        say("pen"),
        list(PENS),
        format_func=lambda name: say(f"pen_{name}"),
        default="thick",
        required=True,
        key=_PEN,
        persist_state="session",
        label_visibility="collapsed",
    )
    pen = pen if pen in PENS else "thick"
    _component()(
        key=_PAPER,
        data={
            "strokes": _kept(),
            "version": st.session_state.get(_VERSION, 0),
            "pen": {"width": PENS[pen], "erases": pen == "eraser"},
            "side": PAPER_SIDE,
            "memory": memory,
            "label": say("paper"),
        },
        height="content",
        on_drawing_change=_keep,
    )
    with st.container(horizontal=True, gap="small"):
        nothing = not _kept()
        st.button(say("undo"), icon=":material/undo:", on_click=_put, args=(-1,), disabled=nothing, key="own_undo")
        st.button(say("clear"), icon=":material/delete:", on_click=_put, args=(0,), disabled=nothing, key="own_clear")
    return read_strokes(_kept())


def times_cleared() -> int:
    """How often the paper was cleared: what is drawn on the same paper is one drawing."""
    return int(st.session_state.get(_CLEARED, 0))


def _kept() -> list[Any]:
    kept: list[Any] = st.session_state.get(_STROKES, [])
    return kept


def _keep() -> None:
    sent = (st.session_state.get(_PAPER) or {}).get("drawing")
    match sent:
        case {"version": int(version), "strokes": strokes} if version == st.session_state.get(_VERSION, 0):
            try:
                read_strokes(strokes)
            except DataError as refusal:
                st.session_state[_REFUSED] = refusal
                _replace(_kept())
            else:
                st.session_state[_STROKES] = strokes


def _replace(strokes: list[Any]) -> None:
    """Put these on the browser's paper, whatever is on it."""
    st.session_state[_STROKES] = strokes
    st.session_state[_VERSION] = st.session_state.get(_VERSION, 0) + 1


def _put(end: int) -> None:
    _replace(_kept()[:end])
    if not st.session_state[_STROKES]:
        st.session_state[_CLEARED] = times_cleared() + 1


@cache
def _component() -> Callable[..., object]:
    folder = Path(__file__).parent
    script, style = ((folder / f"drawing.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return st.components.v2.component(
        "netcore_drawing", html='<canvas class="paper" role="img"></canvas>', css=style, js=script
    )
