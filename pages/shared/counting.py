"""Parameters, FLOPs and memory of a network, with the arithmetic of each. Knows nothing of where the graph is from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.shared import graphs, text
from pages.shared.charts import counting as charts
from pages.shared.charts import look
from pages.shared.graph_svg import title_of

if TYPE_CHECKING:
    from netcore.model.graph.nodes import NetworkGraph
    from netcore.training.footprint import MemoryItem

say = text.page("counting")

_MOST = 256
"""Photos in a batch."""
_ROWS = 14
"""Of layers before the table scrolls."""


def pick_batch(where: str) -> int:
    """Draw the choice of N, where the page has none, and return it."""
    batch = st.number_input(say("batch"), 1, _MOST, 16, help=say("batch_help"), key=f"{where}_count_batch", width=160)
    return batch if type(batch) is int and 1 <= batch <= _MOST else 16


def draw(graph: NetworkGraph, where: str, *, beside: bool = True) -> None:
    """Draw what ``graph``, which went through in train(), adds up to. ``where`` begins the keys of the widgets.

    The chart and its table stand ``beside`` each other, or below.
    """
    if not all(node.finished for node in graph.nodes):
        st.info(say("waits"), icon=":material/info:")
        return
    st.caption(say("sentence", batch=graph.nodes[0].outputs[0][0]))
    totals = {
        "parameters": text.number(graph.parameters),
        "flops": text.rough(graph.flops),
        "saved": _size(graph.saved_bytes),
    }
    st.markdown(
        " · ".join(say(f"total_{name}", value=value) for name, value in totals.items()), help=say("totals_help")
    )
    with_arithmetic = st.toggle(say("arithmetic"), help=say("arithmetic_help"), key=f"{where}_count_arithmetic")
    left, right = st.columns([3, 2], gap="medium") if beside else (st.container(), st.container())
    with left:
        items = _draw_memory(graph, where)
    right.table(_memory_rows(items, with_arithmetic), border="horizontal", hide_index=True, alt=say("memory_table_alt"))
    st.caption(say("memory_note"))
    st.markdown(f"**{say('layers')}**")
    _draw_layers(graph, with_arithmetic)


def _draw_memory(graph: NetworkGraph, where: str) -> tuple[MemoryItem, ...]:
    """Draw the chart of all optimizers, and return the items of the one that is chosen."""
    parts = {_name(optimizer, momentum): items for (optimizer, momentum), items in graphs.memory_of(graph).items()}
    chosen = st.selectbox(
        say("optimizer"),
        list(parts),
        index=list(parts).index("Adam"),
        help=say("optimizer_help"),
        key=f"{where}_count_optimizer",
        width=240,
    )
    items = parts.get(chosen) or parts["Adam"]
    total = _size(sum(item.size for item in items))
    words: dict[str, str] = {item.name: say(f"item_{item.name}") for item in items}
    words |= {"title": say("memory_title", optimizer=chosen, size=total), "megabytes": say("megabytes")}
    st.plotly_chart(charts.memory(parts, words=words), config=look.CONFIG, alt=say("memory_alt"))
    return items


def _memory_rows(items: tuple[MemoryItem, ...], with_arithmetic: bool) -> dict[str, list[str]]:
    rows = {
        say("item"): [say(f"item_{item.name}") for item in items],
        say("size"): [_size(item.size) for item in items],
    }
    return rows | ({say("how"): [item.arithmetic for item in items]} if with_arithmetic else {})


def _draw_layers(graph: NetworkGraph, with_arithmetic: bool) -> None:
    nodes = [node for node in graph.nodes if node.weights or node.flops or node.saved_bytes]
    columns: dict[str, list[Any]] = {say("layer"): [title_of(node) for node in nodes]}
    columns[say("parameters")] = [node.parameters for node in nodes]
    if with_arithmetic:
        columns[say("parameters_how")] = [node.parameter_arithmetic for node in nodes]
    columns[say("flops")] = [node.flops for node in nodes]
    if with_arithmetic:
        columns[say("flops_how")] = [node.flop_arithmetic for node in nodes]
    columns[say("saved")] = [_size(node.saved_bytes) for node in nodes]
    numbers = st.column_config.NumberColumn(format="localized")
    st.dataframe(
        columns,
        hide_index=True,
        height="content" if len(nodes) <= _ROWS else 36 * _ROWS,
        column_config={say("parameters"): numbers, say("flops"): numbers},
    )


def _name(optimizer: str, momentum: float) -> str:
    return say("with_momentum", optimizer=optimizer, momentum=momentum) if momentum else optimizer


def _size(byte_count: int) -> str:
    return text.size(byte_count) if byte_count else "0"
