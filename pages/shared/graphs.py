"""Cached doors to the graphs of networks: the one in hand, and a pretrained one without weights. Draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.spec import NetworkSpec, fingerprint

if TYPE_CHECKING:
    from netcore.model.graph.nodes import NetworkGraph
    from netcore.training.footprint import MemoryItem
    from netcore.zoo.catalogue import ZooEntry

_QUESTION = "netcore.model.graph.drawing:draw_graph"


def graph_of(spec: NetworkSpec, batch: int, *, training: bool = False) -> NetworkGraph:
    """What runs when ``batch`` digits go through the network, in eval() or in train() with gradients.

    Raises ``CodeError`` where it is a class and none runs here, and ``StackError`` where a limit is reached.
    """
    return _graph(spec, fingerprint(spec), batch, training)


def graph_of_entry(entry: ZooEntry, batch: int, *, training: bool = False) -> NetworkGraph:
    """What runs when ``batch`` photos go through a pretrained network: from its class alone."""
    return _graph_of_entry(entry.name, batch, training)


def memory_of(graph: NetworkGraph) -> dict[tuple[str, float], tuple[MemoryItem, ...]]:
    """What a training step keeps in memory, for each optimizer with each momentum that makes a difference.

    ``graph`` is one with ``training=True``.
    """
    from netcore.training.config import OPTIMIZERS, TrainingConfig
    from netcore.training.footprint import count_memory

    choices = [(name, 0.0) for name in OPTIMIZERS]
    choices += [(name, 0.9) for name, kind in OPTIMIZERS.items() if kind.momentum]
    return {
        (name, momentum): count_memory(graph, TrainingConfig(optimizer=name, momentum=momentum))
        for name, momentum in sorted(choices)
    }


@st.cache_resource(max_entries=64, show_spinner=False)
def _graph(_spec: NetworkSpec, identity: str, batch: int, training: bool) -> NetworkGraph:
    from netcore.model.graph.drawing import draw_graph
    from netcore.model.graph.nodes import NetworkGraph

    if not isinstance(_spec, CustomSource):
        return draw_graph(_spec, batch, training=training)
    return confined.ask(NetworkGraph, _QUESTION, _spec, batch=batch, training=training)


@st.cache_resource(max_entries=16, show_spinner=False)
def _graph_of_entry(name: str, batch: int, training: bool) -> NetworkGraph:
    from netcore.model.graph.drawing import draw_graph
    from netcore.zoo.catalogue import find_entry
    from netcore.zoo.weights import build_architecture

    entry = find_entry(name)
    side = entry.input_side
    return draw_graph(build_architecture(entry), batch, (3, side, side), training=training)
