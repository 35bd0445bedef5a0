"""The tabs of a page: the open one is part of the address, and a link to it brings it into sight. Knows no tab."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import streamlit as st

from pages.shared import address, frame, text
from pages.shared.workspace import Workspace

_WANTED = "view_wanted"


@contextmanager
def opened(page: str, names: Sequence[str], kind: str = "") -> Iterator[str]:
    """Draw a page's tabs, each called as the page's sentence of that name, and run the body in the open one.

    Gives the open one's name, which is part of the address: Back, a reload and a shared link open it again. Where
    the page was just opened at an address that names a view, that comes into sight. ``kind`` tells a second set of
    tabs apart from the page's usual one: each begins at its own first tab.
    """
    key, say = _key(page, kind), text.page(page)
    labels = {say(name): say(name) for name in names}
    is_asked = address.ask_one(key, labels, say(names[0]))
    tabs = st.tabs(list(labels), key=key, on_change="rerun")
    tab, name = next((tab, name) for tab, name in zip(tabs, names, strict=True) if tab.open)
    address.keep_one(key, labels, say(name), say(names[0]))
    with tab:
        yield name
    if is_asked:
        _scroll_to(key, "start")


def want(key: str) -> None:
    """Have the next run bring the container of that key into sight, where it draws it with ``show_wanted``."""
    st.session_state[_WANTED] = key


def show_wanted(key: str) -> None:
    """Bring the container into sight that was asked for: where all of it is in sight, nothing moves."""
    if st.session_state.get(_WANTED) == key:
        del st.session_state[_WANTED]
        _scroll_to(key, "nearest")


def draw_link(work: Workspace, page: str, name: str, label: str) -> None:
    """Draw a link to a view of a page: it opens that tab and brings it into sight."""
    asked = {"w": work.identity, _key(page): text.page(page)(name)}
    st.page_link(frame.path(page), label=label, icon=frame.ICONS[page], query_params=asked)


def _key(page: str, kind: str = "") -> str:
    return f"{page}_{kind}_tab" if kind else f"{page}_tab"


def _scroll_to(key: str, block: str) -> None:
    _scroller()(key=f"{key}_scroll", data={"view": f"st-key-{key}", "block": block}, height="content")


@cache
def _scroller() -> Callable[..., object]:
    script = Path(__file__).with_name("views.js").read_text(encoding="utf-8")
    return st.components.v2.component("netcore_scroller", js=script)
