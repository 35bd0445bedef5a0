"""The course map: each statement of the chapter beside the page that shows it. Knows no network."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame, text
from pages.shared.workspace import Workspace

say = text.page("home")


def draw_map(work: Workspace) -> None:
    """Draw one card a page with the course's statements that come alive there."""
    names = text.page("frame")
    rows = text.table("home", "rows")
    with st.grid(2, min_column_width=360):
        for name in ("model", "samples", "training", "zoo"):
            with st.container(border=True, height="stretch"):
                st.page_link(
                    frame.path(name),
                    label=f"**{names(name)}**",
                    icon=frame.ICONS[name],
                    query_params={"w": work.identity},
                )
                for row in rows:
                    if row["page"] == name:
                        st.markdown(f"{row['number']}. {row['says']}  \n:gray[{row['shows']}]")
                        if "tab" in row:
                            _offer_tab(work, name, row["tab"])


def _offer_tab(work: Workspace, page: str, tab: str) -> None:
    """Draw the button that opens a tab of a page: its sentence there is called ``tab``."""
    label = text.page(page)(tab)
    if st.button(say("open_tab", tab=label), type="tertiary", icon=frame.ICONS[page], key=f"course_{tab}"):
        st.session_state[f"{page}_tab"] = label
        st.switch_page(frame.path(page), query_params={"w": work.identity})
