"""The catalogue as a table to filter, sort and choose from. Knows nothing of photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import pretrained, text
from pages.shared.zoo_picker import MODEL

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry

say = text.page("zoo")

_STATES = ("bundled", "on disk", "can be downloaded")
_SIZES = (20, 50, 100, 250, 500)


def draw() -> None:
    """The filters, and one row a network; a click on a row takes that network."""
    states = {entry.name: pretrained.state(entry) for entry in pretrained.entries()}
    shown = _filter(states)
    if not shown:
        st.info(say("none_shown"), icon=":material/filter_alt_off:")
        return
    st.caption(say("shown", count=len(shown), total=len(states)))
    names = [entry.name for entry in shown]
    # A selection is the number of a row: other rows are another table, where nothing is selected yet.
    key = f"zoo_table_{hash(tuple(names))}"
    st.dataframe(
        {
            say("network"): names,
            say("state"): [_in_words(states[name]) for name in names],
            say("top1"): [entry.top1 for entry in shown],
            say("megabytes"): [entry.megabytes for entry in shown],
            say("millions"): [entry.parameters / 1e6 for entry in shown],
            say("gflops"): [entry.gflops for entry in shown],
            say("top5"): [entry.top5 for entry in shown],
            say("input"): [entry.input_side for entry in shown],
            say("family"): [entry.family for entry in shown],
        },
        column_config={
            say("top1"): st.column_config.NumberColumn(format="%.1f", help=say("top1_help")),
            say("top5"): st.column_config.NumberColumn(format="%.1f", help=say("top5_help")),
            say("millions"): st.column_config.NumberColumn(format="%.1f"),
            say("gflops"): st.column_config.NumberColumn(format="%.2f", help=say("gflops_help")),
            say("megabytes"): st.column_config.NumberColumn(format="%.1f"),
        },
        height=400,
        hide_index=True,
        key=key,
        on_select=lambda: _take(names, key),
        selection_mode="single-row",
        alt=say("table_alt"),
    )


def _filter(states: dict[str, str]) -> list[ZooEntry]:
    entries = pretrained.entries()
    search, family, size, state = st.columns(4)
    wanted = search.text_input(say("search"), key="zoo_search", placeholder=say("search_hint")).strip().lower()
    families = family.multiselect(
        say("family"), sorted({entry.family for entry in entries}), placeholder=say("any"), key="zoo_families"
    )
    largest = size.selectbox(
        say("largest"),
        _SIZES,
        index=None,
        format_func=lambda most: f"{most:,} MB",
        placeholder=say("any"),
        key="zoo_largest",
    )
    chosen = state.multiselect(
        say("state"),
        _STATES,
        format_func=_in_words,
        placeholder=say("any"),
        key="zoo_states",
    )
    return [
        entry
        for entry in entries
        if wanted in f"{entry.name} {entry.family}".lower()
        and (not families or entry.family in families)
        and (not largest or entry.megabytes <= largest)
        and (not chosen or states[entry.name] in chosen)
    ]


def _take(names: list[str], key: str) -> None:
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(names):
        st.session_state[MODEL] = names[rows[0]]


def _in_words(state: str) -> str:
    return say(f"state_{state.replace(' ', '_')}")
