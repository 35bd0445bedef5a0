"""What the runs of a network have come to, said on every page, and their weights one click away."""

from dataclasses import replace

import pytest

from netcore.data.mnist import load_mnist
from netcore.model.presets import get_preset
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from netcore.training.status import RunStatus
from pages.shared.workspace import Hand
from tests.engine.training_help import SMALL
from tests.ui.page_help import button, labels

CONFIG = TrainingConfig(epochs=2, training_size=200, validation_size=50)


@pytest.fixture
def trained_run(work):
    """A run of SMALL with a best checkpoint; SMALL is in hand, untrained."""
    run = work.runs.create(SMALL, CONFIG)
    train(SMALL.build(0), CONFIG, load_mnist("train"), run.folder, network=SMALL)
    run.write_status(RunStatus(state="done", epoch=2))
    return run


def sidebar(app):
    return [item.value for kind in (app.sidebar.caption, app.sidebar.markdown) for item in kind]


def test_an_untrained_network_says_so_beside_its_answer_and_offers_the_weights_of_its_run(open_page, work, trained_run):
    app = open_page("samples", work.identity)
    assert any("This network is untrained" in item.value for item in app.warning)
    offers = [label for label in labels(app) if label.startswith("Use the weights of run 1, ")]
    assert len(offers) == 1
    app.get_by_key("samples_use_weights").click().run()
    assert work.hand.run == trained_run.identity
    assert not app.warning
    assert not any(label.startswith("Use the weights") for label in labels(app))


def test_the_sidebar_offers_the_weights_of_a_run_too(open_page, work, trained_run):
    app = open_page("home", work.identity)
    assert app.get_by_key("hand_use_weights").label.startswith("Use the weights of run 1, ")


def test_a_preset_without_a_run_of_its_own_offers_none_and_the_way_to_train_it(open_page, work, trained_run):
    work.take(Hand(get_preset("mlp").stack))
    app = open_page("samples", work.identity)
    assert not any(label.startswith("Use the weights") for label in labels(app))
    assert not button(app, "Train it: 7 epochs").disabled


def test_while_a_run_of_this_network_trains_the_sidebar_says_so(open_page, work):
    run = work.runs.create(SMALL, replace(CONFIG, epochs=5))
    run.write_status(RunStatus(state="running", epoch=2, step=1, steps=3))
    with run.hold("run"):
        app = open_page("home", work.identity)
        assert "Training: run 1, epoch 2 of 5" in sidebar(app)
        assert not any("Untrained" in words for words in sidebar(app))
        work.take(Hand(get_preset("mlp").stack))
        app.run()
        assert not any(words.startswith("Training: ") for words in sidebar(app))


def test_a_run_that_ended_without_a_checkpoint_is_not_said_to_be_under_way(open_page, work):
    run = work.runs.create(SMALL, CONFIG)
    run.write_status(RunStatus(state="stopped"))
    work.take(Hand(SMALL, run=run.identity))
    app = open_page("home", work.identity)
    assert "Untrained: run 1 ended without a best checkpoint" in sidebar(app)


def test_on_the_zoo_the_sidebar_holds_the_zoos_network(open_page, work):
    app = open_page("zoo", work.identity)
    words = sidebar(app)
    assert "Pretrained network" in words and "Current network" not in words
    assert any("EfficientNet" in line or "efficientnet" in line for line in words)
