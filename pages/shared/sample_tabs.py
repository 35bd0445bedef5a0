"""The ways to look at a digit and what the network makes of it. Each tab costs nothing while it is closed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from pages.shared import engine, film_strip, notices, text, walk
from pages.shared.sample import Sample
from pages.shared.workspace import Workspace

say = text.page("samples")


def draw(work: Workspace, network: engine.Network, sample: Sample) -> None:
    """Draw the tab that is open."""
    bodies: dict[str, Callable[[], None]] = {}
    if sample.own:
        bodies["strip"] = partial(film_strip.draw, network, sample, sample.own)
    bodies["walk"] = partial(walk.draw_one, network, sample)
    if sample.place:
        bodies["batch"] = partial(walk.draw_batch, network, sample.place)
    tabs = st.tabs([say(name) for name in bodies], key="samples_tab", on_change="rerun")
    for tab, body in zip(tabs, bodies.values(), strict=True):
        if tab.open:
            with tab, notices.refusals_shown("model", work):
                body()
