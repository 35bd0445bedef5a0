"""A run on its page: its learning rate, wished for and drawn where it moved; its verdict and what is advised then."""

from dataclasses import fields, replace

import pytest

from netcore.data import mnist
from netcore.errors import DivergedError
from netcore.model.stack import Stack
from netcore.training.config import TrainingConfig
from netcore.training.history import MOST_RATES, EpochResult, History, write_history
from netcore.training.loop import train
from netcore.training.scheduler import scheduler
from netcore.training.status import RunStatus
from netcore.training.wish import read_wish, wish_learning_rate
from pages.shared import run_words
from pages.shared.charts import training
from pages.shared.workspace import Hand
from tests.ui.page_help import PATIENCE, button, labels

SMALL = Stack.parse("flatten, linear(784,16), relu, linear(16,10)")
OTHER = Stack.parse("flatten, linear(784,10)")
CONFIG = TrainingConfig(epochs=2, training_size=500, validation_size=500, seed=1, learning_rate=0.05, optimizer="SGD")


@pytest.fixture
def work(work):
    """A visitor's workspace, with another network in hand than the runs have."""
    work.take(Hand(OTHER))
    return work


def run_of(work, config, rates, status):
    """A run with made-up epochs at ``rates``, the first of them the best."""
    run = work.runs.create(SMALL, config)
    results = (EpochResult(n, 0.5, 0.8, 0.5 + n, 0.8, rate, 1.0, 1.0, n == 1) for n, rate in enumerate(rates, 1))
    write_history(run.folder, History(tuple(results)))
    run.write_status(status)
    return run


def said(app):
    return "\n".join(str(item.value) for item in [*app.markdown, *app.caption, *app.error]).replace("\\", "")


