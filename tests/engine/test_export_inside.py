"""The scripts that look inside a network, run on their own, give the page's numbers."""

import ast
import subprocess
import sys

import pytest

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.export.inside import activations_source, surgery_source
from netcore.model.inside.activations import activations
from netcore.model.inside.surgery import Cut, forward_cut, measure_cut
from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade

PLACE = {"seed": 3, "split": "test", "index": 7}
IMAGE = pack(load_mnist("test").images[7])


def run(source, folder):
    return subprocess.run(
        [sys.executable, "-c", source], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.splitlines()


@pytest.mark.parametrize(
    ("network", "mode"),
    [(get_preset("mlp_dropout").stack, "train"), (ReadyMade("residual"), "eval")],
    ids=["stack in training mode", "class"],
)
def test_script_prints_what_every_layer_gives(folder_with_mnist, network, mode):
    lines = run(activations_source(network, **PLACE, mode=mode), folder_with_mnist)
    told = activations(network.build(3).eval(), images=IMAGE, highest=1, mode=mode, seed=3, count=100)
    assert len(lines) == told.total
    for line, layer in zip(lines, told.layers, strict=True):
        name, kind, rest = line.split(" ", 2)
        shape, numbers = rest.split("] ", 1)
        assert (name, kind) == (layer.name, layer.kind)
        assert ast.literal_eval(f"{shape}]") == list(layer.output_shape)
        spread = layer.spread
        expected = [spread.minimum, spread.maximum, spread.mean]
        assert [float(number) for number in numbers.split()] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("network", "cuts", "mode"),
    [
        (get_preset("cnn").stack, (Cut("4", 3, 0.0), Cut("0", 1, 1.5)), "eval"),
        (get_preset("mlp_dropout").stack, (Cut("1", 3, 0.0),), "train"),
    ],
    ids=["eval", "train"],
)
def test_script_prints_answers_and_accuracies_before_and_after(folder_with_mnist, network, cuts, mode):
    lines = [
        ast.literal_eval(line) for line in run(surgery_source(network, cuts, **PLACE, mode=mode), folder_with_mnist)
    ]
    model = network.build(3).eval()
    for (logits, accuracy), made in zip((lines[:2], lines[2:]), ((), cuts), strict=True):
        shown = forward_cut(model, images=IMAGE, mode=mode, seed=3, cuts=made)
        assert logits[0] == pytest.approx(shown.logits[0], abs=1e-4)
        assert accuracy == pytest.approx(measure_cut(model, cuts=made), abs=0.0011)
