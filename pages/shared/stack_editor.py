"""The controls that change the stack in hand: its layers, its text. Knows nothing of its shapes."""

from __future__ import annotations

import streamlit as st

from netcore.errors import StackError
from netcore.model.catalogue import get_kind, list_kinds
from netcore.model.layers import Layer, make_layer, start_layer
from netcore.model.mend import fit_layer
from netcore.model.stack import ReadStack, Stack, read_stack
from pages.shared import engine, layer_form, mirrors, network_picker, notices, text
from pages.shared.workspace import Workspace

say = text.page("model")

_TEXT = "model_text"


def draw(work: Workspace, stack: Stack) -> None:
    """Draw the controls for the stack in hand. Every change that can be built becomes the network in hand."""
    key = mirrors.fresh("model", stack)
    _draw_text(work, stack)
    _draw_add(work, stack, key)
    with st.container(gap="xsmall"):
        for place in range(len(stack.layers)):
            _draw_layer(work, stack, place, key)


def _draw_text(work: Workspace, stack: Stack) -> None:
    typed = st.text_input(
        say("text"),
        value=mirrors.show(_TEXT, work.draft(stack), keep=True),  # what was typed and refused stays to be corrected
        help=say("text_help"),
        key=_TEXT,
        on_change=_take_text,
        args=(work, stack),
    )
    read = _read(typed)
    if isinstance(read, StackError):
        work.keep_draft(stack, typed)
        notices.show_error(read)


def _take_text(work: Workspace, stack: Stack) -> None:
    if mirrors.drop_echo(_TEXT):
        return
    read = _read(str(st.session_state[_TEXT]))
    if isinstance(read, ReadStack):
        network_picker.take(work, lambda: network_picker.note_reading(read))
        work.keep_draft(stack, str(stack))


def _read(typed: str) -> ReadStack | StackError:
    try:
        return read_stack(typed)
    except StackError as error:
        return error


def _draw_layer(work: Workspace, stack: Stack, place: int, key: str) -> None:
    layer = stack.layers[place]
    last = len(stack.layers) - 1
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", wrap=False):
        with st.popover(f"`{layer.code}`", width="stretch", key=f"{key}_row_{place}", on_change="rerun") as popover:
            if popover.open:
                st.caption(get_kind(layer.kind).does)
                prefix = f"{key}_layer_{place}"
                layer_form.draw(layer, prefix)
                if layer.arguments:
                    st.button(
                        say("change"),
                        type="primary",
                        key=f"{key}_change_{place}",
                        on_click=network_picker.take,
                        args=(
                            work,
                            lambda: stack.replace(place, layer.change(**layer_form.read(layer.kind, prefix))),
                            stack,
                        ),
                    )
        for icon, what, enabled, make in (
            ("arrow_upward", "up", place > 0, lambda: stack.swap(place, place - 1)),
            ("arrow_downward", "down", place < last, lambda: stack.swap(place, place + 1)),
            ("close", "remove", last > 0, lambda: stack.replace(place)),
        ):
            st.button(
                f":material/{icon}:",
                type="tertiary",
                help=say(f"row_{what}", layer=layer.code),
                disabled=not enabled,
                key=f"model_{what}_{place}",
                on_click=network_picker.take,
                args=(work, make, stack),
            )


def _draw_add(work: Workspace, stack: Stack, key: str) -> None:
    with st.popover(say("add"), icon=":material/add:", width="stretch", key=f"{key}_add", on_change="rerun") as popover:
        if not popover.open:
            return
        count = len(stack.layers)
        kind = st.selectbox(
            say("kind"),
            [kind.name for kind in list_kinds()],
            index=None,
            placeholder=say("kind_none"),
            key=f"{key}_kind",
        )
        after = st.selectbox(
            say("place"),
            range(count + 1),
            index=count,
            format_func=lambda place: _name(stack, place - 1) if place else say("place_first"),
            key=f"{key}_after",
        )
        if kind is None:
            return
        st.caption(get_kind(kind).does)
        prefix = f"{key}_new_{kind}_{after}"
        layer_form.draw(_fitting(stack, kind, after), prefix)
        st.button(
            say("add_it", kind=kind),
            type="primary",
            on_click=network_picker.take,
            args=(work, lambda: stack.insert(after, make_layer(kind, **layer_form.read(kind, prefix))), stack),
        )


def _name(stack: Stack, place: int) -> str:
    return text.layer_choice(str(place), stack.layers[place].code)


def _fitting(stack: Stack, kind: str, place: int) -> Layer:
    """The layer to begin the form with: its sizes fit what the layer before it gives, where the batch comes so far."""
    traced = engine.trace_of(stack, 1)
    if place > len(traced.layers):
        return start_layer(kind)
    return fit_layer(kind, traced.layers[place - 1].output_shape if place else traced.input_shape)
