"""What a batch meets layer by layer: the table, the totals, and what does not fit. Knows nothing of the controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from netcore.settings import MAX_BATCH
from pages.shared import network_picker, text
from pages.shared.shapes import shape_text
from pages.shared.workspace import Workspace

if TYPE_CHECKING:
    from netcore.model.problem import Problem
    from netcore.model.trace import Trace

say = text.page("model")

_BATCH = "model_batch"


def pick_batch() -> int:
    """Draw the choice of N and return it."""
    st.number_input(
        say("batch"), 1, MAX_BATCH, 64, help=say("batch_help"), key=_BATCH, persist_state="session", width=160
    )
    return chosen_batch()


def chosen_batch() -> int:
    """The N that was picked, for whoever draws further down on the page."""
    batch = st.session_state.get(_BATCH)
    return batch if type(batch) is int and 1 <= batch <= MAX_BATCH else 64


def draw(work: Workspace, result: Trace) -> None:
    """Draw the table as far as the batch comes, the problem with its mend, and the totals."""
    st.table(_rows(result), border="horizontal", hide_index=True, alt=say("table_alt"))
    if result.problem:
        st.error(_in_words(result.problem), icon=":material/error:")
        _offer_mend(work, result.problem)
        return
    if result.notice:
        st.warning(_in_words(result.notice), icon=":material/warning:")
        _offer_mend(work, result.notice)
    totals = {
        "parameters": text.number(result.parameters),
        "flops": text.rough(result.flops),
        "activations": text.size(result.activation_bytes),
    }
    st.markdown(" · ".join(say(f"total_{name}", value=value) for name, value in totals.items()), help=say("total_help"))


def _in_words(problem: Problem) -> str:
    words = text.error(problem.refusal)
    return say("at_line", line=problem.line, problem=words) if problem.line else words


def _offer_mend(work: Workspace, problem: Problem) -> None:
    mended, seen = problem.mended, work.hand.spec
    if mended:
        st.button(
            say("mend", label=problem.label),
            type="primary",
            icon=":material/build:",
            key="model_mend",
            on_click=network_picker.take,
            args=(work, lambda: mended, seen),
        )


def _rows(result: Trace) -> dict[str, list[str]]:
    layers, problem = result.layers, result.problem
    columns = {
        say("layer"): [_name(layer.name, layer.code) for layer in layers],
        say("shape_in"): [shape_text(layer.input_shape) for layer in layers],
        say("shape_out"): [shape_text(layer.output_shape) for layer in layers],
        say("parameters"): [text.number(layer.parameters) for layer in layers],
    }
    lines = [layer.line for layer in layers] + ([problem.line] if problem else [])
    if any(lines):  # a class: its lines, beside the editor, where there is no room for the FLOPs of each layer
        columns = {say("in_line"): [str(line or "") for line in lines]} | columns
    else:
        columns |= {say("flops"): [text.rough(layer.flops) for layer in layers]}
    if problem:
        reached = layers[-1].output_shape if layers else result.input_shape
        failed = {
            say("layer"): _name("" if problem.line else str(len(layers)), str(dict(problem.values).get("layer", ""))),
            say("shape_in"): shape_text(reached),
            say("shape_out"): say("no_fit"),
        }
        for name, column in columns.items():
            column += [failed.get(name, "")] * (len(layers) + 1 - len(column))
    return columns


def _name(name: str, code: str) -> str:
    """A layer of a stack by its number, from 1; a layer of a class by its attribute."""
    number = f"{int(name) + 1}" if name.isdigit() else text.plain(name)
    kind = code.split("(")[0]
    return f"{number}\N{NO-BREAK SPACE} `{kind}`" if kind else number
