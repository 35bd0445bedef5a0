"""What this is, the course map, and the first network in one click."""

from __future__ import annotations

import streamlit as st

from pages.shared import course, frame, text, workspace

frame.ensure()
frame.header("home")
say = text.page("home")
work = workspace.current()

with st.container(border=True):
    st.subheader(say("first_title"), anchor=False)
    st.markdown(say("first_text"))

st.subheader(say("map_title"), anchor=False)
st.markdown(say("map_text"))
course.draw_map(work)
st.caption(say("local"), text_alignment="left")
