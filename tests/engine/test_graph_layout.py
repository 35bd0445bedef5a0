"""A folded graph loses nothing, and its picture has no box over another and no line that goes upwards."""

from itertools import pairwise

import pytest

from netcore.model.graph.drawing import draw_graph
from netcore.model.graph.folding import READABLE, all_groups, count_shown, fold, open_by_default
from netcore.model.graph.layout import lay_out
from netcore.model.graph.rows import Link, arrange
from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade
from netcore.zoo.catalogue import find_entry
from netcore.zoo.weights import build_architecture

NETWORKS = ("cnn", "residual", "two_heads", "resnet18", "densenet121", "googlenet", "inception_v3", "swin_t")


@pytest.fixture(scope="module")
def graphs():
    made = {"cnn": draw_graph(get_preset("cnn").stack, 64)}
    made |= {name: draw_graph(ReadyMade(name), 64) for name in ("residual", "two_heads")}
    for name in NETWORKS[3:]:
        entry = find_entry(name)
        made[name] = draw_graph(build_architecture(entry), 1, (3, entry.input_side, entry.input_side))
    return made


def picture(graph, opened):
    levels = fold(graph, opened)
    sizes = {node.identity: (100.0, 40.0) for node in graph.nodes}
    return levels, lay_out(levels, sizes)


def overlap(one, other):
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def holds(frame, box):
    return (
        frame.x <= box.x
        and box.x + box.width <= frame.x + frame.width
        and frame.y <= box.y
        and box.y + box.height <= frame.y + frame.height
    )


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("how", ["closed", "begin", "open"])
def test_boxes_stand_apart_and_inside_their_groups_and_lines_go_down(graphs, name, how):
    graph = graphs[name]
    opened = {"closed": frozenset(), "begin": open_by_default(graph), "open": all_groups(graph)}[how]
    levels, layout = picture(graph, opened)
    boxes = {box.identity: box for box in layout.boxes}
    assert len(boxes) == len(layout.boxes) == count_shown(graph, opened)
    for identity, level in levels.items():
        inside = [boxes[item.identity] for item in level.items]
        assert not [
            (one, other) for number, one in enumerate(inside) for other in inside[:number] if overlap(one, other)
        ]
        if identity:
            assert all(holds(boxes[identity], box) for box in inside)
    assert all(upper[1] <= lower[1] + 1e-6 for path in layout.paths for upper, lower in pairwise(path.points))
    assert all(0 <= x <= layout.width and 0 <= y <= layout.height for path in layout.paths for x, y in path.points)
    arrows = [path.points[-1] for path in layout.paths if path.arrow]
    tops = {(box.x + box.width / 2, box.y) for box in layout.boxes if not box.is_open}
    assert all(any(abs(x - a) < 1 and abs(y - b) < 1 for a, b in tops) for x, y in arrows)


@pytest.mark.parametrize("name", NETWORKS)
def test_an_edge_is_one_piece_in_every_group_that_it_crosses(graphs, name):
    graph = graphs[name]
    levels = fold(graph, all_groups(graph))
    for edge in graph.edges:
        place, seen = edge.source, []
        while place != edge.target:  # follow the tensor, out of the groups and into others
            level = levels[_holder(graph, place)]
            wire = next(
                wire
                for wire in level.wires
                if wire.tensor == (edge.source, edge.slot)
                and wire.source == place
                and (wire.target in _around(graph, edge.target) or not wire.target)
            )
            seen.append(wire)
            place = wire.target or level.identity
            while place != edge.target and wire.target:
                inner = next(wire for wire in levels[place].wires if _leads(graph, wire, edge))
                place = inner.target
        assert seen


def _holder(graph, identity):
    return graph.find(identity).group


def _around(graph, identity):
    around = {identity}
    while identity:
        identity = _holder(graph, identity)
        around.add(identity)
    return around


def _leads(graph, wire, edge):
    return wire.tensor == (edge.source, edge.slot) and not wire.source and wire.target in _around(graph, edge.target)


def test_a_large_network_begins_with_few_boxes_and_a_small_one_with_all(graphs):
    for name in NETWORKS:
        opened = open_by_default(graphs[name])
        assert not opened or count_shown(graphs[name], opened) <= READABLE
    assert open_by_default(graphs["residual"]) == {"block1", "block2"}
    assert "layer1" in open_by_default(graphs["resnet18"])
    assert "layer1.0" not in open_by_default(graphs["resnet18"])


def test_a_group_in_a_closed_group_is_closed(graphs):
    graph = graphs["resnet18"]
    assert set(fold(graph, {"layer1.0"})) == {""}
    assert set(fold(graph, {"layer1", "layer1.0"})) == {"", "layer1", "layer1.0"}


def test_rows_put_what_crosses_apart():
    widths = dict.fromkeys(("a", "b", "c", "d"), 10.0)
    links = [Link("x", "a", "d"), Link("y", "b", "c")]
    rows = arrange(widths, ["a", "b"], [], links, gap=5.0)
    lower, upper = rows.rows[1], rows.rows[0]
    assert lower.index("d") == upper.index("a")
    assert rows.middles["a"] == rows.middles["d"]
    assert abs(rows.middles["a"] - rows.middles["b"]) == 15.0


def test_a_line_that_passes_rows_has_room_beside_their_boxes():
    widths = dict.fromkeys("abcd", 40.0)
    links = [Link("x", "a", "b"), Link("y", "b", "c"), Link("z", "c", "d"), Link("x", "a", "d"), Link("x", "a", "c")]
    rows = arrange(widths, ["a"], [], links, gap=5.0)
    lanes = [key for row in rows.rows for key in row if not isinstance(key, str)]
    assert [key.row for key in lanes] == [1, 2]  # c and d have the same tensor, so it passes b once
    assert abs(rows.middles[lanes[0]] - rows.middles["b"]) >= 5.0 + (40.0 + 14.0) / 2
