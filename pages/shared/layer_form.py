"""The widgets for the arguments of one layer. Knows nothing of the stack around it."""

from __future__ import annotations

import streamlit as st

from netcore.model.catalogue import Argument, Value, get_kind
from netcore.model.layers import Layer
from pages.shared import decimals, text

say = text.page("model")

_TYPED = ("pair", "sizes", "float")


def draw(layer: Layer, prefix: str) -> None:
    """Draw one widget an argument, with the values of ``layer``, under keys that begin with ``prefix``.

    What was typed and refused stays there to be corrected.
    """
    values = dict(layer.arguments)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for argument in get_kind(layer.kind).arguments:
            _draw_argument(argument, values[argument.name], f"{prefix}_{argument.name}")


def _draw_argument(argument: Argument, value: Value, key: str) -> None:
    label = f"`{argument.name}`"
    typed = argument.type in _TYPED
    if key not in st.session_state:
        st.session_state[key] = _write(value) if typed else value
    if typed:
        st.text_input(label, help=say(f"help_{argument.type}"), key=key, width=150)
    elif argument.type == "bool":
        st.checkbox(label, key=key)
    else:
        st.number_input(label, int(argument.minimum), int(argument.maximum), step=1, key=key, width=150)


def read(kind: str, prefix: str) -> dict[str, object]:
    """What the widgets of ``draw`` hold now, as ``make_layer`` takes it; whatever is wrong is left for it to refuse."""
    return {argument.name: _read(argument, f"{prefix}_{argument.name}") for argument in get_kind(kind).arguments}


def _read(argument: Argument, key: str) -> object:
    value = st.session_state.get(key)
    if argument.type not in _TYPED or not isinstance(value, str):
        return value
    if argument.type == "float":
        return decimals.read(value)
    try:
        numbers = tuple(int(part) for part in value.strip(" ()[]").split(","))
    except ValueError:
        return value
    return numbers[0] if len(numbers) == 1 else numbers


def _write(value: Value) -> str:
    if isinstance(value, float):
        return decimals.write(value)
    return ", ".join(str(item) for item in value) if isinstance(value, tuple) else str(value)
