"""Fields for decimal numbers, with a point or a comma: a browser's own number field drops a comma without a word."""

from __future__ import annotations

from typing import Any

import streamlit as st


def draw(label: str, value: float, *, key: str, **options: Any) -> float | str:
    """Draw a field that shows ``value`` at first, and return the number in it; ``options`` are ``st.text_input``'s.

    Emptied, it is ``value``. What is no number comes back as it was typed, for the engine to refuse with its name.
    """
    typed = st.text_input(label, write(value), key=key, **options)
    return read(typed) if typed.strip() else value


def write(value: float) -> str:
    """A number as it stands in a field: ``0.001``, ``1e-05``."""
    return f"{value:g}"


def read(typed: str) -> float | str:
    """The number that was typed: ``0.01``, ``0,01``, ``1e-2``; what is none, as it was typed."""
    bare = "".join(typed.split()).replace("\N{MINUS SIGN}", "-")
    try:
        return float(bare.replace(",", ".") if bare.count(",") == 1 else bare)
    except ValueError:
        return typed
