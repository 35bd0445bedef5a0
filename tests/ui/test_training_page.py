"""The training page as a visitor uses it, with trainings that are really run."""

import contextlib
import json
import math
import os
import signal
from dataclasses import replace

import pytest

from netcore.data import mnist
from netcore.errors import CheckpointError, RunError
from netcore.files import previous_path
from netcore.model.stack import Stack
from netcore.training import turn as turn_module
from netcore.training.checkpoints import read_checkpoint, write_checkpoint
from netcore.training.config import TrainingConfig
from netcore.training.history import EpochResult, History, write_history
from netcore.training.loop import train
from netcore.training.scheduler import Scheduler, scheduler
from netcore.training.status import RunStatus
from netcore.worker.protocol import error_to_message
from pages.shared import trainings
from pages.shared.charts import look, training
from pages.shared.workspace import Hand, Workspace
from tests.engine.scheduler_help import wait_until
from tests.ui.page_help import PATIENCE, button, labels

SMALL = Stack.parse("flatten, linear(784,16), relu, linear(16,10)")
CONFIG = TrainingConfig(epochs=2, training_size=500, validation_size=500, seed=1)


@pytest.fixture
def done(work):
    """A run of two epochs that is over."""
    run = work.runs.create(SMALL, CONFIG)
    digits = mnist.load_mnist("test")
    train(SMALL.build(1), CONFIG, digits, run.folder, network=SMALL)
    run.write_status(RunStatus("done", epoch=2, step=8, steps=8, test_accuracy=0.8125))
    return run


