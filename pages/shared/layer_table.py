"""What a batch meets layer by layer: the table, the totals, and what does not fit. Knows nothing of the controls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import streamlit as st

from netcore.settings import MAX_BATCH
from pages.shared import network_picker, text
from pages.shared.shapes import shape_text
from pages.shared.workspace import Workspace

if TYPE_CHECKING:
    from netcore.model.problem import Problem
    from netcore.model.trace import Ghost, Trace, TracedLayer

say = text.page("model")

_BATCH = "model_batch"
_MOST_GHOSTS = 3


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
    _draw_ghosts(work, result)
    explained = f"{say('total_help')} {say('total_ghosts_help')}" if result.ghosts else say("total_help")
    st.markdown(" · ".join(_totals(result)), help=explained)


def _totals(result: Trace) -> Iterator[str]:
    yield say("total_parameters", value=text.number(result.parameters))
    if result.ghosts:
        lost = text.number(sum(ghost.parameters for ghost in result.ghosts))
        count = len(result.ghosts)
        yield say("total_ghost" if count == 1 else "total_ghosts", value=lost, count=count)
    yield say("total_flops", value=text.rough(result.flops))
    yield say("total_activations", value=text.size(result.activation_bytes))


def draw_warnings(result: Trace) -> None:
    """Say what the network cannot learn as it is, without the shapes. The mends stand beside the shapes."""
    for problem in (result.notice, *(ghost.problem for ghost in _tell_once(result.ghosts)[:_MOST_GHOSTS])):
        if problem:
            st.warning(_in_words(problem), icon=":material/warning:")


def _draw_ghosts(work: Workspace, result: Trace) -> None:
    told = _tell_once(result.ghosts)[:_MOST_GHOSTS]
    for place, ghost in enumerate(told):
        st.error(_in_words(ghost.problem), icon=":material/visibility_off:")
        _offer_mend(work, ghost.problem, f"ghost_{place}")
    if len(result.ghosts) > len(told):
        st.caption(say("ghosts_more", count=len(result.ghosts) - len(told)))


def _tell_once(ghosts: tuple[Ghost, ...]) -> list[Ghost]:
    """The first of those that one mend serves, and all that have none."""
    told: list[Ghost] = []
    for ghost in ghosts:
        mended = ghost.problem.mended
        if mended is None or all(other.problem.mended != mended for other in told):
            told.append(ghost)
    return told


def problems_of(result: Trace) -> tuple[Problem, ...]:
    """All that is wrong with a network, for the lines where it stands."""
    told = (result.problem, result.notice, *(ghost.problem for ghost in result.ghosts))
    return tuple(problem for problem in told if problem)


def _in_words(problem: Problem) -> str:
    words = text.error(problem.refusal)
    return say("at_line", line=problem.line, problem=words) if problem.line else words


def _offer_mend(work: Workspace, problem: Problem, key: str = "mend") -> None:
    mended, seen = problem.mended, work.hand.spec
    if mended:
        st.button(
            say("mend", label=problem.label),
            type="primary",
            icon=":material/build:",
            key=f"model_{key}",
            on_click=network_picker.take,
            args=(work, lambda: mended, seen),
        )


def _rows(result: Trace) -> dict[str, list[str]]:
    layers, problem = result.layers, result.problem
    columns = {
        say("layer"): [_name(layer) for layer in layers],
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
        kind = _kind(str(dict(problem.values).get("layer", "")))
        failed = {
            say("layer"): text.layer("" if problem.line else str(len(layers)), kind),
            say("shape_in"): shape_text(reached),
            say("shape_out"): say("no_fit"),
        }
        for name, column in columns.items():
            column += [failed.get(name, "")] * (len(layers) + 1 - len(column))
    return columns


def _name(layer: TracedLayer) -> str:
    name = text.layer(layer.name, _kind(layer.code))
    return name if layer.is_registered else f"{name} :red[**{say('state_ghost')}**]"


def _kind(code: str) -> str:
    return code.split("(")[0]
