"""What this is, the course map, and the first network in one click."""

from __future__ import annotations

import streamlit as st

from pages.shared import course, frame, notices, text, trainings, workspace

frame.ensure()
frame.header("home")
say = text.page("home")
work = workspace.current()

with st.container(border=True):
    st.subheader(say("first_title"), anchor=False)
    st.markdown(say("first_text"))
    active = work.runs.active()
    with notices.refusals_shown():
        trainings.claim(work)
        if active:
            st.info(say("first_running", run=active.name))
        elif st.button(say("first_button"), type="primary", icon=":material/play_arrow:"):
            trainings.start_first(work)
            st.switch_page(frame.path("training"), query_params={"w": work.identity})
    if active:
        st.page_link(frame.path("training"), label=say("first_watch"), query_params={"w": work.identity})

st.subheader(say("map_title"), anchor=False)
st.markdown(say("map_text"))
course.draw_map(work)
st.caption(say("local"), text_alignment="left")
