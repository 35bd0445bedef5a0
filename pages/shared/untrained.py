"""Said beside the answers of a network that has learned nothing yet, with the button that mends it."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame, notices, text, trained, trainings
from pages.shared.workspace import Workspace

say = text.page("samples")


def warn(work: Workspace) -> None:
    """Say that the answers are those of random weights; offer the weights of a run, or start or watch a training."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.warning(say("untrained"), icon=":material/casino:", width="stretch")
        if trained.offer_weights(work, work.hand, "samples_use_weights"):
            return
        active = work.runs.active()
        if active:
            label, icon = say("untrained_watch", run=active.name), frame.ICONS["training"]
            st.page_link(frame.path("training"), label=label, icon=icon, query_params={"w": work.identity})
        elif st.button(say("untrained_train", epochs=trainings.FIRST_EPOCHS), icon=":material/play_arrow:"):
            with notices.refusals_shown():
                trainings.start_now(work)
                st.switch_page(frame.path("training"), query_params={"w": work.identity})
