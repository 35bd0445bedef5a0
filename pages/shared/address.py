"""What the address of a page asks for, and what it keeps of what is chosen: Back, a reload and a link find it again.

Widgets are not bound to the address by Streamlit: that makes one more step for Back of each page that is left, and
fails on numbers that are none. A value is read here before its widget sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st

from pages.shared import text

T = TypeVar("T")

say = text.page("frame")


def ask(key: str, read: Callable[[str], T | None], default: T) -> bool:
    """Give the widget under ``key`` what the address asks for, where that is new; ``default`` where it has nothing yet.

    ``read`` returns the value that a text in the address stands for, None for one that stands for none: then one
    sentence says so, and the widget shows the default. Returns whether the address asks anew for a value that it has.
    """
    asked = st.query_params.get(key)
    is_new = asked != st.session_state.get(_seen(key))  # by a link or Back, and not by the widget itself
    if not is_new and key in st.session_state:
        return False
    value = read(asked) if asked is not None else None
    if asked is not None and value is None:
        st.caption(say("address_not_understood"))
    st.session_state[key] = default if value is None else value
    return is_new and value is not None


def keep(key: str, words: str) -> None:
    """Have the address say ``words`` for the widget under ``key``; nothing for an empty text, as for a default."""
    if not words:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != words:
        st.query_params[key] = words
    st.session_state[_seen(key)] = st.query_params.get(key)


def ask_one(key: str, options: Mapping[str, T], default: T) -> bool:
    """``ask`` for one of ``options``, by what each is called in the address."""
    return ask(key, options.get, default)


def keep_one(key: str, options: Mapping[str, T], chosen: T, default: T) -> None:
    """``keep`` of the one that was chosen."""
    keep(key, "" if chosen == default else next(words for words, option in options.items() if option == chosen))


def _seen(key: str) -> str:
    return f"{key}_seen"
