"""Inside the network in hand: its code, its tensors, its modes. Each tab costs nothing while it is closed."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from netcore.model.custom.source import CustomSource
from netcore.model.spec import fingerprint
from netcore.model.stack import Stack
from netcore.settings import MAX_SEED
from pages.shared import (
    breakpoint_tab,
    counting,
    graphs,
    inspection,
    layer_table,
    mirrors,
    modes_tab,
    network_graph,
    notices,
    text,
    views,
    weights_tab,
    xray,
)
from pages.shared.workspace import Workspace

say = text.page("model")

_SEED = "model_seed"


def draw(work: Workspace, *, fits: bool) -> None:
    """Draw the tab that is open. ``fits`` says whether a batch comes through."""
    bodies = {
        "tab_code": _draw_code,
        "tab_graph": _draw_graph,
        "tab_counting": _draw_counting,
        "tab_breakpoint": breakpoint_tab.draw,
        "tab_xray": xray.draw,
        "tab_weights": weights_tab.draw,
        "tab_modes": modes_tab.draw,
    }
    if isinstance(work.hand.spec, CustomSource):
        del bodies["tab_code"]  # it stands in the editor
    with views.opened("model", list(bodies)) as name, notices.refusals_shown():
        bodies[name](work, fits)


def _draw_code(work: Workspace, fits: bool) -> None:
    spec = work.hand.spec
    if not isinstance(spec, Stack):
        st.code(spec.source, language="python")
        return
    sequential, module = inspection.sources_of(spec)
    left, right = st.columns(2)
    left.markdown(say("as_sequential"))
    left.code(sequential, language="python")
    right.markdown(say("as_class"))
    right.code(module, language="python")
    _draw_seed(work)
    if not fits:
        st.info(say("proof_waits"), icon=":material/info:")
        return
    proof = inspection.proof_of(spec, work.hand.seed)
    if proof.equal:
        st.success(say("proof", seed=proof.seed), icon=":material/check_circle:")
    else:
        st.error(say("proof_fails", seed=proof.seed), icon=":material/error:")
    st.table(
        {
            say("proof_form"): ["`nn.Sequential`", "`class Network(nn.Module)`"],
            say("proof_logits"): [
                " ".join(f"{value:.4f}" for value in logits[:10])
                for logits in (proof.sequential_logits, proof.class_logits)
            ],
        },
        border="horizontal",
        hide_index=True,
        alt=say("proof_alt"),
    )


def _draw_graph(work: Workspace, fits: bool) -> None:
    spec = work.hand.spec
    graph = graphs.graph_of(spec, layer_table.chosen_batch())
    network_graph.draw(graph, "model", fingerprint(spec), file_name="network")


def _draw_counting(work: Workspace, fits: bool) -> None:
    counting.draw(graphs.graph_of(work.hand.spec, layer_table.chosen_batch(), training=True), "model")


def _draw_seed(work: Workspace) -> None:
    st.number_input(
        say("seed"),
        0,
        MAX_SEED,
        value=mirrors.show(_SEED, work.hand.seed),
        step=1,
        help=say("seed_help"),
        key=_SEED,
        on_change=_take_seed,
        args=(work,),
        width=200,
    )


@notices.failures_kept()
def _take_seed(work: Workspace) -> None:
    if not mirrors.drop_echo(_SEED):
        work.take(replace(work.hand, seed=st.session_state[_SEED]))
