"""The course map: each statement of the chapter beside the page that shows it. Knows no network."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame, text, views
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
                            label = say("open_tab", tab=text.page(name)(row["tab"]))
                            views.draw_link(work, name, row["tab"], label)
