"""What the samples page asks, beside the plain lines: all test digits, the nearest of 60,000 (pytest -s)."""

import statistics

import pytest
import torch

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.data.neighbours import nearest
from netcore.model.custom import confined
from netcore.model.forward import to_input
from netcore.model.presets import get_preset
from netcore.training.survey import Survey
from tests.benchmarks.timing import milliseconds

pytestmark = [pytest.mark.benchmark, pytest.mark.usefixtures("nursery")]

ROUNDS = 5


def in_turns(rounds, first, second):
    """The median time of each, in milliseconds."""
    times = [(milliseconds(first), milliseconds(second)) for _ in rounds]
    return [statistics.median(column) for column in zip(*times, strict=True)]


@pytest.mark.parametrize("name", ["mlp", "lenet5", "cnn"])
def test_all_test_digits_in_a_confined_process_beside_one_batch_here(repeat, name):
    stack, images = get_preset(name).stack, load_mnist("test").images
    model = stack.build(0).eval()

    def plain():
        with torch.inference_mode():
            model(to_input(images)).argmax(dim=1)

    def ask():
        confined.ask(Survey, "netcore.training.survey:survey_mnist", stack)

    ask()
    asked, bare = in_turns(repeat(ROUNDS), ask, plain)
    times = f"asked {asked:.0f} ms, as one batch here {bare:.0f} ms: {bare / asked:.1f} times as fast"
    print(f"\n{name}: 10,000 digits {times}")


def test_the_nearest_digits_beside_one_matrix_product_of_float_copies(repeat):
    digit, images = load_mnist("test").images[0], load_mnist("train").images.flatten(1)

    def plain():
        torch.cdist(digit.flatten().float()[None], images.float()).topk(10, largest=False)

    found, bare = in_turns(repeat(ROUNDS), lambda: nearest(pack(digit)), plain)
    times = f"{found:.0f} ms, with a float copy of all {bare:.0f} ms: {bare / found:.1f} times as fast"
    print(f"\nthe nearest of 60,000: {times}")
