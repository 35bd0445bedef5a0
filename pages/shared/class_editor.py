"""Write the class in hand: its text, what the static wall says of it, and taking it in hand. Runs nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from netcore.errors import CodeError, StackError
from netcore.model.custom.keeping import keep_network
from netcore.model.custom.policy import code_policy
from netcore.model.custom.source import CustomSource
from netcore.model.custom.tidying import tidy_text
from netcore.model.custom.wall import find_refusals
from netcore.model.stack import ReadStack, find_stack
from netcore.model.xray.repair import find_repair
from netcore.settings import trusts_code
from pages.shared import code_editor, engine, kept_script, mirrors, network_picker, notices, text
from pages.shared.code_editor import Mark
from pages.shared.workspace import Workspace

if TYPE_CHECKING:
    from netcore.model.custom.finding import Finding
    from netcore.model.problem import Problem

say = text.page("model")

HEIGHT = 460
_SHOWN = 3
_BEGAN = "model_class_began"


def draw(work: Workspace, spec: CustomSource, problems: tuple[Problem, ...]) -> None:
    """Draw the editor with the class in hand, or with what was typed since.

    ``problems`` are those of the class in hand: each stands at its line while the text is that.
    """
    key = f"{mirrors.fresh('model_class', spec)}_editor"
    kept = work.draft(spec)
    if st.session_state.get(_BEGAN, ("", ""))[0] != key:
        st.session_state[_BEGAN] = (key, kept)
    began = st.session_state[_BEGAN][1]
    draft = code_editor.read(key, began)
    if draft != kept and not work.keep_draft(spec, draft):
        st.warning(say("draft_not_kept"), icon=":material/warning:")
    findings = find_refusals(draft, trusted=trusts_code())
    script = keep_network(draft, trusts_code()) if findings else None
    findings = tuple(finding for finding in findings if not (script and script.leaves_out(finding.line)))
    stack = _find_stack(draft) if findings and not script else None
    marks = [Mark(finding.line, str(finding.refusal)) for finding in findings]
    if draft == spec.source:
        marks += [Mark(problem.line, str(problem.refusal)) for problem in problems if problem.line]
    code_editor.draw(
        began,
        tuple(marks),
        key=key,
        label=say("class_text"),
        help=say("class_text_help"),
        height=HEIGHT,
        on_submit=lambda: _take(work, key, began, spec),
    )
    if script:
        kept_script.draw_offer(work, spec, draft, script)
    if isinstance(stack, ReadStack):
        _draw_stack(work, spec, stack)
    elif isinstance(stack, StackError):
        notices.show_error(stack)
    else:
        _draw_findings(work, spec, tidy_text(draft), findings)
    _draw_buttons(work, spec, draft, bool(findings or script), (key, began))
    kept_script.draw_kept(work, spec, draft)
    _draw_walls()


def _draw_buttons(work: Workspace, spec: CustomSource, draft: str, is_refused: bool, editor: tuple[str, str]) -> None:
    changed = draft != spec.source
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say("class_take"),
            type="primary",
            icon=":material/check:",
            help=say("class_take_help"),
            disabled=not changed or is_refused,
            key="model_class_take",
            on_click=_take,
            args=(work, *editor, spec),
        )
        if changed:
            st.button(
                say("class_back"),
                type="tertiary",
                icon=":material/undo:",
                help=say("class_back_help"),
                key="model_class_back",
                on_click=kept_script.write,
                args=(work, spec, spec.source),
            )
        st.caption(say("class_changed" if changed else "class_in_hand"))


def _find_stack(draft: str) -> ReadStack | StackError | None:
    try:
        return find_stack(draft)
    except StackError as refusal:
        return refusal


def _draw_stack(work: Workspace, spec: CustomSource, read: ReadStack) -> None:
    st.info(say("stack_found", stack=text.code(str(read.stack))), icon=":material/layers:")
    st.button(
        say("stack_take"),
        type="primary",
        icon=":material/check:",
        key="model_class_stack",
        on_click=network_picker.take,
        args=(work, lambda: network_picker.note_reading(read), spec),
    )


def _draw_findings(work: Workspace, spec: CustomSource, draft: str, findings: tuple[Finding, ...]) -> None:
    for number, finding in enumerate(findings[:_SHOWN]):
        st.error(text.error(finding.refusal), icon=":material/error:")
        repair = find_repair(draft, finding)
        if repair:
            st.button(
                say("mend", label=repair.label),
                icon=":material/build:",
                key=f"model_class_mend_{number}",
                on_click=kept_script.write,
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


@notices.failures_kept()
def _take(work: Workspace, key: str, began: str, seen: CustomSource) -> None:
    draft = code_editor.read(key, began)
    if not find_refusals(draft, trusted=trusts_code()):  # otherwise they stand there already
        network_picker.take(work, lambda: CustomSource(draft), seen)
        if work.hand.spec != seen and work.draft(seen) == draft:  # what was taken is a draft no more
            work.keep_draft(seen, seen.source)
