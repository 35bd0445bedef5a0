"""Many MNIST digits as one picture; a click on one makes it the digit in hand. Knows nothing of why they are shown.

Not a chart: with a finger, Plotly selects the point that was touched before. Nothing is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from pages.shared import digits, pictures, sample_picker
from pages.shared.sample import Sample

_WIDEST = 52
"""Pixels on the screen, of a digit."""
_HTML = '<div class="sheet" role="group"><img class="picture" alt=""><div class="grid"></div></div>'


@dataclass(frozen=True)
class Tile:
    """One digit of a sheet."""

    index: int
    """Its place in the data set."""
    words: str
    """What stands beside it under the pointer, and what is read out."""
    is_wrong: bool = False
    """Draws a frame of vermilion."""
    is_chosen: bool = False
    """Draws a thick blue frame."""


def draw(key: str, split: str, tiles: Sequence[Tile], columns: int, label: str) -> None:
    """The digits of ``split`` row after row; ``label`` says what they are."""
    samples = digits.samples_at(split, [tile.index for tile in tiles])
    with st.container(width=_WIDEST * columns):
        _component()(
            key=key,
            data=describe(samples, tiles, columns, label),
            height="content",
            on_taken_change=lambda: _take(key, split),
        )


def describe(samples: Sequence[Sample], tiles: Sequence[Tile], columns: int, label: str) -> dict[str, object]:
    """What the browser is sent: the picture, and what belongs to each of its digits."""
    return {
        "picture": pictures.address(digits.sheet_of(samples, columns)),
        "columns": columns,
        "label": label,
        "tiles": [{"index": tile.index, "words": tile.words, "state": _state(tile)} for tile in tiles],
    }


def _state(tile: Tile) -> str:
    return " ".join(name for name, holds in (("wrong", tile.is_wrong), ("chosen", tile.is_chosen)) if holds)


def _take(key: str, split: str) -> None:
    index = (st.session_state.get(key) or {}).get("taken")
    if type(index) is int:
        sample_picker.take(split, index)


@cache
def _component() -> Callable[..., object]:
    folder = Path(__file__).parent
    script, style = ((folder / f"digit_sheet.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    return st.components.v2.component("netcore_digit_sheet", html=_HTML, css=style, js=script)
