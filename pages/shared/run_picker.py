"""Choose one of the workspace's runs, name it, take it away, delete it. Knows nothing of what a run measured."""

from __future__ import annotations

import streamlit as st

from netcore.training.bundle import bundle
from netcore.training.label import MAX_NOTE, MAX_TITLE, read_label, write_label
from netcore.training.runs import Run
from pages.shared import address, notices, text
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
    first = active.identity if active else next(iter(runs))
    names = {identity: identity for identity in runs}
    address.ask_one(_KEY, names, first)
    if _NEXT in st.session_state:
        st.session_state[_KEY] = st.session_state.pop(_NEXT)
    if st.session_state[_KEY] not in runs:
        st.session_state[_KEY] = first
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(say("run"), list(runs), format_func=lambda identity: _name(runs[identity]), key=_KEY)
        address.keep_one(_KEY, names, chosen, next(iter(runs)))
        run = runs[chosen]
        with st.popover(say("manage"), icon=":material/more_horiz:"):
            _draw_label(run)
            st.download_button(
                say("bundle"),
                lambda: bundle(run),
                file_name=f"{run.identity}.zip",
                mime="application/zip",
                icon=":material/folder_zip:",
                help=say("bundle_help"),
                on_click="ignore",
            )
            _draw_delete(work, run, is_active=active == run)
    note = read_label(run.folder).note
    if note:
        st.caption(text.plain(note))
    return run


def _name(run: Run) -> str:
    # Where it stands is not in its name: the choice would be lost whenever that changes.
    title = read_label(run.folder).title
    return say(
        "run_choice_titled" if title else "run_choice",
        run=run.name.capitalize(),
        title=title,
        network=Hand(run.network).name,
        optimizer=run.config.optimizer,
    )


def _draw_label(run: Run) -> None:
    label = read_label(run.folder)
    with st.form(f"label_{run.identity}", border=False):
        title = st.text_input(say("run_title"), label.title, max_chars=MAX_TITLE, key=f"title_{run.identity}")
        note = st.text_area(say("note"), label.note, max_chars=MAX_NOTE, key=f"note_{run.identity}")
        if st.form_submit_button(say("label_yes"), icon=":material/edit:"):
            with notices.refusals_shown():
                write_label(run.folder, title, note)
                show(run)  # the list tells its entries apart by their words, which have just changed
                st.rerun()


def _draw_delete(work: Workspace, run: Run, *, is_active: bool) -> None:
    st.markdown(say("delete_run_sure", run=run.name))
    if st.button(say("delete_run_yes", run=run.name), icon=":material/delete:", disabled=is_active):
        with notices.refusals_shown():
            work.runs.delete(run)
            st.rerun()
