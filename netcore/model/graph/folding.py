"""Which parts of a graph are shown: groups that are open show what they hold, closed ones are one box. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from netcore.model.graph.nodes import GraphNode, NetworkGraph
from netcore.model.shape import Shape

READABLE = 36
"""As many boxes as a picture begins with at most, where its outermost modules are not more by themselves."""
MAX_BOXES = 400
MAX_LINES = 3_000
"""As many as one picture shows at most."""


@dataclass(frozen=True)
class Wire:
    """A tensor between two boxes of one group. Either end may be the group's own border: its ``here`` is empty."""

    tensor: tuple[str, int]
    """The node that made it and which of its outputs it is: one tensor is one line, however many use it."""
    source: str
    target: str
    shape: Shape


@dataclass(frozen=True)
class Level:
    """What an open group shows, or the network itself (an empty identity)."""

    identity: str
    items: tuple[GraphNode, ...]
    """In the order in which they ran."""
    wires: tuple[Wire, ...]


def open_by_default(graph: NetworkGraph, most: int = READABLE) -> frozenset[str]:
    """The groups to begin with: level by level, as long as no more than ``most`` boxes are shown."""
    opened: frozenset[str] = frozenset()
    while True:
        shown = list_shown(graph, opened)
        wider = opened | {node.identity for node in shown if node.kind == "group"}
        if wider == opened or count_shown(graph, wider) > most:
            return opened
        opened = wider


def count_shown(graph: NetworkGraph, opened: Collection[str]) -> int:
    """How many boxes are drawn with these groups open."""
    return len(list_shown(graph, opened))


def count_lines(graph: NetworkGraph, opened: Collection[str]) -> int:
    """How many pieces of lines lead from box to box with these groups open."""
    return sum(len(level.wires) for level in fold(graph, opened).values())


def is_readable(graph: NetworkGraph, opened: Collection[str]) -> bool:
    """Whether the picture with these groups open stays within ``MAX_BOXES`` and ``MAX_LINES``."""
    return count_shown(graph, opened) <= MAX_BOXES and count_lines(graph, opened) <= MAX_LINES


def all_groups(graph: NetworkGraph) -> frozenset[str]:
    """The identities of all groups."""
    return frozenset(node.identity for node in graph.nodes if node.kind == "group")


def fold(graph: NetworkGraph, opened: Collection[str]) -> dict[str, Level]:
    """The network as levels by identity, each open group one; a group counts as open only where its holders are."""
    shown = {node.identity for node in list_shown(graph, opened)}
    open_now = {""} | {identity for identity in opened if identity in shown}
    holder = {node.identity: node.group for node in graph.nodes}
    items: dict[str, list[GraphNode]] = {identity: [] for identity in open_now}
    for node in graph.nodes:
        if node.identity in shown:
            items[node.group].append(node)
    wires: dict[str, dict[tuple[tuple[str, int], str, str], Wire]] = {identity: {} for identity in open_now}
    for edge in graph.edges:
        tensor = (edge.source, edge.slot)
        for level, source, target in _project(edge.source, edge.target, holder, open_now):
            wires[level].setdefault((tensor, source, target), Wire(tensor, source, target, edge.shape))
    return {identity: Level(identity, tuple(items[identity]), tuple(wires[identity].values())) for identity in open_now}


def list_shown(graph: NetworkGraph, opened: Collection[str]) -> list[GraphNode]:
    """The boxes that are drawn with these groups open, the open ones' frames too, in the order in which they ran."""
    visible = {""}
    shown = []
    for node in graph.nodes:
        if node.group in visible:
            shown.append(node)
            if node.identity in opened:
                visible.add(node.identity)
    return shown


def _project(source: str, target: str, holder: Mapping[str, str], open_now: set[str]) -> Iterable[tuple[str, str, str]]:
    """The pieces of an edge, one for each open group that it crosses: ``(group, from, to)``."""
    from_path, to_path = _path(source, holder), _path(target, holder)
    common = 0
    while from_path[common + 1] == to_path[common + 1]:
        common += 1
    for depth in range(len(from_path) - 2, common, -1):  # out of the groups that hold the source
        if from_path[depth] in open_now:
            yield from_path[depth], from_path[depth + 1], ""
    if from_path[common] in open_now:
        yield from_path[common], from_path[common + 1], to_path[common + 1]
    for depth in range(common + 1, len(to_path) - 1):  # into the groups that hold the target
        if to_path[depth] in open_now:
            yield to_path[depth], "", to_path[depth + 1]


def _path(identity: str, holder: Mapping[str, str]) -> list[str]:
    """The groups around a node from the outside in, the network first, the node itself last."""
    path = [identity]
    while path[-1]:
        path.append(holder[path[-1]])
    return path[::-1]
