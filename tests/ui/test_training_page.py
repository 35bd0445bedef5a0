"""The training page as a visitor uses it, with trainings that are really run."""

import contextlib
import os
import signal
from dataclasses import replace

import pytest

from netcore.data import mnist
from netcore.errors import CheckpointError, RunError
from netcore.files import previous_path
from netcore.model.stack import Stack
from netcore.training import turn as turn_module
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
from tests.ui.page_help import button, labels

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
    assert scheduler().wait(run, 60)
    app.run()
    assert "Stopped" in everything(app)
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
    assert scheduler().wait(run, 60)
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
    app.session_state["card_inside"] = True
    app.run()
    assert not app.exception
    inside = next(item for item in app.expander if item.label == "What is in the file")
    assert [item.value for item in inside.error] == [item.value for item in app.error]
    words = inside.error[0].value.replace("\\", "")
    assert "checkpoint_best.pth is damaged: its bytes are not the ones written. Delete it and train again" in words
    previous_path(done.best_path).write_bytes(b"")
    done.best_path.write_bytes(b"")
    app.run()
    inside = next(item for item in app.expander if item.label == "What is in the file")
    assert ["is damaged" in item.value for item in inside.error] == [True]


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("training_form_1_epochs", 0, "The setting epochs is 0. Give it a whole number from 1 to 200."),
        ("training_form_1_batch_size", -1, "The setting batch size is -1."),
        ("training_form_1_learning_rate_Adam", 100.0, "The setting learning rate is 100.0."),
        ("training_form_1_seed", 2**40, "The setting seed is 1099511627776."),
        ("training_form_1_validation_size", 60_000, "The setting validation size is 60000."),
    ],
)
def test_a_bad_setting_is_a_sentence_and_nothing_is_lost(open_page, setting, value, sentence):
    app = open_page("training")
    app.number_input(key=setting).set_value(value).run()
    assert not app.exception
    assert sentence in app.error[0].value.replace("\\", "")
    assert app.number_input(key=setting).value == value
    assert not any(label.startswith("Train") for label in labels(app))


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
    assert "Momentum" not in [item.label for item in app.number_input]
    app.selectbox(key="training_form_1_optimizer").set_value("SGD").run()
    assert "Momentum" in [item.label for item in app.number_input]
    assert app.number_input(key="training_form_1_learning_rate_SGD").value == 0.05


def test_the_best_epoch_is_starred_in_both_charts():
    results = [EpochResult(n, 1 / n, 0.5, 2 / n, 0.25 * n, 0.001, 1.0, 1.0, is_best=n == 2) for n in (1, 2, 3)]
    words = dict.fromkeys(("title", "epoch", "value", "training", "validation"), "x")
    for draw, value in ((training.losses, 1.0), (training.accuracies, 50.0)):
        figure = draw(History(tuple(results)), words=words)
        star = figure.data[2]
        assert (star.x, star.y, star.marker.symbol, star.marker.color) == ((2,), (value,), "star", look.BEST)
        assert [trace.line.color for trace in figure.data[:2]] == [look.TRAINING, look.VALIDATION]
    assert len(training.losses(History(tuple(results[:1])), words=words).data) == 2


def test_a_second_look_at_the_same_epochs_builds_no_figure():
    words = dict.fromkeys(("title", "epoch", "value", "training", "validation"), "x")

    def look_at(epochs, **other):
        results = [EpochResult(n, 1 / n, 0.5, 2 / n, 0.5, 0.001, 1.0, 1.0, is_best=True) for n in range(1, epochs + 1)]
        return training.built_once(training.losses, History(tuple(results)), {**words, **other})

    assert look_at(2) is look_at(2)
    assert look_at(3) is not look_at(2)
    assert look_at(2, title="y").layout.title.text == "y"


def test_a_run_is_named_and_noted(open_page, work, done):
    app = open_page("training", work.identity)
    app.text_input(key="title_run-1").set_value("with few digits")
    app.text_area(key="note_run-1").set_value("learns *slowly*")
    button(app, "Keep name and note").click().run()
    assert not app.exception
    assert app.selectbox(key="training_run").format_func("run-1").startswith("Run 1, with few digits: ")
    assert r"learns \*slowly\*" in everything(app)


def test_all_runs_stand_side_by_side(open_page, work, done):
    work.runs.create(SMALL, replace(CONFIG, optimizer="SGD", learning_rate=0.05))
    app = open_page("training", work.identity)
    assert not app.dataframe
    app.session_state["training_all_runs"] = True
    app.run()
    assert not app.exception
    table = app.dataframe[0].value
    best = done.history().best
    assert list(table["Run"]) == ["Run 2", "Run 1"]
    assert list(table["State"]) == ["not started", "done"]
    assert list(table["Settings"]) == ["SGD, 0.05, batch 64", "Adam, 0.001, batch 64"]
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
