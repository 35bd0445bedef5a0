"""The scripts beside the sheets of digits, run on their own, give the page's numbers."""

import ast
import subprocess
import sys

import pytest

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.data.neighbours import nearest
from netcore.export.browse import answers_source, neighbours_source
from netcore.model.presets import get_preset
from netcore.training.survey import survey


def run(source, folder):
    done = subprocess.run([sys.executable, "-c", source], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_answers_to_all_test_digits_are_those_of_the_page(folder_with_mnist):
    network, digits = get_preset("mlp").stack, load_mnist("test")
    found = survey(network.build(2), digits)
    wrong, unsure, loss = run(answers_source(network, seed=2, trained=False), folder_with_mnist)
    missed = [index for index, said in enumerate(found.predictions) if said != digits.labels[index]]
    assert wrong == f"wrong {len(missed)} {missed[:10]}"
    by_confidence = sorted(range(10_000), key=found.confidences.__getitem__)
    assert ast.literal_eval(unsure.removeprefix("unsure ")) == by_confidence[:10]
    by_loss = sorted(range(10_000), key=found.losses.__getitem__, reverse=True)
    assert ast.literal_eval(loss.removeprefix("loss ")) == by_loss[:10]


@pytest.mark.parametrize(("split", "without"), [("test", None), ("train", 5)])
def test_the_nearest_digits_are_those_of_the_page(folder_with_mnist, split, without):
    found = nearest(pack(load_mnist(split).images[5]), count=4, without=without)
    lines = [line.split() for line in run(neighbours_source(split=split, index=5, count=4), folder_with_mnist)]
    assert [(int(index), int(label)) for index, label, _ in lines] == [(one.index, one.label) for one in found]
    assert [float(distance) for *_, distance in lines] == pytest.approx([one.distance for one in found], rel=1e-5)
