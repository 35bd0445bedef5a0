"""How long the model page's views of weights and modes take for the presets (pytest -s)."""

import statistics
from functools import partial

import pytest

from netcore.model.inside.parameters import picture_parameter
from netcore.model.parameters import describe_parameters
from netcore.model.presets import list_presets
from netcore.model.questions import compare_modes_mnist
from tests.benchmarks.timing import milliseconds

pytestmark = pytest.mark.benchmark

ROUNDS = 10


def test_weights_and_modes_of_the_presets(repeat):
    print()
    for preset in list_presets():
        model = preset.stack.build(0)
        actions = {
            "every tensor described": partial(describe_parameters, model),
            "the first one as pictures": partial(
                picture_parameter, model, name=next(name for name, _ in model.named_parameters()), first=0
            ),
            "50 passes of 4 digits in each mode": partial(compare_modes_mnist, model, count=4, passes=50, seed=0),
        }
        times = {
            name: statistics.median(milliseconds(action) for _ in repeat(ROUNDS)) for name, action in actions.items()
        }
        listed = ", ".join(f"{name} {spent:.0f} ms" for name, spent in times.items())
        print(f"{preset.name}: {listed} (target: at most 150 ms each)")
