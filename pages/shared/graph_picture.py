"""An SVG of boxes that can be clicked, in the colours of the page; and its style sheet. Knows nothing of networks.

``st.graphviz_chart`` and ``st.mermaid_chart`` cannot be clicked. Nothing is loaded from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_HTML = '<div class="scroll" role="group"></div>'


def draw(
    svg: str,
    *,
    key: str,
    label: str,
    height: int,
    on_choose: Callable[[str], None],
    on_toggle: Callable[[str], None],
) -> None:
    """Draw ``svg``, at most ``height`` pixels high, the rest to scroll. A click on what carries ``data-node`` calls
    ``on_choose`` with its value; on ``data-toggle`` in it, ``on_toggle``. The values come from a browser: check them.
    """

    def hear(name: str, act: Callable[[str], None]) -> Callable[[], None]:
        return lambda: act(str((st.session_state.get(key) or {}).get(name)))

    _component()(
        key=key,
        data={"svg": svg, "label": label, "height": height},
        height="content",
        on_chosen_change=hear("chosen", on_choose),
        on_toggled_change=hear("toggled", on_toggle),
    )


def light_style() -> str:
    """The style sheet with the colours of the light theme in place of the page's, for a picture in a file."""
    return re.sub(r"var\(--st-([\w-]+)\)", lambda found: _theme_value(found[1]), _style())


def _theme_value(name: str) -> str:
    """The theme's value of the variable ``--st-<name>``, from ``.streamlit/config.toml``."""
    option = re.sub(r"-(\w)", lambda found: found[1].upper(), name)
    return str(st.get_option(f"theme.light.{option}") or st.get_option(f"theme.{option}"))


@cache
def _style() -> str:
    return (_FOLDER / "graph_picture.css").read_text(encoding="utf-8")


@cache
def _component() -> Callable[..., object]:
    script = (_FOLDER / "graph_picture.js").read_text(encoding="utf-8")
    return st.components.v2.component("netcore_graph_picture", html=_HTML, css=_style(), js=script)
