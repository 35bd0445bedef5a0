"""The weights of a pretrained network: every tensor by name, one of them from close by. Knows nothing of photos."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import tensor_view, text

if TYPE_CHECKING:
    from netcore.model.inside.activations import Weights
    from netcore.model.parameters import ParameterInfo, TensorName
    from netcore.zoo.weights import LoadedModel

say = text.page("weights")


def draw(loaded: LoadedModel) -> None:
    """A row a tensor; a click on one looks at it."""
    tensors = _list(loaded.identity, loaded)
    chosen = st.dataframe(
        {
            say("name"): [tensor.name for tensor in tensors],
            say("shape"): [str(tensor.shape) for tensor in tensors],
            say("count"): [text.number(tensor.count) for tensor in tensors],
            say("kind"): [say("tensor_buffer" if tensor.buffer else "tensor_parameter") for tensor in tensors],
        },
        height=300,
        hide_index=True,
        key=f"zoo_tensors_{loaded.entry.name}",
        on_select="rerun",
        selection_mode="single-row-required",
        alt=say("tensors_alt"),
    )
    rows = chosen["selection"]["rows"]
    name = tensors[rows[0] if rows and rows[0] < len(tensors) else 0].name
    with st.skeleton(height=300):
        info = _describe(loaded.identity, name, loaded)
        tensor_view.draw(info, partial(_picture, loaded.identity, name, loaded), "zoo")


@st.cache_data(max_entries=8, show_spinner=False)
def _list(identity: str, _loaded: LoadedModel) -> tuple[TensorName, ...]:
    from netcore.model.parameters import list_tensors

    return list_tensors(_loaded.model)


@st.cache_data(max_entries=64, show_spinner=False)
def _describe(identity: str, name: str, _loaded: LoadedModel) -> ParameterInfo:
    from netcore.model.parameters import describe_parameter

    return describe_parameter(_loaded.model, name)


@st.cache_data(max_entries=64, show_spinner=False)
def _picture(identity: str, name: str, _loaded: LoadedModel, first: int) -> Weights | None:
    from netcore.model.inside.parameters import picture_parameter

    return picture_parameter(_loaded.model, name=name, first=first)
