"""A network's graph as plain values: what ran, in order, and the tensors between. Knows neither torch nor colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from netcore.errors import WorkerError
from netcore.model.graph.arithmetic import write_parameters
from netcore.model.shape import Shape

NodeKind = Literal["input", "layer", "group", "operation", "tensor", "output", "unused"]


@dataclass(frozen=True)
class Line:
    """The line of Python that called something."""

    text: str
    """As it stands there, without its indentation; several lines where the call goes over several."""
    number: int
    file: str
    """The file's name, ``"resnet.py"``; empty where it is the text of a person's own class."""
    function: str
    """The qualified name of the function that holds it: ``"BasicBlock.forward"``."""


@dataclass(frozen=True)
class Weight:
    """One tensor that a node learns or keeps."""

    name: str
    shape: Shape

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class GraphNode:
    """One thing in the picture: a layer, a function's call, a tensor of the network itself, or a module that holds
    such things (a ``group``)."""

    identity: str
    """Unique, and the same whenever the same forward runs again."""
    group: str
    """The identity of the group in which it ran; empty at the top."""
    kind: NodeKind
    name: str
    """As in ``named_modules()``, ``"layer1.0.conv1"``; a function's own name, ``"add"``."""
    code: str
    """``"Conv2d(3, 64, kernel_size=(7, 7))"``; ``"flatten(1)"``."""
    inputs: tuple[Shape, ...] = ()
    outputs: tuple[Shape, ...] = ()
    parameters: int = 0
    """Its own, not those of what it holds; 0 where they were counted at an earlier node."""
    weights: tuple[Weight, ...] = ()
    flops: int = 0
    """Two for each multiply-add of matrix products and convolutions."""
    flop_arithmetic: str = ""
    """``"2 × 784 × 128 × 64"``."""
    saved_bytes: int = 0
    """What it keeps for the backward pass; 0 where nothing was recorded for it."""
    call: int = 1
    """2 where the same module ran a second time, and so on."""
    in_place: bool = False
    """Whether it changed one of its inputs."""
    line: Line | None = None
    """None where no line of the network's own called it, as in an ``nn.Sequential`` alone."""
    is_registered: bool = True
    """False where it holds something that nothing trains, saves or moves."""
    finished: bool = True
    """False where the forward pass ended in it."""

    @property
    def parameter_arithmetic(self) -> str:
        """How its parameters are counted, also where an earlier node counted them: ``"(784 + 1) × 128"``."""
        return write_parameters([weight.shape for weight in self.weights])


@dataclass(frozen=True)
class GraphEdge:
    """A tensor on its way from the node that made it to one that used it."""

    source: str
    slot: int
    """Which of the outputs of ``source``, from 0."""
    target: str
    shape: Shape


@dataclass(frozen=True)
class Footprint:
    """What a network keeps in memory, whatever goes through it."""

    parameter_bytes: int
    buffer_bytes: int
    learning: tuple[Shape, ...]
    """The shape of each parameter that learns, so has a gradient."""
    gradient_bytes: int


@dataclass(frozen=True)
class NetworkGraph:
    """A network as it ran once."""

    nodes: tuple[GraphNode, ...]
    """In the order in which they ran; a group stands before what it holds."""
    edges: tuple[GraphEdge, ...]
    parameters: int
    """Of the whole network, also of what did not run."""
    footprint: Footprint
    with_numbers: bool
    """Whether its forward asked for numbers, as ``if x.mean() > 0`` does: then the first test digits went through."""

    def __post_init__(self) -> None:
        """Raise ``WorkerError`` where a group holds what came before it, or an edge leads back or nowhere: whoever
        walks through the graph that a class answered would not come to an end."""
        groups, place = {""}, {"": -1}
        for number, node in enumerate(self.nodes):
            if node.identity in place or node.group not in groups:
                raise _refusal()
            place[node.identity] = number
            groups |= {node.identity} if node.kind == "group" else set()
        ends = ((place.get(edge.source, -1), place.get(edge.target, -1)) for edge in self.edges)
        if not self.nodes or any(not -1 < source < target for source, target in ends):
            raise _refusal()

    @property
    def flops(self) -> int:
        """For the whole batch."""
        return sum(node.flops for node in self.nodes)

    @property
    def saved_bytes(self) -> int:
        """What the batch leaves behind for the backward pass."""
        return sum(node.saved_bytes for node in self.nodes)

    def find(self, identity: str) -> GraphNode | None:
        """The node of that identity; None where there is none."""
        return next((node for node in self.nodes if node.identity == identity), None)

    def inside(self, identity: str) -> tuple[GraphNode, ...]:
        """All that ran in a group, groups in it included, in order."""
        holds = {identity}
        found = []
        for node in self.nodes:
            if node.group in holds and node.identity not in holds:
                holds.add(node.identity)
                found.append(node)
        return tuple(found)


def _refusal() -> WorkerError:
    return WorkerError("This is not a network graph.", "Try again.")
