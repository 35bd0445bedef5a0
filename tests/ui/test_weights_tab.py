"""Weights on the Model page: frozen, taken away, brought back."""

import pytest
import safetensors.torch
import torch

from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack
from netcore.training.checkpoints import read_checkpoint
from netcore.training.scheduler import Scheduler
from pages.shared import engine
from pages.shared.workspace import Hand
from tests.engine.outside_files import check_here
from tests.ui.page_help import button

SMALL = Stack.parse("flatten, linear(784,16), relu, linear(16,10)")


@pytest.fixture(autouse=True)
def near(monkeypatch):
    """Files are checked in this process, which has torch already."""
    yield from check_here(monkeypatch)


@pytest.fixture
def weights(open_page, work):
    """The Weights tab with SMALL in hand."""
    work.take(Hand(SMALL, seed=3))
    app = open_page("model", work.identity)
    app.session_state["model_tab"] = "Weights"
    return app.run()


def kinds(app):
    return app.table[1].value.iloc[:, 3].tolist()


def upload(app, name, data):
    app.file_uploader(key="model_weights_files_0").upload(name, data)
    app.run()
    button(app, "Check and load").click().run()
    assert not app.exception


def test_a_parameter_is_frozen_counted_and_learns_again(weights, work):
    assert any("12,730 of 12,730 numbers learn, 0 are frozen" in caption.value for caption in weights.caption)
    weights.multiselect(key="model_frozen").set_value(["1.weight"]).run()
    assert work.hand.frozen == ("1.weight",)
    assert kinds(weights) == ["parameter, frozen", "parameter", "parameter", "parameter"]
    assert any("186 of 12,730 numbers learn, 12,544 are frozen" in caption.value for caption in weights.caption)
    weights.multiselect(key="model_frozen").set_value([]).run()
    assert work.hand.frozen == ()
    assert kinds(weights) == ["parameter"] * 4


def test_what_is_frozen_goes_into_the_next_training_and_not_into_another_network(weights, work, open_page, monkeypatch):
    monkeypatch.setattr(Scheduler, "start", lambda scheduler, run, start_from="last": None)
    weights.multiselect(key="model_frozen").set_value(["1.weight", "1.bias"]).run()
    training = open_page("training", work.identity)
    assert any("Frozen parameters: 2" in caption.value for caption in training.caption)
    button(training, "Train 5 epochs").click().run()
    assert work.runs.list()[0].config.frozen == ("1.weight", "1.bias")
    assert work.hand.with_spec(get_preset("cnn").stack).frozen is None


@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_the_weights_that_were_taken_away_can_be_brought_back(weights, work, kind):
    data = engine.weights_file(engine.network(work), kind)
    work.take(Hand(SMALL, seed=9))
    upload(weights.run(), f"state_dict.{kind}", data)
    assert not weights.error
    assert weights.success[0].value.replace("\\", "") == f"All 4 tensors from state_dict.{kind}."
    restored = read_checkpoint(work.run_in_hand.best_path).model_state
    assert all(torch.equal(restored[name], tensor) for name, tensor in SMALL.build(3).state_dict().items())


def test_weights_of_another_network_are_refused_with_all_that_differs_and_nothing_changes(weights, work):
    before = work.hand
    other = Stack.parse("flatten, linear(784,8), relu, linear(8,8), relu, linear(8,10)")
    upload(weights, "other.safetensors", safetensors.torch.save(other.build(0).state_dict()))
    said = weights.error[0].value.replace("\\", "")
    assert said.startswith("**other.safetensors**: 6 tensors of the checkpoint do not fit this network.")
    assert "Not in this network: 5.bias, 5.weight." in said
    assert "1.weight [8, 784] for [16, 784]" in said
    assert work.hand == before
    assert work.runs.list() == ()


def test_a_network_that_is_frozen_by_its_class_shows_it(open_page, work):
    work.take(Hand(ReadyMade("frozen")))
    app = open_page("model", work.identity)
    app.session_state["model_tab"] = "Weights"
    app.run()
    assert "parameter, frozen" in kinds(app)
    still = [name for name, value in ReadyMade("frozen").build(0).named_parameters() if not value.requires_grad]
    assert app.multiselect(key="model_frozen").value == still != []
