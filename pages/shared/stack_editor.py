"""The controls that define the network in hand: where to begin, its layers, its text. Knows nothing of its shapes."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from netcore.errors import NetcoreError
from netcore.model.catalogue import get_kind, list_kinds
from netcore.model.layers import Layer, make_layer, start_layer
from netcore.model.mend import fit_layer
from netcore.model.presets import list_presets
from netcore.model.ready_made import ReadyMade, list_ready_made
from netcore.model.spec import NetworkSpec
from netcore.model.stack import Stack
from pages.shared import inspection, layer_form, notices, text
from pages.shared.workspace import Workspace

say = text.page("model")

_BEGIN, _TEXT, _SHOWN, _REFUSAL = "model_begin", "model_text", "model_shown", "model_refusal"
_KIND, _AFTER = "model_add_kind", "model_add_after"


def draw(work: Workspace) -> None:
    """Draw the controls for the network in hand. Every change that can be built becomes the network in hand."""
    spec = work.hand.spec
    _forget_old_values(spec)
    _draw_beginnings(work, spec)
    if isinstance(spec, ReadyMade):
        st.markdown(spec.does)
    else:
        _draw_add(work, spec)
        with st.container(gap="xsmall"):
            for place in range(len(spec.layers)):
                _draw_layer(work, spec, place)
        st.text_input(
            say("text"), help=say("text_help"), key=_TEXT, on_change=take, args=(work, lambda: Stack.parse(_typed()))
        )
    refusal = st.session_state.pop(_REFUSAL, None)
    if refusal:
        notices.show_error(refusal)


@notices.failures_kept()
def take(work: Workspace, make: Callable[[], NetworkSpec]) -> None:
    """A callback: make a network and take it in hand; where it is refused, the old one stays and ``draw`` says why."""
    try:
        work.take(work.hand.with_spec(make()))
    except NetcoreError as refusal:
        st.session_state[_REFUSAL] = refusal


def _forget_old_values(spec: NetworkSpec) -> None:
    """When the network is another one, let every widget begin with its values again; a refused text stays."""
    if st.session_state.get(_SHOWN) != spec:
        for key in [key for key in st.session_state if str(key).startswith(("model_layer_", "model_new_"))]:
            del st.session_state[key]
        st.session_state[_TEXT] = str(spec)
        st.session_state[_SHOWN] = spec


def _typed() -> str:
    return str(st.session_state[_TEXT])


def _draw_beginnings(work: Workspace, spec: NetworkSpec) -> None:
    titles: dict[NetworkSpec, str] = {preset.stack: preset.title for preset in list_presets()}
    titles |= {network: say("class_title", title=network.title) for network in list_ready_made()}
    st.session_state[_BEGIN] = spec if spec in titles else None
    st.selectbox(
        say("begin"),
        list(titles),
        format_func=lambda choice: titles[choice],
        placeholder=say("begin_own"),
        help=say("begin_help"),
        key=_BEGIN,
        on_change=take,
        args=(work, lambda: st.session_state[_BEGIN]),
    )


def _draw_layer(work: Workspace, stack: Stack, place: int) -> None:
    layer = stack.layers[place]
    last = len(stack.layers) - 1
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", wrap=False):
        with st.popover(f"`{layer.code}`", width="stretch", key=f"model_row_{place}", on_change="rerun") as popover:
            if popover.open:
                st.caption(get_kind(layer.kind).does)
                prefix = f"model_layer_{place}"
                layer_form.draw(layer, prefix)
                if layer.arguments:
                    st.button(
                        say("change"),
                        type="primary",
                        key=f"model_change_{place}",
                        on_click=take,
                        args=(work, lambda: stack.replace(place, layer.change(**layer_form.read(layer.kind, prefix)))),
                    )
        for icon, key, enabled, make in (
            ("arrow_upward", "up", place > 0, lambda: stack.swap(place, place - 1)),
            ("arrow_downward", "down", place < last, lambda: stack.swap(place, place + 1)),
            ("close", "remove", last > 0, lambda: stack.replace(place)),
        ):
            st.button(
                f":material/{icon}:",
                type="tertiary",
                help=say(f"row_{key}", layer=layer.code),
                disabled=not enabled,
                key=f"model_{key}_{place}",
                on_click=take,
                args=(work, make),
            )


def _draw_add(work: Workspace, stack: Stack) -> None:
    with st.popover(say("add"), icon=":material/add:", width="stretch", key="model_add", on_change="rerun") as popover:
        if not popover.open:
            return
        count = len(stack.layers)
        kind = st.selectbox(
            say("kind"), [kind.name for kind in list_kinds()], index=None, placeholder=say("kind_none"), key=_KIND
        )
        after = st.selectbox(
            say("place"),
            range(count + 1),
            index=count,
            format_func=lambda place: f"{place}. {stack.layers[place - 1].code}" if place else say("place_first"),
            key=_AFTER,
        )
        if kind is None:
            return
        st.caption(get_kind(kind).does)
        prefix = f"model_new_{kind}_{after}"
        layer_form.draw(_fitting(stack, kind, after), prefix)
        st.button(
            say("add_it", kind=kind),
            type="primary",
            on_click=take,
            args=(work, lambda: stack.insert(after, make_layer(kind, **layer_form.read(kind, prefix)))),
        )


def _fitting(stack: Stack, kind: str, place: int) -> Layer:
    """The layer to begin the form with: its sizes fit what the layer before it gives, where the batch comes so far."""
    traced = inspection.trace_of(stack, 1)
    if place > len(traced.layers):
        return start_layer(kind)
    return fit_layer(kind, traced.layers[place - 1].output_shape if place else traced.input_shape)