def charts(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def stars(app):
    """The epochs that are starred in each chart of the curves."""
    drawn = [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")][:2]
    return [
        [x for trace in data if trace.get("marker", {}).get("symbol") == "star" for x in trace["x"]] for data in drawn
    ]


def field(app, key):
    """The field for a number under ``key``: whole ones have steps, decimals are typed."""
    return next(item for item in [*app.number_input, *app.text_input] if item.key == key)


def everything(app):
    return "\n".join(
        str(item.value) for item in [*app.markdown, *app.caption, *app.error, *app.warning, *app.subheader]
    )


def test_a_new_visitor_is_told_what_to_press(open_page):
    app = open_page("training")
    assert "Nothing is trained yet" in everything(app)
    assert "You train **Course MLP**" in everything(app)
    assert "Train 5 epochs" in labels(app)


@contextlib.contextmanager
def hung(monkeypatch, run):
    """Its worker hears nothing during the body, and nobody ends it."""
    monkeypatch.setattr(turn_module, "SECONDS_TO_STOP", 60.0)
    pid = next(job.turn.pid for job in scheduler()._training if job.run.folder == run.folder)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def progress(app):
    return "\n".join(item.proto.text for item in app.get("progress"))


def test_starting_a_run_shows_it_and_stopping_is_seen_in_every_tab_and_keeps_it(open_page, work, monkeypatch):
    app = open_page("training", work.identity)
    app.number_input(key="training_form_1_epochs").set_value(200).run()
    button(app, "Train 200 epochs").click().run()
    assert not app.exception
    run = work.runs.get("run-1")
    assert run.status().is_active
    assert "Stop" in labels(app)
    assert button(app, "Train 200 epochs").disabled
    assert "Run 1 is training. A new run can start when it is over" in everything(app)

    app = open_page("training", work.identity)  # a reload finds it
    wait_until(lambda: run.status().step > 0)
    other = open_page("training", work.identity)
    with hung(monkeypatch, run):
        button(app, "Stop").click().run()
        button(other, "Pause").click().run()
        for tab in (app, other, open_page("training", work.identity)):
            assert not tab.exception
            assert "Stopping: the batch it is at comes to its end." in progress(tab)
            assert button(tab, "Stop").disabled
            assert button(tab, "Pause").disabled
            assert run.status().state == "running"
    assert scheduler().wait(run, PATIENCE)
    app.run()
    assert "Stopped" in everything(app)
    assert not button(app, "Train 200 epochs").disabled


def test_what_cannot_learn_as_it_is_is_said_before_it_is_trained(open_page, work):
    work.take(Hand(Stack.parse("flatten, linear(784,10), sigmoid")))
    app = open_page("training", work.identity)
    (warning,) = [item.value for item in app.warning if "stands on the logits" in item.value]
    assert "the loss never falls below 1.46" in warning
    assert not button(app, "Train 5 epochs").disabled


def test_a_run_in_the_queue_is_stopped_at_once(open_page, work, monkeypatch):
    monkeypatch.setattr(scheduler(), "_workers", 0)
    app = open_page("training", work.identity)
    button(app, "Train 5 epochs").click().run()
    assert "Number 1 in the queue. It starts by itself." in progress(app)
    other = open_page("training", work.identity)
    for tab in (app, other):
        button(tab, "Stop").click().run()
        assert not tab.exception
        assert "Stopped before the first epoch was over." in everything(tab)
        assert "Start" in labels(tab)
    assert scheduler().place(work.runs.get("run-1")) is None


def test_a_finished_run_shows_its_best_checkpoint_and_goes_on(open_page, work, done):
    app = open_page("training", work.identity)
    best = done.history().best
    assert [item.label for item in app.metric] == [
        "Best epoch", "Validation loss", "Validation accuracy", "Test accuracy"
    ]  # fmt: skip
    assert app.metric[3].value == "81.2 %"
    assert f"**Epoch {best.epoch}**, validation loss **{best.validation_loss:.4g}**" in everything(app)
    assert f"goes on at epoch {best.epoch + 1}" in everything(app)
    button(app, "Train 5 more epochs").click().run()
    assert not app.exception
    run = work.runs.get("run-1")
    assert run.config.epochs == 7
    assert scheduler().wait(run, PATIENCE)
    assert [result.epoch for result in run.history().epochs] == list(range(1, 8))
    app.run()
    assert "Done: 7 epochs." in everything(app)


def test_more_epochs_that_are_refused_leave_the_run_as_it_was(open_page, work, done):
    app = open_page("training", work.identity)
    other = work.runs.create(SMALL, CONFIG)
    with other.hold("run"):
        other.write_status(RunStatus("running"))
        button(app, "Train 5 more epochs").click().run()
        assert "run 2 is training already. Watch it, or stop it first." in app.error[0].value.replace("\\", "")
        assert work.runs.get(done.identity) == done


def test_a_stopped_run_names_the_epoch_at_which_it_would_go_on(open_page, work, done):
    done.with_config(replace(done.config, epochs=9))
    done.write_status(RunStatus("stopped", epoch=2))
    app = open_page("training", work.identity)
    assert "Stopped after epoch 2 of 9. Nothing is lost." in everything(app)
    assert "Resume at epoch 3" in labels(app)


def test_where_the_disk_had_no_room_a_run_names_the_epoch_that_is_on_it(open_page, work, done):
    full = f"{done.last_path.name}: No space left on device"
    epochs = done.history().epochs
    unsaved = tuple(replace(epochs[1], epoch=number, is_best=False, save_problem=full) for number in (3, 4))
    write_history(done.folder, History((*epochs, *unsaved)))
    done.with_config(replace(done.config, epochs=9))
    done.write_status(RunStatus("stopped", epoch=4))
    app = open_page("training", work.identity)
    assert "Resume at epoch 3" in labels(app)
    words = everything(app).replace("\\", "")
    assert "Stopped after epoch 4 of 9." in words
    assert "Nothing is lost" not in words
    assert f"The last save did not work ({full}). Free some space; the run then goes on at epoch 3" in words
    write_history(done.folder, History(tuple(replace(item, save_problem=full) for item in epochs)))
    app.run()
    assert "Start" in labels(app)


STARTS = {
    "new": lambda work: trainings.start(work, CONFIG),
    "first": trainings.start_first,
    "resumed": lambda work: trainings.resume(work, work.runs.get("run-1")),
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_start_during_which_the_disk_refuses_the_network_in_hand_leaves_nothing(work, done, monkeypatch, start):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    done.with_config(replace(done.config, epochs=9))
    before = work.hand, work.runs.list(), done.status()
    monkeypatch.setattr(Workspace, "take", refuse)
    with pytest.raises(OSError, match="No space left"):
        start(work)
    assert (work.hand, work.runs.list(), done.status()) == before
    assert not scheduler()._training


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_start_that_is_refused_leaves_the_network_in_hand(work, done, start):
    other = work.runs.create(SMALL, CONFIG)
    with other.hold("run"):
        other.write_status(RunStatus("running"))
        before = work.hand, work.runs.list(), done.status()
        with pytest.raises(RunError, match="run 2 is training already"):
            start(work)
        assert (work.hand, work.runs.list(), done.status()) == before


def test_an_interrupted_run_says_so(open_page, work, done):
    done.write_status(RunStatus("running", epoch=3))
    app = open_page("training", work.identity)
    assert "Interrupted after epoch 2 of 2" in everything(app)


def test_deleting_the_best_checkpoint_leaves_the_curves(open_page, work, done):
    app = open_page("training", work.identity)
    button(app, "Delete the checkpoint").click().run()
    assert not done.best_path.exists()
    assert "it was deleted. The next epoch of this run writes a new one" in everything(app)
    assert len(done.history().epochs) == 2


def test_deleting_the_run_leaves_an_empty_page(open_page, work, done):
    app = open_page("training", work.identity)
    button(app, "Delete run 1").click().run()
    assert work.runs.list() == ()
    assert "Nothing is trained yet" in everything(app)


def test_what_is_in_the_file_is_shown_on_demand(open_page, work, done):
    app = open_page("training", work.identity)
    assert not app.table
    app.session_state["card_inside"] = True
    app.run()
    assert [cell.strip("`") for cell in app.table[0].value["key"]] == [
        "epoch", "best_loss", "model_state", "optim_state", "meta"
    ]  # fmt: skip
    assert list(app.table[1].value["shape"]) == ["`[16, 784]`", "`[16]`", "`[10, 16]`", "`[10]`"]


def test_a_damaged_checkpoint_is_a_sentence(open_page, work, done):
    done.best_path.write_bytes(done.best_path.read_bytes()[:-100])
    app = open_page("training", work.identity)
    words = app.error[0].value.replace("\\", "")
    assert "checkpoint_best.pth is damaged: its bytes are not the ones written. Delete it and train again" in words
    before = read_checkpoint(done.best_path)
    card = f"**Epoch {before.epoch}**, validation loss **{before.best_loss:.4g}**"
    assert f"So this is the file before it, of epoch {before.epoch}" in everything(app)
    assert card in everything(app)
    assert app.metric[0].value == str(before.epoch)
    assert "Test accuracy" not in [item.label for item in app.metric]

    previous_path(done.best_path).write_bytes(b"")
    done.best_path.write_bytes(b"")
    app.run()
    assert ["is damaged" in item.value for item in app.error] == [True]
    assert "**Epoch" not in everything(app)
    assert not app.metric
    button(app, "Delete the checkpoint").click().run()
    assert not app.exception
    assert not done.best_path.exists()


def test_after_the_best_was_deleted_a_worse_epoch_is_not_called_the_lowest(open_page, work, done):
    done.delete_best()
    first = History(tuple(replace(item, validation_loss=0.01) for item in done.history().epochs))
    write_history(done.folder, first)
    app = open_page("training", work.identity)
    assert not app.metric
    assert stars(app) == [[], []]

    write_checkpoint(done.best_path, replace(read_checkpoint(done.last_path), epoch=3, best_loss=0.5))
    worse = replace(first.epochs[0], epoch=3, validation_loss=0.5, validation_accuracy=0.75, is_best=True)
    write_history(done.folder, first.add(worse))
    app.run()
    assert charts(app)[:2] == [
        "Line chart of training and validation loss over 3 epochs. "
        "Loss was lowest at epoch 1; the checkpoint is of epoch 3.",
        "Line chart of training and validation accuracy over 3 epochs. "
        "75.0 % of the validation digits right at epoch 3.",
    ]
    assert stars(app) == [[3], [3]]
    assert "**Epoch 3**, validation loss **0.5**, accuracy **75.0 %**" in everything(app)
    assert (
        "The loss was lower at epoch 1 (0.01), but those weights are no longer on the disk. "
        "This file is the best since epoch 3."
    ) in everything(app)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("training_form_1_epochs", 0, "The setting Epochs is 0. Give it a whole number from 1 to 200."),
        ("training_form_1_batch_size", -1, "The setting Batch size is -1."),
        ("training_form_1_learning_rate_Adam", "100", "The setting Learning rate is 100.0."),
        ("training_form_1_learning_rate_Adam", "fast", "The setting Learning rate is fast. Give it a number from"),
        ("training_form_1_max_norm", "2000", "The setting Clip norm is 2000.0. Give it a number from 0.0 to 1000.0."),
        ("training_form_1_seed", 2**40, "The setting Seed is 1099511627776."),
        ("training_form_1_validation_size", 60_000, "The setting Validation digits is 60000."),
    ],
)
def test_a_bad_setting_is_a_sentence_and_nothing_is_lost(open_page, setting, value, sentence):
    app = open_page("training")
    field(app, setting).set_value(value).run()
    assert not app.exception
    assert sentence in app.error[0].value.replace("\\", "")
    assert field(app, setting).value == value
    assert button(app, "Train").disabled
    assert "Go on from a file" in [item.label for item in app.expander]
    again = open_page("training", app.query_params["w"])
    assert field(again, setting).value == value
    assert sentence in again.error[0].value.replace("\\", "")


@pytest.mark.parametrize("typed", ["0,01", "0.01", " 1e-2 ", "1E-2"])
def test_a_decimal_is_read_with_a_comma_or_a_point(open_page, work, typed):
    app = open_page("training", work.identity)
    app.text_input(key="training_form_1_learning_rate_Adam").set_value(typed).run()
    assert not app.error
    button(app, "Train 5 epochs").click().run()
    assert work.runs.get("run-1").config.learning_rate == 0.01
    scheduler().stop(work.runs.get("run-1"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("flatten, linear(784,12)", "The network ends in [64, 12], and telling ten digits apart needs [N, 10]."),
        ("flatten, linear(100,10)", "The network does not take a batch of 64 digits"),
    ],
)
def test_a_network_that_cannot_learn_digits_does_not_start_and_says_why(open_page, work, text, sentence):
    work.take(Hand(Stack.parse(text)))
    app = open_page("training", work.identity)
    button(app, "Train 5 epochs").click().run()
    assert not app.exception
    assert sentence in app.error[0].value.replace("\\", "")
    assert work.runs.list() == ()


def test_sgd_has_a_momentum_and_adam_has_none(open_page):
    app = open_page("training")
    assert "Momentum" not in [item.label for item in app.text_input]
    app.selectbox(key="training_form_1_optimizer").set_value("SGD").run()
    assert "Momentum" in [item.label for item in app.text_input]
    assert app.text_input(key="training_form_1_learning_rate_SGD").value == "0.05"


WORDS = dict.fromkeys(("title", "epoch", "value", "training", "validation", "guess"), "x")


def curves(count):
    results = [
        EpochResult(n, 1 / n, 0.5, 2 / n, 0.25 * n, 0.001, 1.0, 1.0, is_best=n == 2) for n in range(1, count + 1)
    ]
    return History(tuple(results))


def test_the_epoch_of_the_checkpoint_is_starred_in_both_charts():
    for draw, value in ((training.losses, 1.0), (training.accuracies, 50.0)):
        figure = draw(curves(3), star=2, end=3, words=WORDS)
        star = figure.data[2]
        assert (star.x, star.y, star.marker.symbol, star.marker.color) == ((2,), (value,), "star", look.BEST)
        assert [trace.line.color for trace in figure.data[:2]] == [look.TRAINING, look.VALIDATION]
        assert not any(trace.marker.symbol == "star" for trace in draw(curves(3), star=0, end=3, words=WORDS).data)


@pytest.mark.parametrize("losses", [(2.303, 2.29), (9.0, 40.0), (0.01, 0.002), (0.0, 0.0)])
def test_guessing_is_in_the_range_of_every_chart_and_the_axis_goes_to_the_last_epoch(losses):
    results = [EpochResult(n, loss, 0.99, loss, 0.98, 0.001, 1.0, 1.0, False) for n, loss in enumerate(losses, 1)]
    for draw, value, decode in ((training.losses, 2.302585, lambda y: 10**y), (training.accuracies, 10.0, float)):
        figure = draw(History(tuple(results)), star=0, end=9, words=WORDS)
        low, high = (decode(bound) for bound in figure.layout.yaxis.range)
        assert low < value < high
        assert figure.data[-1].y == pytest.approx((value, value))
        assert low <= min(figure.data[1].y) and max(figure.data[1].y) <= high
        assert tuple(figure.layout.xaxis.range) == (0.5, 9.5)


def test_a_loss_that_hardly_falls_is_drawn_as_a_flat_line():
    results = [EpochResult(n, loss, 0.1, loss, 0.1, 1e-5, 1.0, 1.0, False) for n, loss in enumerate((2.30, 2.28), 1)]
    figure = training.losses(History(tuple(results)), star=2, end=2, words=WORDS)
    low, high = figure.layout.yaxis.range
    assert math.log10(2.30 / 2.28) / (high - low) < 0.01


def test_a_second_look_at_the_same_epochs_builds_no_figure():
    def look_at(epochs, **other):
        return training.built_once(training.losses, curves(epochs), {**WORDS, **other}, star=1, end=3)

    assert look_at(2) is look_at(2)
    assert look_at(3) is not look_at(2)
    assert look_at(2, title="y").layout.title.text == "y"


def test_a_run_is_named_and_noted(open_page, work, done):
    app = open_page("training", work.identity)
    app.text_input(key="title_run-1").set_value("with few digits")
    app.text_area(key="note_run-1").set_value("learns *slowly*")
    button(app, "Save").click().run()
    assert not app.exception
    assert app.selectbox(key="training_run").format_func("run-1").startswith("Run 1, with few digits: ")
    assert r"learns \*slowly\*" in everything(app)


def test_all_runs_stand_side_by_side(open_page, work, done):
    work.runs.create(SMALL, replace(CONFIG, optimizer="SGD", learning_rate=0.05, weight_decay=0.1))
    app = open_page("training", work.identity)
    assert not app.dataframe
    app.session_state["training_all_runs"] = True
    app.run()
    assert not app.exception
    table = app.dataframe[0].value
    best = done.history().best
    assert list(table["Run"]) == ["Run 2", "Run 1"]
    assert list(table["State"]) == ["not started", "done"]
    assert list(table["Settings"]) == ["SGD, 0.05, batch 64, weight decay 0.1", "Adam, 0.001, batch 64"]
    assert list(table["Epochs"]) == ["0 / 2", "2 / 2"]
    assert table["Best epoch"][1] == best.epoch
    assert table["Validation loss"][1] == best.validation_loss
    assert table["Test accuracy"][1] == 0.8125


def test_a_paused_run_goes_on_at_its_epoch(open_page, work, done):
    done.with_config(replace(done.config, epochs=9))
    done.write_status(RunStatus("paused", epoch=2))
    app = open_page("training", work.identity)
    assert "Paused after epoch 2 of 9. Nothing is lost." in everything(app)
    assert "Go on at epoch 3" in labels(app)


def test_a_run_that_found_a_damaged_checkpoint_says_so(open_page, work, done):
    damage = error_to_message(CheckpointError("{name} is damaged.", "Go on.", name="checkpoint_last.pth"))
    done.write_status(replace(done.status(), damage=damage))
    app = open_page("training", work.identity)
    assert r"checkpoint\_last.pth is damaged. Go on. So the training went on from the file before it" in everything(app)


def test_a_second_server_is_refused_before_anything_is_started(open_page, work, monkeypatch):
    def refuse(*_):
        raise RunError("Another server trains the runs in {folder}.", "Stop it.", folder="here")

    monkeypatch.setattr(Scheduler, "claim", refuse)
    for page in ("training", "home"):
        app = open_page(page, work.identity)
        assert "Another server trains the runs in here. Stop it." in app.error[0].value
        assert not [label for label in labels(app) if label.startswith(("Train my", "Train 5"))]
