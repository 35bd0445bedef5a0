"""The catalogue as a chart and a table to filter, sort and choose from. Knows nothing of photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import pretrained, text, zoo_weights
from pages.shared.charts import look
from pages.shared.charts import zoo as charts
from pages.shared.zoo_picker import MODEL

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry

say = text.page("zoo")

_ABSENT = "can be downloaded"
_COSTS = ("gflops", "millions", "megabytes")
_SIZES = (20, 50, 100, 250, 500)


def draw() -> None:
    """The filters, then one point and one row a network; a click on either takes that network."""
    states = {entry.name: zoo_weights.state(entry) for entry in pretrained.entries()}
    shown, cost = _filter(states)
    if not shown:
        st.info(say("none_shown"), icon=":material/filter_alt_off:")
        return
    _draw_chart(shown, states, cost)
    st.caption(say("shown", count=len(shown), total=len(states)))
    _draw_table(shown, states)


def _draw_chart(shown: list[ZooEntry], states: dict[str, str], cost: str) -> None:
    chosen = st.session_state[MODEL]
    offers = [
        charts.Offer(entry.name, _cost(entry, cost), entry.top1, states[entry.name] != _ABSENT, entry.name == chosen)
        for entry in shown
    ]
    best = max(offers, key=lambda offer: offer.top1)
    words = {key: say(f"chart_{key}") for key in ("here", "elsewhere", "chosen", "front")}
    title = say("chart_title", name=best.name, top1=f"{best.top1:.1f}")
    figure = charts.accuracy_against_cost(
        offers, words={**words, "title": title, "cost": say(cost), "top1": say("top1")}
    )
    # A point that was taken is drawn as the chosen one; a chart of its own, lest it stay selected and all others pale.
    key = f"zoo_chart_{cost}_{hash(tuple(offers))}"
    st.plotly_chart(
        figure,
        config=look.CONFIG,
        key=key,
        on_select=lambda: _take_point(key),
        selection_mode="points",
        alt=say("chart_alt"),
    )


def _cost(entry: ZooEntry, cost: str) -> float:
    return {"gflops": entry.flops / 1e9, "millions": entry.parameters / 1e6, "megabytes": entry.file_bytes / 1e6}[cost]


def _draw_table(shown: list[ZooEntry], states: dict[str, str]) -> None:
    names = [entry.name for entry in shown]
    # A selection is the number of a row: other rows are another table, where nothing is selected yet.
    key = f"zoo_table_{hash(tuple(names))}"
    st.dataframe(
        {
            say("network"): names,
            say("state"): [_in_words(states[name]) for name in names],
            say("top1"): [entry.top1 for entry in shown],
            say("megabytes"): [entry.file_bytes / 1e6 for entry in shown],
            say("millions"): [entry.parameters / 1e6 for entry in shown],
            say("gflops"): [entry.flops / 1e9 for entry in shown],
            say("top5"): [entry.top5 for entry in shown],
            say("input"): [entry.input_side for entry in shown],
            say("family"): [entry.family for entry in shown],
            say("weights"): [entry.weights for entry in shown],
            say("paper"): [entry.paper_url for entry in shown],
            say("recipe"): [entry.recipe for entry in shown],
        },
        column_config={
            say("top1"): st.column_config.NumberColumn(format="%.1f", help=say("top1_help")),
            say("top5"): st.column_config.NumberColumn(format="%.1f", help=say("top5_help")),
            say("millions"): st.column_config.NumberColumn(format="%.1f"),
            say("gflops"): st.column_config.NumberColumn(format="%.2f", help=say("gflops_help")),
            say("megabytes"): st.column_config.NumberColumn(format="%.1f"),
            say("paper"): st.column_config.LinkColumn(display_text=say("paper_link")),
            say("recipe"): st.column_config.LinkColumn(display_text=say("recipe_link")),
        },
        height=300,
        hide_index=True,
        key=key,
        on_select=lambda: _take(names, key),
        selection_mode="single-row",
        alt=say("table_alt"),
    )


def _filter(states: dict[str, str]) -> tuple[list[ZooEntry], str]:
    """Draw the filters and what the chart is drawn against; return the networks that are left, and that cost."""
    entries = pretrained.entries()
    search, family, size = st.columns(3)
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
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        cost = st.segmented_control(
            say("cost"), _COSTS, format_func=say, default=_COSTS[0], required=True, key="zoo_cost"
        )
        is_here = st.toggle(say("here"), help=say("here_help"), key="zoo_here")
    shown = [
        entry
        for entry in entries
        if wanted in f"{entry.name} {entry.family}".lower()
        and (not families or entry.family in families)
        and (not largest or entry.file_bytes <= largest * 1e6)
        and (not is_here or states[entry.name] != _ABSENT)
    ]
    return shown, cost


def _take(names: list[str], key: str) -> None:
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(names):
        st.session_state[MODEL] = names[rows[0]]


def _take_point(key: str) -> None:
    points = st.session_state[key].selection.points
    if points:
        st.session_state[MODEL] = points[0]["customdata"]


def _in_words(state: str) -> str:
    return say(f"state_{state.replace(' ', '_')}")
