"""The network in hand on a batch of digits, line by line: which digits. Knows neither lines nor variables."""

from __future__ import annotations

import streamlit as st

from pages.shared import breakpoint_view, digits, engine, notices, text
from pages.shared.sample import COUNTS, Place
from pages.shared.stepping import DigitRun
from pages.shared.workspace import Workspace

say = text.page("breakpoint")

_INDEX, _COUNT = "breakpoint_index", "breakpoint_count"
_MOST = 16
_SHOWN = 6


@st.fragment
def draw(work: Workspace, fits: bool) -> None:
    """Draw the choice of the digits and the view of their run, also where the batch does not come through."""
    st.markdown(say("intro"))
    with notices.refusals_shown():
        breakpoint_view.draw(_pick(engine.network(work)))


def _pick(network: engine.Network) -> DigitRun:
    """Draw the choice of the batch."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        last = COUNTS["test"] - 1
        index = st.number_input(
            say("index"), 0, last, 0, help=say("index_help"), key=_INDEX, persist_state="session", width=170
        )
        count = st.number_input(
            say("count"), 1, _MOST, 1, help=say("count_help"), key=_COUNT, persist_state="session", width=130
        )
        samples = [digits.sample_at(Place("test", (index + step) % COUNTS["test"])) for step in range(count)]
        for sample in samples[:_SHOWN]:
            st.image(digits.picture_of(sample, 56), alt=str(sample.label), width=40)
        st.caption(say(f"mode_{network.mode}"))
    return DigitRun(network, "".join(sample.pixels for sample in samples), count)
