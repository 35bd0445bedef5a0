"""Weights that are not here yet: the offer, and how far a download is. Knows nothing of photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import notices, pretrained, text

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry

say = text.page("zoo")

_WATCHED = "zoo_watched"
_SECONDS_BETWEEN_LOOKS = 0.5


def offer(entry: ZooEntry) -> None:
    """Say that the weights are not here, fetch them when asked, and show how far that is, whoever asked first."""
    was_running = pretrained.find_fetch(entry).is_running

    @st.fragment(run_every=_SECONDS_BETWEEN_LOOKS if was_running else None, key="zoo_fetch")
    @notices.failures_shown()  # while it downloads, this part runs without the rest of the page
    def watch() -> None:
        fetch = pretrained.find_fetch(entry)
        if fetch.is_running != was_running:
            st.rerun()
        if fetch.is_running:
            st.session_state[_WATCHED] = entry.name
            share = min(1.0, fetch.done / (fetch.total or entry.megabytes * 1024**2))
            done = f"{fetch.done / 1024**2:,.1f}"
            words = say("downloading", name=entry.name, done=done, share=int(100 * share))
            st.progress(share, text=words if fetch.done else say("connecting", name=entry.name))
            return
        size = f"{entry.megabytes:,.1f}"
        st.info(say("absent", name=entry.name, size=size), icon=":material/cloud_download:")
        st.button(
            say("download", size=size),
            icon=":material/download:",
            type="primary",
            on_click=_start_fetch,
            args=(entry,),
        )
        # What went wrong is said to those who waited, not to whoever comes a day later.
        if fetch.problem and st.session_state.get(_WATCHED) == entry.name:
            notices.show_error(fetch.problem)

    watch()


def _start_fetch(entry: ZooEntry) -> None:
    st.session_state[_WATCHED] = entry.name
    pretrained.start_fetch(entry)
