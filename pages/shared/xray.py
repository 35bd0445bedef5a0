"""The X-ray of the network in hand: what is registered, what is a ghost, its mend and the proof. Computes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from netcore.errors import CodeError
from netcore.model.custom.source import CustomSource
from pages.shared import inspection, network_picker, text
from pages.shared.charts import look
from pages.shared.charts import model as charts
from pages.shared.shapes import shape_text
from pages.shared.workspace import Workspace

if TYPE_CHECKING:
    from netcore.model.xray.proof import TensorProof
    from netcore.model.xray.registration import RegisteredPart

say = text.page("model")

_WRONG = ("ghost", "lost", "undecided")
_COLOURS = {"ghost": "red", "lost": "red", "undecided": "orange", "unused": "orange"}


def draw(work: Workspace, fits: bool) -> None:
    """Draw what forward used and whether it is registered. ``fits`` says whether a batch comes through."""
    if not fits:
        st.info(say("xray_waits"), icon=":material/info:")
        return
    spec = work.hand.spec
    found = inspection.xray_of(spec)
    ghosts = len(found.ghosts)
    if ghosts:
        st.error(say("xray_one" if ghosts == 1 else "xray_ghosts", count=ghosts), icon=":material/visibility_off:")
    else:
        st.success(say("xray_clean", parameters=text.number(found.parameters)), icon=":material/check_circle:")
    st.table(_rows(found.parts), border="horizontal", hide_index=True, alt=say("xray_alt"))
    offered: set[CustomSource] = set()
    for part in found.parts:
        if part.state in _WRONG:
            _draw_wrong(work, part, offered)
    _draw_proof([proof for part in found.parts for proof in part.tensors], _wrong_names(found.parts))
    _draw_calls(work)


def _rows(parts: tuple[RegisteredPart, ...]) -> dict[str, list[str]]:
    return {
        say("used_in_line"): [str(part.used_line or part.line or "") for part in parts],
        say("part"): [f"`{part.name}`" for part in parts],
        say("kind"): [f"`{part.code.split('(')[0] or part.kind}`" for part in parts],
        say("parameters"): [text.number(part.parameters) if part.parameters else "" for part in parts],
        say("registered"): [_state(part) for part in parts],
        say("moved"): [_moved(part) for part in parts],
    }


def _state(part: RegisteredPart) -> str:
    words, colour = say(f"state_{part.state}"), _COLOURS.get(part.state)
    return f":{colour}[**{words}**]" if colour else words


def _moved(part: RegisteredPart) -> str:
    moved = [proof.moved for proof in part.tensors]
    if not moved:
        return ""
    farthest = text.number(max(moved)) if max(moved) else "0.0"
    return f":red[**{farthest}**]" if part.state in _WRONG else farthest


def _draw_wrong(work: Workspace, part: RegisteredPart, offered: set[CustomSource]) -> None:
    refusal = CodeError(part.what, part.cure, **dict(part.values))
    made = say("made_in_line", line=part.line) if part.line else ""
    st.markdown(f":{_COLOURS[part.state]}[**{say(f'state_{part.state}')}**] {text.error(refusal)} {made}")
    mend = part.mend
    if mend is None or mend.mended in offered:  # one mend often serves several parts
        return
    offered.add(mend.mended)
    st.code(mend.diff, language="diff")
    st.button(
        say("mend", label=mend.label),
        type="primary",
        icon=":material/build:",
        key=f"model_xray_mend_{len(offered)}",
        on_click=network_picker.take,
        args=(work, lambda: mend.mended, work.hand.spec),
    )


def _wrong_names(parts: tuple[RegisteredPart, ...]) -> frozenset[str]:
    return frozenset(proof.name for part in parts if part.state in _WRONG for proof in part.tensors)


def _draw_proof(proofs: list[TensorProof], wrong: frozenset[str]) -> None:
    if not proofs:
        return
    st.markdown(say("proof_step"), help=say("proof_step_help"))
    words = {name: say(name) for name in ("tensor_name", "moved_by")}
    words["title"] = say("proof_still" if wrong else "proof_all")
    moved = [(proof.name, proof.moved) for proof in proofs]
    st.plotly_chart(charts.distances(moved, wrong, words=words), config=look.CONFIG, alt=say("proof_chart_alt"))
    with st.expander(say("proof_table"), key="model_xray_proof", on_change="rerun") as table:
        if table.open:
            st.table(
                {
                    say("name"): [f"`{proof.name}`" for proof in proofs],
                    say("shape"): [shape_text(proof.shape) for proof in proofs],
                    say("gradient"): [
                        "" if proof.gradient is None else text.number(proof.gradient) for proof in proofs
                    ],
                    say("moved"): [text.number(proof.moved) if proof.moved else "0.0" for proof in proofs],
                    say("in_state_dict"): [_yes(proof.saved) for proof in proofs],
                    say("to_reached"): [_yes(proof.converted) for proof in proofs],
                },
                border="horizontal",
                hide_index=True,
                alt=say("proof_table_alt"),
            )


def _draw_calls(work: Workspace) -> None:
    result = inspection.calls_of(work.hand.spec, work.hand.seed)
    st.markdown(say("calls"), help=say("calls_help"))
    key = "calls_differ" if result.difference else "calls_equal"
    st.markdown(
        say(key, difference=text.number(result.difference), lost=len(result.only_called), all=len(result.called))
    )


def _yes(value: bool | None) -> str:
    if value is None:
        return say("proof_whole")
    return say("yes") if value else f":red[**{say('no')}**]"
