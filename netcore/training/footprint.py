"""What a training step keeps in memory, item by item, with the arithmetic. Runs nothing, and knows no process.

``netcore.training.memory`` estimates what a worker takes; here the network's own share is counted exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch

from netcore.model.graph.nodes import NetworkGraph
from netcore.training.config import TrainingConfig
from netcore.training.optimizers import expected_state

_BYTES = 4
"""Of a 32-bit float."""


@dataclass(frozen=True)
class MemoryItem:
    """One thing that is in memory between the forward and the backward pass, or after it."""

    name: Literal["weights", "buffers", "gradients", "optimizer", "batch", "saved"]
    size: int
    """In bytes."""
    arithmetic: str
    """``"4 × 101,770"``; empty where it is a sum over the layers."""


def count_memory(graph: NetworkGraph, config: TrainingConfig) -> tuple[MemoryItem, ...]:
    """What the network of ``graph``, drawn with ``training=True``, keeps in memory while ``config`` trains it.

    Weights and buffers, a gradient for each parameter that learns, what the optimizer remembers of it, the batch, and
    what autograd saves of the batch for the backward pass. Results that nobody keeps are not in it.
    """
    footprint, shape = graph.footprint, graph.nodes[0].outputs[0]
    learning = sum(math.prod(each) for each in footprint.learning)
    size, arithmetic = _count_state(config, learning, len(footprint.learning))
    return (
        MemoryItem("weights", footprint.parameter_bytes, f"{_BYTES} × {graph.parameters:,}"),
        MemoryItem("buffers", footprint.buffer_bytes, ""),
        MemoryItem("gradients", footprint.gradient_bytes, f"{_BYTES} × {learning:,}"),
        MemoryItem("optimizer", size, arithmetic),
        MemoryItem("batch", _BYTES * math.prod(shape), " × ".join(f"{number:,}" for number in (_BYTES, *shape))),
        MemoryItem("saved", graph.saved_bytes, ""),
    )


def _count_state(config: TrainingConfig, numbers: int, tensors: int) -> tuple[int, str]:
    """The optimizer's memory of ``numbers`` in ``tensors``: some of it for each number, some for each tensor."""
    probe = torch.Size([3])
    remembered = expected_state(config, probe).values()
    alike = sum(shape == probe for shape in remembered)
    others = sum(math.prod(shape) for shape in remembered if shape != probe)
    counts = [(alike, numbers), (others, tensors)]
    written = " + ".join(f"{_BYTES} × {each} × {count:,}" for each, count in counts if each)
    return _BYTES * sum(each * count for each, count in counts), written
