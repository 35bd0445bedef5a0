"""How long it takes until the picture of a network is there: to run it once, to lay it out, to write it (pytest -s)."""

import statistics
import time

import pytest

from netcore.model.graph.drawing import draw_graph
from netcore.model.graph.folding import all_groups, count_shown, is_readable, open_by_default
from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade
from netcore.zoo.catalogue import find_entry
from netcore.zoo.weights import build_architecture
from pages.shared.graph_svg import draw_svg

pytestmark = pytest.mark.benchmark

ROUNDS = 7
SPECS = {"MLP": get_preset("mlp").stack, "CNN": get_preset("cnn").stack, "residual CNN": ReadyMade("residual")}
NAMES = ("resnet18", "squeezenet1_0", "densenet121", "vit_b_16", "swin_v2_b")


def milliseconds(action, rounds):
    times = []
    for _ in rounds:
        start = time.perf_counter()
        action()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def networks():
    for name, spec in SPECS.items():
        yield name, lambda spec=spec: draw_graph(spec, 64), lambda spec=spec: draw_graph(spec, 64, training=True)
    for name in NAMES:
        entry = find_entry(name)
        shape = (3, entry.input_side, entry.input_side)

        def draw(*, training=False, entry=entry, shape=shape):
            return draw_graph(build_architecture(entry), 2, shape, training=training)

        yield name, draw, lambda draw=draw: draw(training=True)


def test_the_picture_of_a_network(repeat):
    rounds = repeat(ROUNDS)
    print()
    for name, draw, count in networks():
        graph = draw()
        begin, everything = open_by_default(graph), all_groups(graph)
        parts = [f"run {milliseconds(draw, rounds):.0f} ms", f"count {milliseconds(count, rounds):.0f} ms"]
        for words, opened in (("begin", begin), ("all", everything)):
            if is_readable(graph, opened):
                shown = count_shown(graph, opened)
                took = milliseconds(lambda graph=graph, opened=opened: draw_svg(graph, opened), rounds)
                parts.append(f"{words}: {shown} boxes in {took:.0f} ms")
        print(f"{name}: {', '.join(parts)}")
