"""Published weights that are not here: the offer, and how far a download is. Knows nothing of photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import notices, pretrained, text, workspace

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry
    from netcore.zoo.fetches import Fetch

say = text.page("zoo")

_WATCHED = "zoo_watched"
_SECONDS_BETWEEN_LOOKS = 0.5


def offer_anew(entry: ZooEntry) -> None:
    """The button that replaces a file which is not the published one, and why it did not."""
    label = say("download_anew", size=_size(entry))
    st.button(label, icon=":material/sync:", on_click=_start, args=(entry,), kwargs={"anew": True})
    _draw_problem(entry, pretrained.find_fetch(entry, workspace.current().identity))


def offer(entry: ZooEntry) -> None:
    """Say that the weights are not here, fetch them when asked, and show how far that is, whoever asked first."""
    who = workspace.current().identity
    was_running = pretrained.find_fetch(entry, who).is_running

    @st.fragment(run_every=_SECONDS_BETWEEN_LOOKS if was_running else None, key="zoo_fetch")
    @notices.failures_shown()  # while it downloads, this part runs without the rest of the page
    def watch() -> None:
        fetch = pretrained.find_fetch(entry, who)
        # A small file may have come between the page's look at the disk and this one.
        has_come = not fetch.is_running and pretrained.state(entry) != "can be downloaded"
        if fetch.is_running != was_running or has_come:
            st.rerun()
        if fetch.is_running:
            st.session_state[_WATCHED] = entry.name
            _draw_progress(entry, fetch)
        else:
            _draw_offer(entry, fetch)

    watch()


def _draw_progress(entry: ZooEntry, fetch: Fetch) -> None:
    total = fetch.total or entry.file_bytes
    share = min(1.0, fetch.done / total)
    words = say("connecting", name=entry.name)
    if fetch.done:
        done, whole = (f"{count / 1e6:,.1f}" for count in (fetch.done, total))
        words = say("downloading", name=entry.name, done=done, total=whole, share=int(100 * share))
    if fetch.bytes_per_second:
        left = text.duration(max(0, total - fetch.done) / fetch.bytes_per_second)
        words += " " + say("speed", speed=f"{fetch.bytes_per_second / 1e6:,.1f}", left=left)
    st.progress(share, text=words)
    st.caption(say("meanwhile"))
    if fetch.is_awaited:
        st.button(say("cancel"), icon=":material/close:", help=say("cancel_help"), on_click=_cancel, args=(entry,))
    else:
        st.button(say("wait_too"), icon=":material/group_add:", help=say("wait_help"), on_click=_start, args=(entry,))


def _draw_offer(entry: ZooEntry, fetch: Fetch) -> None:
    size, kept = _size(entry), pretrained.kept_bytes(entry)
    st.info(say("absent", name=entry.name, size=size), icon=":material/cloud_download:")
    label = say("go_on", kept=f"{kept / 1e6:,.1f}", size=size) if kept else say("download", size=size)
    st.button(label, icon=":material/download:", type="primary", on_click=_start, args=(entry,))
    _draw_problem(entry, fetch)


def _draw_problem(entry: ZooEntry, fetch: Fetch) -> None:
    # What went wrong is said to those who waited, not to whoever comes a day later.
    if fetch.problem and st.session_state.get(_WATCHED) == entry.name:
        notices.show_error(fetch.problem)


def _size(entry: ZooEntry) -> str:
    return f"{entry.file_bytes / 1e6:,.1f}"


def _start(entry: ZooEntry, *, anew: bool = False) -> None:
    st.session_state[_WATCHED] = entry.name
    pretrained.start_fetch(entry, workspace.current().identity, anew=anew)


def _cancel(entry: ZooEntry) -> None:
    pretrained.cancel_fetch(entry, workspace.current().identity)
