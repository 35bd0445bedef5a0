"""How long it takes to look inside the presets: activations, one number, attribution, the ranking (pytest -s)."""

import statistics
from functools import partial

import pytest

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.model.inside.activations import activations
from netcore.model.inside.attribution import attribute
from netcore.model.inside.closeup import look_closely
from netcore.model.inside.ranking import rank_channels
from netcore.model.inside.surgery import measure_cut
from netcore.model.presets import list_presets
from tests.benchmarks.timing import milliseconds

pytestmark = pytest.mark.benchmark

ROUNDS = 10


def test_looking_inside_the_presets(repeat):
    given = {"images": pack(load_mnist("test").images[0]), "highest": 1, "mode": "eval", "seed": 0}
    print()
    for preset in list_presets():
        model = preset.stack.build(0).eval().requires_grad_(False)
        layer = next(name for name, module in model.named_children() if hasattr(module, "weight"))
        actions = {
            "all activations": partial(activations, model, **given),
            "one number": partial(look_closely, model, **given, step=int(layer), channel=0),
            "attribution": partial(attribute, model, **given, target=7),
            "accuracy on 1,000": partial(measure_cut, model, cuts=()),
        }
        times = {
            name: statistics.median(milliseconds(action) for _ in repeat(ROUNDS)) for name, action in actions.items()
        }
        times["ranking of the first layer"] = milliseconds(partial(rank_channels, model, layer=layer))
        print(f"{preset.name}: " + ", ".join(f"{name} {spent:.0f} ms" for name, spent in times.items()))
