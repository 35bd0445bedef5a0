"""The samples page as a visitor uses it."""

import pytest

from netcore.data.mnist import load_mnist
from netcore.model.presets import get_preset
from netcore.model.stack import Stack
from netcore.settings import Settings
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from pages.shared.sample import COUNTS
from pages.shared.workspace import Hand, Workspace
from tests.ui.page_help import button


def test_next_previous_and_random_stay_with_the_chosen_digit(open_page):
    app = open_page("samples")
    app.selectbox(key="samples_label").set_value(3).run()
    labels = load_mnist("test").labels
    seen = []
    for word in ("Next", "Next", "Previous", "Random image", "Random image"):
        next(button for button in app.button if button.label == word).click().run()
        assert not app.exception
        seen.append(app.session_state["samples_index"])
    assert all(labels[index] == 3 for index in seen)
    assert seen[0] == seen[2] < seen[1]
    assert seen[3] != seen[4]


@pytest.mark.parametrize("index", [-1, 10_000, 10**12])
def test_an_index_out_of_range_in_the_address_is_no_error(open_page, index):
    app = open_page("samples")
    app.session_state["samples_index"] = index
    app.run()
    assert not app.exception
    assert not app.error


def test_changing_to_the_smaller_part_keeps_the_index_in_it(open_page):
    app = open_page("samples")
    app.get_by_key("samples_split").set_value("train").run()
    app.number_input(key="samples_index").set_value(59_999).run()
    app.get_by_key("samples_split").set_value("test").run()
    assert not app.exception
    assert app.session_state["samples_index"] == 9_999


def test_the_numbers_of_images_are_the_real_ones():
    for split, count in COUNTS.items():
        assert len(load_mnist(split)) == count


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        ("flatten, linear(100, 10)", "784"),
        ("flatten, linear(784, 64)", "64"),
        ("conv2d(1, 4, 3)", "linear(2704, 10)"),
        ("flatten, linear(784, 10), batchnorm1d(3)", "batchnorm1d"),
    ],
)
def test_a_network_that_does_not_fit_says_why_and_the_page_goes_on(open_page, stack, words):
    app = open_page("samples")
    identity = app.session_state["w"]
    work = Workspace(identity, Settings.from_environment().workspaces / identity)
    work.take(Hand(Stack.parse(stack)))
    app.run()
    assert not app.exception
    assert words in app.error[0].value.replace("\\", "").lower()
    assert app.button
    work.take(Hand(Stack.parse("flatten, linear(784, 10)")))
    app.run()
    assert not app.error


def test_one_image_through_batchnorm_in_training_mode_is_explained(open_page):
    app = open_page("samples")
    identity = app.session_state["w"]
    work = Workspace(identity, Settings.from_environment().workspaces / identity)
    work.take(Hand(Stack.parse("flatten, batchnorm1d(784), linear(784, 10)"), mode="train"))
    app.run()
    assert not app.exception
    assert "BatchNorm" in app.error[0].value


def test_a_damaged_best_checkpoint_is_said_and_the_one_before_it_is_used(open_page, tmp_path):
    app = open_page("samples")
    identity = app.session_state["w"]
    work = Workspace(identity, Settings.from_environment().workspaces / identity)
    stack = Stack.parse("flatten, linear(784, 10)")
    config = TrainingConfig(epochs=2, training_size=200, validation_size=50)
    run = work.runs.create(stack, config)
    train(stack.build(0), config, load_mnist("train"), run.folder, network=stack)
    work.take(Hand(stack, run=run.identity))
    app.run()
    assert not app.warning
    damaged = bytearray(run.best_path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    run.best_path.write_bytes(damaged)
    app.run()
    assert not app.error
    assert "of epoch 1" in app.warning[0].value


def test_in_training_mode_the_page_warns_and_switches_back(open_page, work):
    work.take(Hand(get_preset("mlp_dropout").stack, mode="train"))
    app = open_page("samples", work.identity)
    assert any("answers in `train()`" in warning.value for warning in app.warning)
    button(app, "Switch to eval()").click().run()
    assert work.hand.mode == "eval"
    assert ["This network is untrained" in warning.value for warning in app.warning] == [True]