def charts(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def test_another_learning_rate_is_written_as_a_wish_while_the_run_trains(open_page, work):
    run = run_of(work, replace(CONFIG, epochs=9), [0.05], RunStatus("running", epoch=2, steps=8))
    with run.hold("run"):
        app = open_page("training", work.identity)
        wanted = app.text_input(key="training_rate_run-1")
        assert wanted.value == "0.05"
        wanted.set_value("0,02").run()
        assert read_wish(run.folder) is None
        button(app, "Use it from the next epoch on").click().run()
        assert not app.exception
        assert read_wish(run.folder) == 0.02
        assert "You asked for 0.02; the run began with 0.05." in said(app)
        app.text_input(key="training_rate_run-1").set_value("11").run()
        button(app, "Use it from the next epoch on").click().run()
        assert "The setting Learning rate is 11.0. Give it a number from 1e-08 to 10.0." in said(app)
        assert read_wish(run.folder) == 0.02


def test_a_run_that_goes_on_says_with_which_rate_and_another_can_be_wished_for_before(open_page, work):
    run = run_of(work, replace(CONFIG, epochs=9), [0.05, 0.05], RunStatus("stopped", epoch=2))
    train(SMALL.build(1), replace(CONFIG, epochs=1), mnist.load_mnist("test"), run.folder, network=SMALL)
    first = run.history().epochs[0]
    write_history(run.folder, History((first, replace(first, epoch=2, is_best=False))))
    app = open_page("training", work.identity)
    assert {"Resume at epoch 3", "Go back to the best, go on at epoch 2"} <= set(labels(app))
    assert "It goes on with learning rate" not in said(app)
    wish_learning_rate(run.folder, 0.02)
    app.run()
    assert "It goes on with learning rate 0.02, which you asked for; it began with 0.05." in said(app)
    app.text_input(key="training_rate_run-1").set_value("0.05").run()
    button(app, "Use it from the next epoch on").click().run()
    assert read_wish(run.folder) == 0.05
    assert "It goes on with learning rate" not in said(app)


def test_a_diverged_run_says_where_and_why_and_one_click_trains_it_with_settings_that_learn(open_page, work):
    run = work.runs.create(SMALL, replace(CONFIG, learning_rate=10.0, weight_decay=1.0))
    with pytest.raises(DivergedError) as diverged:
        train(SMALL.build(1), run.config, mnist.load_mnist("test"), run.folder, network=SMALL)
    run.write_status(RunStatus("running", epoch=1).ended("diverged", diverged.value))
    app = open_page("training", work.identity)
    assert "The loss became nan at step" in said(app)
    assert "Weight decay 1 at learning rate 10 takes 10 times every weight away from it at each step" in said(app)
    assert "learning rate 10, batch size 64, 500 training and 500 validation digits, seed 1, weight decay 1" in said(
        app
    )
    assert not any(label.startswith(("Resume", "Go back")) for label in labels(app))
    button(app, "Train again with learning rate 0.05, weight decay 0").click().run()
    assert not app.exception
    again = work.runs.get("run-2")
    assert again.config == replace(run.config, learning_rate=0.05, weight_decay=0.0, threads=again.config.threads)
    assert again.network == SMALL
    assert work.hand == Hand(SMALL, seed=1, run="run-2")
    assert app.selectbox(key="training_run").value == "run-2"
    assert scheduler().wait(again, PATIENCE)


def test_what_is_advised_goes_from_the_rate_that_was_wished_for_last(open_page, work):
    ended = RunStatus("running", epoch=2).ended("diverged", DivergedError("It diverged.", "Take less."))
    run = run_of(work, CONFIG, [0.05], ended)
    wish_learning_rate(run.folder, 0.1)
    app = open_page("training", work.identity)
    assert "Train again with learning rate 0.01, clip norm 1" in labels(app)


def test_a_run_that_ended_gets_a_verdict_and_settings_that_fit_it(open_page, work):
    slow = replace(CONFIG, learning_rate=1e-5)
    run = work.runs.create(SMALL, slow)
    results = [EpochResult(n, 2.3, 0.1, 2.3 - n / 100, 0.1, 1e-5, 1.0, 1.0, True) for n in (1, 2)]
    write_history(run.folder, History(tuple(results)))
    run.write_status(RunStatus("done", epoch=2))
    app = open_page("training", work.identity)
    assert "Done: 2 epochs." in said(app)
    assert "It guesses: 10.0 % of the validation digits right, where guessing gets about 10 %." in said(app)
    assert "Train again with learning rate 0.05" in labels(app)


def test_a_run_that_stopped_early_says_when_and_why_and_does_not_offer_to_resume(open_page, work):
    config = replace(CONFIG, epochs=30, patience=2)
    run = run_of(work, config, [0.05, 0.05, 0.05], RunStatus("done", epoch=3, steps=8))
    app = open_page("training", work.identity)
    assert "Stopped early after epoch 3: the loss was lowest at epoch 1, and 2 epochs brought nothing lower." in said(
        app
    )
    assert not any(label.startswith("Resume") for label in labels(app))
    assert "Train 5 more epochs" in labels(app)
    assert run.config.patience == 2


@pytest.mark.parametrize(("schedule", "can_go_on"), [("cosine", False), ("one_cycle", False), ("step", True)])
def test_no_epochs_are_added_to_a_schedule_that_was_laid_out_over_them(open_page, work, schedule, can_go_on):
    run_of(work, replace(CONFIG, schedule=schedule), [0.05, 0.01], RunStatus("done", epoch=2, steps=8))
    app = open_page("training", work.identity)
    more = button(app, "Train 5 more epochs")
    assert more.disabled is not can_go_on
    assert ("laid out over the epochs of the run" in more.help) is not can_go_on
    change = next(item for item in app.get("popover") if item.proto.popover.label == "Change the learning rate")
    assert change.proto.popover.disabled is not can_go_on


def test_the_learning_rate_is_drawn_only_where_it_moved(open_page, work):
    run_of(work, CONFIG, [0.05, 0.05], RunStatus("done", epoch=2))
    assert not any("learning rate" in alt for alt in charts(open_page("training", work.identity)))
    run_of(work, CONFIG, [0.05, 0.01], RunStatus("done", epoch=2))
    assert charts(open_page("training", work.identity))[-1] == (
        "Line chart of the learning rate over the steps of the run. "
        "The learning rate went from 0.05 to 0.01 by epoch 2."
    )


def test_the_learning_rate_is_drawn_step_by_step():
    falls = EpochResult(1, 1.0, 0.5, 1.0, 0.5, 0.1, 1.0, 1.0, False)
    moves = replace(falls, epoch=2, learning_rate=0.2, learning_rates=(0.2, 0.8, 0.3))
    words = dict.fromkeys(("title", "epoch", "value"), "x")
    figure = training.rates(History((falls, moves)), end=4, is_logarithmic=True, words=words)
    assert (figure.data[0].x, figure.data[0].y) == ((0, 1, 1, 1.5, 2), (0.1, 0.1, 0.2, 0.8, 0.3))
    assert (figure.layout.yaxis.type, tuple(figure.layout.xaxis.range)) == ("log", (0, 4))


def test_a_curve_of_the_learning_rate_has_at_most_two_hundred_points():
    rates = tuple(0.1 + step / 100 for step in range(MOST_RATES))
    epochs = [EpochResult(n, 1.0, 0.5, 1.0, 0.5, 0.1, 1.0, 1.0, False, "", rates) for n in range(1, 101)]
    words = dict.fromkeys(("title", "epoch", "value"), "x")
    figure = training.rates(History(tuple(epochs)), end=100, is_logarithmic=False, words=words)
    assert len(figure.data[0].x) == 200
    assert (figure.data[0].x[0], figure.data[0].x[-1]) == (0, 100)


def test_a_run_is_described_by_the_settings_that_do_something():
    plain = run_words.describe(TrainingConfig())
    assert plain == "5 epochs, learning rate 0.001, batch size 64, 50,000 training and 10,000 validation digits, seed 0"
    config = TrainingConfig(schedule="step", patience=3, max_norm=1.0, shift=2, rotation=7.5, label_noise=0.4)
    assert run_words.describe(config).removeprefix(plain) == (
        ", times 0.1 every 2 epochs, stops after 3 epochs without progress, gradients clipped to 1, "
        "shifted by up to 2 pixels, turned by up to 7.5 degrees, 40.0 % wrong labels"
    )


OTHER_SETTINGS = {
    "epochs": 6, "batch_size": 32, "optimizer": "AdamW", "learning_rate": 0.002, "momentum": 0.5, "weight_decay": 0.1,
    "training_size": 100, "validation_size": 100, "seed": 3, "threads": 2, "schedule": "cosine", "schedule_epochs": 4,
    "schedule_factor": 0.5, "patience": 4, "max_norm": 2.0, "shift": 1, "rotation": 4.0, "label_noise": 0.2,
    "precision": "bfloat16", "frozen": ("0.weight",),
}  # fmt: skip


@pytest.mark.parametrize("name", [field.name for field in fields(TrainingConfig)])
def test_every_setting_that_is_not_the_default_is_told(name):
    base = TrainingConfig(optimizer="SGD", schedule="step")
    other = replace(base, **{name: OTHER_SETTINGS[name]})
    assert (other.optimizer, run_words.describe(other)) != (base.optimizer, run_words.describe(base))
