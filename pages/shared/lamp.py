"""The lamp beside every prediction: in which mode the network answered. Knows neither networks nor answers."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.shared import text
from pages.shared.workspace import Workspace

say = text.page("frame")

_ICONS = {"eval": ":material/lightbulb:", "train": ":material/model_training:"}
_COLOURS = {"eval": "green", "train": "orange"}


def show(mode: str) -> None:
    """Say the mode."""
    st.badge(say(f"hand_{mode}"), icon=_ICONS[mode], color=_COLOURS[mode])  # type: ignore[arg-type]


def warn(work: Workspace) -> None:
    """Say the mode of the network in hand; in train(), warn that its answers are not those of eval()."""
    if work.hand.mode == "eval":
        show("eval")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.warning(say("lamp_train"), icon=_ICONS["train"], width="stretch")
        if st.button(say("lamp_switch"), icon=_ICONS["eval"], key="lamp_switch"):
            work.take(replace(work.hand, mode="eval"))
            st.rerun()
