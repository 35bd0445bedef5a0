"""Where the network in hand comes from: a preset, a class, one's own; and how it is taken. Knows no layer."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from netcore.errors import NetcoreError
from netcore.model.custom.source import CustomSource
from netcore.model.custom.templates import list_templates
from netcore.model.presets import list_presets
from netcore.model.ready_made import list_ready_made
from netcore.model.spec import NetworkSpec
from netcore.model.stack import ReadStack, Stack
from pages.shared import inspection, mirrors, notices, recent_networks, text
from pages.shared.workspace import Workspace

say = text.page("model")

_BEGIN, _REFUSAL, _NOTE = "model_begin", "model_refusal", "model_note"


@notices.failures_kept()
def take(work: Workspace, make: Callable[[], NetworkSpec], seen: NetworkSpec | None = None) -> None:
    """A callback: make a network and take it in hand; where it is refused, the old one stays.

    ``draw`` says why. ``seen`` is the network that is changed; where another tab has taken another one since,
    that one stays.
    """
    hand = work.hand
    try:
        spec = make()
    except NetcoreError as refusal:
        st.session_state[_REFUSAL] = text.error(refusal)
        return
    if seen in (None, hand.spec):
        work.take(hand.with_spec(spec))
    elif spec != hand.spec:  # not the second click on the same button
        st.session_state[_REFUSAL] = say("overtaken")


def take_chosen(work: Workspace, key: str, make: Callable[[], NetworkSpec]) -> None:
    """A callback for a widget that shows the network in hand: as ``take``, where something was chosen."""
    if not mirrors.drop_echo(key):
        take(work, make)


def note_reading(read: ReadStack) -> Stack:
    """The stack that was read; while it is in hand, ``draw`` says what the text left open, and what of it is lost."""
    words = [say("assumed", name=text.code(name), size=size) for name, size in read.assumed]
    if read.names:
        words.append(say("names_lost", names=", ".join(text.code(name) for name in read.names)))
    st.session_state[_NOTE] = (read.stack, " ".join(words))
    return read.stack


def draw(work: Workspace, spec: NetworkSpec) -> None:
    """Draw the choice of a network to begin with, and the way from the one in hand to a class of one's own."""
    titles = _titles(work, spec)
    shown = mirrors.show(_BEGIN, spec if spec in titles else None)
    st.selectbox(
        say("begin"),
        list(titles),
        index=list(titles).index(shown) if shown else None,
        format_func=lambda choice: titles[choice],
        placeholder=say("begin_own"),
        help=say("begin_help"),
        key=_BEGIN,
        on_change=take_chosen,
        args=(work, _BEGIN, lambda: st.session_state[_BEGIN]),
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        recent_networks.draw(work)
        _offer_class(work, spec)
    refusal = st.session_state.pop(_REFUSAL, None)
    if refusal:
        st.error(refusal, icon=":material/error:")
    noted, words = st.session_state.get(_NOTE, (None, ""))
    if words and noted == spec:
        st.info(words, icon=":material/info:")


def _offer_class(work: Workspace, spec: NetworkSpec) -> None:
    if not isinstance(spec, CustomSource):
        st.button(
            say("to_class" if isinstance(spec, Stack) else "change_class"),
            type="tertiary",
            icon=":material/edit_document:",
            help=say("to_class_help"),
            key="model_to_class",
            on_click=take,
            args=(work, lambda: inspection.as_class(spec), spec),
        )


def _titles(work: Workspace, spec: NetworkSpec) -> dict[NetworkSpec, str]:
    titles: dict[NetworkSpec, str] = {preset.stack: preset.title for preset in list_presets()}
    titles |= {network: say("class_title", title=network.title) for network in list_ready_made()}
    ready = {network.name for network in list_ready_made()}  # these turn into one's own by the button
    own_templates = [template for template in list_templates() if template.name not in ready]
    titles |= {template.network: say("template_title", title=template.title) for template in own_templates}
    own = spec if isinstance(spec, CustomSource) else work.last_class(titles)
    if own and own not in titles:
        titles[own] = say("own_class", name=own.title)
    return titles
