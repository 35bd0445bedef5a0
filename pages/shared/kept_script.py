"""A whole script in the editor: the offer to keep only its network, and the list of what was left out. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from netcore.model.custom.keeping import Kept
from netcore.model.custom.leftovers import LeftOut
from netcore.model.custom.source import CustomSource
from pages.shared import mirrors, network_picker, notices, text
from pages.shared.workspace import Workspace

say = text.page("model")

_KEPT = "model_kept"


def draw_offer(work: Workspace, spec: CustomSource, draft: str, script: Kept) -> None:
    """Draw which class of the script is the network, and the button that keeps nothing else."""
    words = say("keep_made" if script.is_made else "keep_last", call=text.code(script.call))
    if script.others:
        words += " " + say("keep_others", names=", ".join(text.code(name) for name in script.others))
    st.info(words, icon=":material/content_cut:")
    st.button(
        say("keep"),
        type="primary",
        icon=":material/content_cut:",
        help=say("keep_help"),
        key="model_class_keep",
        on_click=_keep,
        args=(work, spec, draft, script),
    )
    with st.expander(say("keep_list", count=len(script.left_out))):
        st.markdown(_write_list(script.left_out))


def draw_kept(work: Workspace, spec: CustomSource, draft: str) -> None:
    """Draw what was left out, while the editor holds what was kept, and the way back to the whole script."""
    whole, script = st.session_state.get(_KEPT, ("", None))
    if not isinstance(script, Kept) or draft != script.source:
        return
    with st.expander(say("kept_list", count=len(script.left_out), call=text.code(script.call)), expanded=True):
        st.markdown(_write_list(script.left_out))
        st.button(
            say("kept_back"),
            type="tertiary",
            icon=":material/undo:",
            key="model_class_whole",
            on_click=write,
            args=(work, spec, whole),
        )


@notices.failures_kept()
def write(work: Workspace, spec: CustomSource, words: str) -> None:
    """A callback: let these words stand in the editor."""
    work.keep_draft(spec, words)
    mirrors.renew("model_class")


@notices.failures_kept()
def _keep(work: Workspace, spec: CustomSource, draft: str, script: Kept) -> None:
    """A callback: take the network in hand; where its class itself is refused, let it stand in the editor."""
    st.session_state[_KEPT] = (draft, script)
    if script.refusals or script.source == spec.source:
        write(work, spec, script.source)
    else:
        network_picker.take(work, lambda: CustomSource(script.source), spec)


def _write_list(parts: Iterable[LeftOut]) -> str:
    lines = []
    for part in parts:
        place = say("left_line", line=part.first)
        if part.last > part.first:
            place = say("left_lines", first=part.first, last=part.last)
        lines.append(f"- {place}: {say(f'left_{part.kind}')}, {text.code(part.words)}")
    return "\n".join(lines)
