"""The pretrained network in the sidebar of the zoo, where the other pages hold the network in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import lamp, text

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry

say = text.page("zoo")


def draw(entry: ZooEntry, state: str) -> None:
    """Draw its name, its parameters, its mode, and which weights it has; ``state`` is ``zoo_weights.state``'s."""
    with st.sidebar, st.container(border=True, gap="xsmall"):
        st.caption(say("hand"))
        st.markdown(f"**{text.plain(entry.name)}**")
        st.caption(text.page("frame")("hand_parameters", count=text.number(entry.parameters)))
        lamp.show("eval")
        whose = "" if state == "own weights" else f"{text.plain(entry.weights)}: "
        st.caption(f"{whose}{say(f'state_{state.replace(chr(32), chr(95))}')}")
