"""Widgets that show what others can change too: a button beside them, or another tab. Knows no page.

With every click, a browser sends what all of its widgets hold. Where the server has just given one of them another
value that is still on its way, the old value comes back as an echo, and must not count as a choice: it would undo the
newer change.
"""

from __future__ import annotations

import time
from typing import TypeVar, cast

import streamlit as st

T = TypeVar("T")

_ON_ITS_WAY = 1.0
"""Seconds. Nobody can see a new value, and choose the old one again, in less."""


def show(key: str, value: T, *, keep: bool = False) -> T:
    """Let the widget under ``key`` show ``value``, and return what it shows, to be given to it as its first value too.

    With ``keep``, what a visitor has put there stays until ``value`` is another one than the last time. Where a click
    comes before the page is whole, a browser sees the first value only.
    """
    last = st.session_state.get(_memory(key), value)
    held = st.session_state.get(key, value)
    st.session_state[_memory(key)] = value
    if keep and key in st.session_state and value == last:
        return cast("T", held)
    if held != value:
        st.session_state[f"{key}_overruled"] = (held, time.monotonic())
    st.session_state[key] = value
    return value


def drop_echo(key: str) -> bool:
    """Whether a widget's new value is only the one that ``show`` has just replaced; then it is put right again.

    For the widget's ``on_change``: an echo is not a choice.
    """
    held, when = st.session_state.get(f"{key}_overruled", (None, float("-inf")))
    is_echo = held == st.session_state[key] and time.monotonic() - when < _ON_ITS_WAY
    if is_echo:
        st.session_state[key] = st.session_state[_memory(key)]
    return bool(is_echo)


def fresh(name: str, value: object) -> str:
    """The beginning of a key, a new one whenever ``value`` is: what is drawn under it begins anew, and is closed."""
    last, number = st.session_state.get(_memory(name), (None, 0))
    if value != last:
        number += 1
        st.session_state[_memory(name)] = (value, number)
    return f"{name}_{number}"


def renew(name: str) -> None:
    """Let ``fresh(name, …)`` begin anew the next time, also for the same value."""
    _, number = st.session_state.get(_memory(name), (None, 0))
    st.session_state[_memory(name)] = (None, number)


def _memory(key: str) -> str:
    return f"{key}_shown"
