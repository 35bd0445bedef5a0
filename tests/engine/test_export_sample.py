"""The script that the samples page shows, run on its own, gives the page's numbers."""

import ast
import subprocess
import sys

import pytest

from netcore.data.mnist import load_mnist
from netcore.export.sample import sample_source
from netcore.model.forward import forward_digits
from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade
from netcore.model.softmax import softmax_steps
from netcore.model.trace import trace


def run(source, folder):
    """What the script prints: the words of each line by its first one, each time that it comes."""
    done = subprocess.run([sys.executable, "-c", source], cwd=folder, capture_output=True, text=True, check=True)
    printed = {}
    for line in done.stdout.splitlines():
        name, words = line.split(" ", 1)
        printed.setdefault(name, []).append(words)
    return printed


def numbers(printed, name):
    return ast.literal_eval(printed[name][0])


@pytest.mark.parametrize(
    ("network", "mode", "count"),
    [
        (get_preset("mlp").stack, "eval", 1),
        (get_preset("mlp_dropout").stack, "train", 1),
        (ReadyMade("residual"), "eval", 1),
        (get_preset("cnn").stack, "eval", 3),
    ],
    ids=["stack", "stack in training mode", "class", "batch"],
)
def test_script_prints_every_number_of_the_walk_that_the_page_shows(folder_with_mnist, network, mode, count):
    source = sample_source(network, seed=3, split="test", index=7, mode=mode, count=count)
    printed = run(source, folder_with_mnist)
    digits = load_mnist("test")
    shown = forward_digits(network.build(3).eval(), digits.images[7 : 7 + count], mode=mode, seed=3)
    steps = [softmax_steps(row) for row in shown.logits]
    assert printed["image"] == [f"[1, 28, 28] batch [{count}, 1, 28, 28]"]
    for place, row in enumerate(steps):
        for name in ("logits", "shifted", "exponentials", "probabilities"):
            assert numbers(printed, name)[place] == pytest.approx(getattr(row, name), abs=1e-5)
    assert tuple(numbers(printed, "prediction")) == shown.predictions
    losses = [row.loss(int(label)) for row, label in zip(steps, digits.labels[7:], strict=False)]
    assert numbers(printed, "loss") == pytest.approx(sum(losses) / count, abs=1e-5)


def test_script_prints_the_shape_of_every_layer_as_the_page_shows_it(folder_with_mnist):
    network = get_preset("lenet5").stack
    printed = run(sample_source(network, seed=0, split="train", index=1), folder_with_mnist)
    shapes = [shape for name, values in printed.items() if name[0].isupper() for shape in values]
    assert sorted(shapes) == sorted(str(layer.output_shape) for layer in trace(network, 1).layers)


def test_trained_weights_come_from_the_checkpoint_beside_the_script():
    source = sample_source(get_preset("mlp").stack, seed=0, split="train", index=0, trained=True)
    assert 'torch.load("checkpoint_best.pth", weights_only=True)' in source
    assert "train=True" in source
    compile(source, "script", "exec")
