"""The mean image of each digit, and of what a network takes for it. Knows nothing of how they are computed."""

from __future__ import annotations

import streamlit as st

from pages.shared import digits, engine, sample_answers, text

say = text.page("browse")

_SIDE = 84


def draw(split: str, network: engine.Network | None) -> None:
    """Ten means of the part; below each, where there is a ``network`` to ask, that of what it takes for the digit."""
    st.markdown(say("means_sentence", part=say(f"means_split_{split}")))
    with st.grid("auto", min_column_width=_SIDE + 16, gap="small"):
        for label in range(10):
            with st.container(gap="xsmall"):
                mean = sample_answers.mean_of(split, label)
                caption = say("means_label", label=label)
                st.image(
                    digits.picture_of(mean, _SIDE), caption=caption, alt=say("means_alt", label=label), width=_SIDE
                )
                if network:
                    _draw_taken(network, label)


def _draw_taken(network: engine.Network, label: int) -> None:
    taken = sample_answers.mean_taken(network, label)
    if not taken:
        st.caption(say("means_none", label=label))
        return
    mean, count = taken
    alt = say("means_taken_alt", label=label, count=f"{count:,}")
    caption = say("means_taken", label=label, count=f"{count:,}")
    st.image(digits.picture_of(mean, _SIDE), caption=caption, alt=alt, width=_SIDE)
