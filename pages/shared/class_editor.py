"""Write the class in hand: its text, what the static wall says of it, and taking it in hand. Runs nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from netcore.errors import CodeError
from netcore.model.custom.policy import code_policy
from netcore.model.custom.source import CustomSource
from netcore.model.custom.wall import find_refusals
from netcore.model.xray.repair import find_repair
from netcore.settings import trusts_code
from pages.shared import code_editor, engine, mirrors, network_picker, text
from pages.shared.code_editor import Mark
from pages.shared.workspace import Draft, Workspace

if TYPE_CHECKING:
    from netcore.model.custom.finding import Finding
    from netcore.model.problem import Problem

say = text.page("model")

HEIGHT = 460
_SHOWN = 3
_BEGAN = "model_class_began"


def draw(work: Workspace, spec: CustomSource, problem: Problem | None) -> None:
    """Draw the editor with the class in hand, or with what was typed since.

    ``problem`` is why a batch does not come through the class in hand: it stands at its line while the text is that.
    """
    key = f"{mirrors.fresh('model_class', spec)}_editor"
    kept = work.draft
    if st.session_state.get(_BEGAN, ("", ""))[0] != key:
        st.session_state[_BEGAN] = (key, kept.text if kept and kept.taken == spec.source else spec.source)
    began = st.session_state[_BEGAN][1]
    draft = code_editor.read(key, began)
    if Draft(spec.source, draft) != kept:
        work.keep(Draft(spec.source, draft))
    findings = find_refusals(draft, trusted=trusts_code())
    marks = [Mark(finding.line, str(finding.refusal)) for finding in findings]
    if problem and problem.line and draft == spec.source:
        marks.append(Mark(problem.line, str(problem.refusal)))
    code_editor.draw(
        began,
        tuple(marks),
        key=key,
        label=say("class_text"),
        help=say("class_text_help"),
        height=HEIGHT,
        on_submit=lambda: _take(work, key, began, spec),
    )
    _draw_findings(work, spec, draft, findings)
    with st.container(horizontal=True, vertical_alignment="center"):
        changed = draft != spec.source
        st.button(
            say("class_take"),
            type="primary",
            icon=":material/check:",
            help=say("class_take_help"),
            disabled=not changed or bool(findings),
            key="model_class_take",
            on_click=_take,
            args=(work, key, began, spec),
        )
        if changed:
            st.button(
                say("class_back"),
                type="tertiary",
                icon=":material/undo:",
                help=say("class_back_help"),
                key="model_class_back",
                on_click=_write,
                args=(work, spec, spec.source),
            )
        st.caption(say("class_changed" if changed else "class_in_hand"))
    _draw_walls()


def _draw_findings(work: Workspace, spec: CustomSource, draft: str, findings: tuple[Finding, ...]) -> None:
    for number, finding in enumerate(findings[:_SHOWN]):
        st.error(text.error(finding.refusal), icon=":material/error:")
        repair = find_repair(draft, finding)
        if repair:
            st.button(
                say("mend", label=repair.label),
                icon=":material/build:",
                key=f"model_class_mend_{number}",
                on_click=_write,
                args=(work, spec, repair.source),
            )
    if len(findings) > _SHOWN:
        st.caption(say("class_more", count=len(findings) - _SHOWN))


def draw_printed(spec: CustomSource) -> None:
    """Draw what the class in hand prints for one digit, where it prints anything."""
    printed = engine.printed_by(spec)
    if printed:
        st.caption(say("printed"))
        st.code(printed, language=None, height=160 if printed.count("\n") > 6 else "content")


def _draw_walls() -> None:
    policy = code_policy()
    why = CodeError(policy.reason, policy.cure, **dict(policy.values), line=1)
    isolation = policy.isolation
    walls = {"files": isolation.files, "network": isolation.network, "processes": isolation.processes}
    shut = " ".join(say(f"wall_{name}" if holds else f"wall_no_{name}") for name, holds in walls.items())
    st.caption(text.error(why).removesuffix(policy.cure), help=f"{shut} {policy.cure}")


def _take(work: Workspace, key: str, began: str, seen: CustomSource) -> None:
    draft = code_editor.read(key, began)
    if not find_refusals(draft, trusted=trusts_code()):  # otherwise they stand there already
        network_picker.take(work, lambda: CustomSource(draft), seen)


def _write(work: Workspace, spec: CustomSource, words: str) -> None:
    """A callback: let these words stand in the editor."""
    work.keep(Draft(spec.source, words))
    mirrors.renew("model_class")
