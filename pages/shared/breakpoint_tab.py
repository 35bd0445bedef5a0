"""A network line by line: the one in hand on digits, a pretrained one on a photo. Knows neither lines nor variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import breakpoint_view, digits, engine, notices, text
from pages.shared.sample import COUNTS, Sample
from pages.shared.stepping import DigitRun, PhotoRun
from pages.shared.workspace import Workspace

if TYPE_CHECKING:
    from netcore.zoo.weights import LoadedModel
    from pages.shared.pretrained import Photo

say = text.page("breakpoint")

_INDEX, _COUNT, _HELD = "breakpoint_index", "breakpoint_count", "breakpoint_held"
_MOST = 16
_SHOWN = 6


@st.fragment
def draw(work: Workspace, fits: bool) -> None:
    """Draw the choice of the digits and the view of their run, also where the batch does not come through."""
    st.markdown(say("intro"))
    with notices.refusals_shown():
        breakpoint_view.draw(_pick(engine.network(work)))


@st.fragment
def draw_photo(loaded: LoadedModel, photo: Photo) -> None:
    """Draw the view of a pretrained network's run on a photo."""
    st.markdown(say("intro_photo"))
    with notices.refusals_shown():
        breakpoint_view.draw(PhotoRun(loaded, photo))


def _pick(network: engine.Network) -> DigitRun:
    """Draw the choice of the digits: the one of the samples page where there is one, or MNIST's as a batch."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        held = digits.held()
        if held and held.highest == 1 and st.toggle(say("held"), True, help=say("held_help"), key=_HELD):
            samples = [held]
        else:
            samples = _pick_batch()
        for sample in samples[:_SHOWN]:
            st.image(digits.picture_of(sample, 56), alt=say("digit"), width=40)
        st.caption(say(f"mode_{network.mode}"))
    return DigitRun(network, "".join(sample.pixels for sample in samples), len(samples))


def _pick_batch() -> list[Sample]:
    last = COUNTS["test"] - 1
    index = st.number_input(
        say("index"), 0, last, 0, help=say("index_help"), key=_INDEX, persist_state="session", width=170
    )
    count = st.number_input(
        say("count"), 1, _MOST, 1, help=say("count_help"), key=_COUNT, persist_state="session", width=130
    )
    return digits.samples_at("test", [(index + step) % COUNTS["test"] for step in range(count)])
