"""The way back to networks that were in hand: the one before, or any of the last ones. Knows no layer."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from netcore.errors import NetcoreError
from netcore.model.spec import fingerprint
from pages.shared import frame, notices, text
from pages.shared.workspace import RECENT, Recent, Workspace

say = text.page("model")


def draw(work: Workspace) -> None:
    """Draw the button that takes the network before this one back, and the list of the recent ones."""
    before = work.previous
    st.button(
        say("undo"),
        type="tertiary",
        icon=":material/undo:",
        help=say("undo_help", title=text.plain(before.title)) if before else say("undo_none"),
        disabled=before is None,
        key="model_undo",
        on_click=_take_back,
        args=(work, before.identity if before else "", False),
    )
    with st.popover(
        say("recent"),
        type="tertiary",
        icon=":material/history:",
        help=say("recent_help", count=RECENT),
        key="model_recent",
        on_change="rerun",
    ) as popover:
        if popover.open:
            _draw_list(work)


def _draw_list(work: Workspace) -> None:
    held, known = fingerprint(work.hand.spec), work.recent()
    others = [recent for recent in known if recent.identity != held and not recent.is_damaged]
    if not others:
        st.caption(say("recent_none"))
    for recent in others:
        st.button(
            _in_words(work, recent),
            type="tertiary",
            key=f"model_recent_{recent.identity}",
            on_click=_take_back,
            args=(work, recent.identity, True),
        )
    damaged = sum(recent.is_damaged for recent in known)
    if damaged:
        st.caption(say("recent_damaged", count=damaged))


def _in_words(work: Workspace, recent: Recent) -> str:
    notes = [f"{datetime.fromtimestamp(recent.when):%d %b %H:%M}"]
    if recent.parameters is not None:
        notes.append(say("recent_parameters", count=text.number(recent.parameters)))
    if recent.lines is not None:
        notes.append(say("recent_lines", count=recent.lines))
    if recent.run:
        notes.append(say("recent_run", run=text.plain(recent.run.replace("-", " "))))
    if work.has_draft(recent.identity):
        notes.append(say("recent_draft"))
    return f"**{text.plain(recent.title)}** :gray[{' · '.join(notes)}]"


@notices.failures_kept()
def _take_back(work: Workspace, identity: str, newest: bool) -> None:
    try:
        work.take_back(identity, newest=newest)
    except NetcoreError as refusal:
        frame.show_next(text.error(refusal))
