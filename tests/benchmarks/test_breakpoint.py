"""How long a run line by line takes: alone, in a confined process, and one tensor of it closely (pytest -s)."""

import statistics

import pytest

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.model.custom import confined
from netcore.model.presets import list_presets
from netcore.model.ready_made import list_ready_made
from netcore.model.stepping.asking import record_stops
from netcore.model.stepping.closeup import Closeup
from netcore.model.stepping.stops import Recording
from tests.benchmarks.timing import milliseconds

pytestmark = [pytest.mark.benchmark, pytest.mark.usefixtures("nursery")]

ROUNDS = 10
GIVEN = {"images": pack(load_mnist("test").images[:1]), "mode": "eval", "seed": 0}
NETWORKS = [
    *((preset.title, preset.stack) for preset in list_presets()),
    *((one.title, one) for one in list_ready_made()),
]


def test_every_preset_stopped_at_its_lines(repeat):
    def ask(answer, question, network, **more):
        return confined.ask(answer, f"netcore.model.stepping.asking:{question}", network, **GIVEN, **more)

    ask(Recording, "record_stops", NETWORKS[0][1])  # loads torch
    print()
    for title, network in NETWORKS:
        times = {"alone": [], "asked": [], "closely": []}
        for _ in repeat(ROUNDS):  # in turns, so that whatever else the machine does slows all of them
            model = network.build(0)
            times["alone"].append(milliseconds(lambda: record_stops(model, network=network, **GIVEN)))  # noqa: B023
            times["asked"].append(milliseconds(lambda: ask(Recording, "record_stops", network)))  # noqa: B023
            look = {"place": 1, "name": "x", "image": 0}
            times["closely"].append(milliseconds(lambda: ask(Closeup, "look_at_tensor", network, **look)))  # noqa: B023
        alone, asked, closely = (statistics.median(values) for values in times.values())
        print(f"{title}: every stop {alone:.0f} ms alone, {asked:.0f} ms confined; a tensor closely {closely:.0f} ms")
