"""Choose one of the workspace's runs, or delete it. Knows nothing of what a run measured."""

from __future__ import annotations

import streamlit as st

from netcore.training.runs import Run
from pages.shared import notices, text
from pages.shared.workspace import Hand, Workspace

_KEY, _NEXT = "training_run", "training_run_next"

say = text.page("training")


def show(run: Run) -> None:
    """Choose ``run`` the next time that the page is drawn."""
    # Not the list's own key: where the list is on the screen already, Streamlit does not let it be set.
    st.session_state[_NEXT] = run.identity


def pick(work: Workspace, active: Run | None) -> Run | None:
    """Draw the list of runs and return the chosen one: at first the one that trains, else the newest.

    None where there are no runs.
    """
    runs = {run.identity: run for run in work.runs.list()}
    if not runs:
        return None
    if _NEXT in st.session_state:
        st.session_state[_KEY] = st.session_state.pop(_NEXT)
    if st.session_state.get(_KEY) not in runs:
        st.session_state[_KEY] = active.identity if active else next(iter(runs))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(say("run"), list(runs), format_func=lambda identity: _name(runs[identity]), key=_KEY)
        run = runs[chosen]
        _draw_delete(work, run, is_active=active == run)
    return run


def _name(run: Run) -> str:
    # Where it stands is not in its name: the choice would be lost whenever that changes.
    return say("run_choice", run=run.name.capitalize(), network=Hand(run.network).name, optimizer=run.config.optimizer)


def _draw_delete(work: Workspace, run: Run, *, is_active: bool) -> None:
    with st.popover(say("delete_run"), icon=":material/delete:", disabled=is_active):
        st.markdown(say("delete_run_sure", run=run.name.capitalize()))
        if st.button(say("delete_run_yes", run=run.name), icon=":material/delete:"):
            with notices.refusals_shown():
                work.runs.delete(run)
                st.rerun()
