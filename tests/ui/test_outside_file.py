"""Go on from a file, on the training page: what is in it is said before anything starts, and a refusal in place."""

import pytest
import torch

from netcore.data import mnist
from netcore.errors import NetcoreError
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from netcore.training.scheduler import scheduler
from pages.shared import frame
from pages.shared.workspace import Hand
from tests.engine.outside_files import calling, check_here, saved, script_value
from tests.engine.training_help import SMALL
from tests.ui.page_help import button, labels

CONFIG = TrainingConfig(epochs=2, training_size=500, validation_size=500, seed=1)


@pytest.fixture(autouse=True)
def near(monkeypatch):
    yield from check_here(monkeypatch)


@pytest.fixture
def downloaded(tmp_path):
    """The last checkpoint of a run of two epochs, as its bytes."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    train(SMALL.build(1), CONFIG, mnist.load_mnist("train"), folder, network=SMALL)
    return (folder / "checkpoint_best.pth").read_bytes()


def upload(app, data, name="checkpoint_best.pth"):
    app.file_uploader[0].upload(name, data)
    app.run()
    assert not app.exception
    return app


def words(app):
    return "\n".join(str(item.value) for item in [*app.markdown, *app.caption, *app.error, *app.warning])


def test_a_downloaded_run_says_what_it_is_and_trains_on(open_page, work, downloaded):
    app = upload(open_page("training", work.identity), downloaded)
    assert "after epoch **2**, best loss **" in words(app)
    assert "4 tensors, 12,730 numbers; goes on with Adam." in words(app)
    assert "Network and settings are the file's own: 2 epochs, learning rate 0.001" in words(app)
    assert work.runs.list() == ()
    app.button(key="training_file_go_on").click().run()
    assert not app.exception
    run = work.runs.get("run-1")
    assert (run.config.epochs, run.config.seed) == (7, 1)
    assert work.hand.run == "run-1"
    assert scheduler().wait(run, 120)
    assert [result.epoch for result in run.history().epochs] == list(range(1, 8))
    assert app.file_uploader[0].value in (None, [])


def test_a_file_is_kept_as_a_run_without_training(open_page, work, downloaded):
    app = upload(open_page("training", work.identity), downloaded)
    button(app, "Keep as a run").click().run()
    assert not app.exception
    assert work.runs.get("run-1").status().state == "done"
    assert "Train 5 more epochs" in labels(app)
    assert "**Epoch 2**, validation loss **" in words(app)


def test_a_file_of_a_script_goes_into_the_network_in_hand_with_the_settings_of_the_form(open_page, work):
    app = upload(open_page("training", work.identity), saved(script_value()), name="mine.pth")
    assert "The file brings no settings" in words(app)
    assert "up to epoch 12" in words(app)
    assert button(app, "Go on at epoch 8")
    app.number_input(key="training_form_1_epochs").set_value(1).run()
    assert "up to epoch 8" in words(app)
    button(app, "Keep as a run").click().run()
    assert not app.exception
    assert "**Epoch 7**, loss **0.25**, from the file that the run began with" in words(app)
    work.take(Hand(SMALL, run="run-1"))
    assert frame.weights_in_words(work.hand, work.run_in_hand) == "From the file that run 1 began with"


def test_an_optimizer_that_does_not_fit_waits_for_a_choice(open_page, work):
    value = script_value(optimizer=torch.optim.Adagrad)
    app = upload(open_page("training", work.identity), saved(value))
    app.checkbox(key="training_file_form").check().run()
    assert "The checkpoint's optimizer remembers" in app.warning[1].value
    assert button(app, "Keep as a run").disabled
    assert button(app, "Go on at epoch 8").disabled
    app.checkbox(key="training_file_fresh").check().run()
    button(app, "Keep as a run").click().run()
    assert not app.exception
    assert work.runs.get("run-1").last_path.exists()


@pytest.mark.parametrize(("whose", "expected"), [("file", ("AdamW", 0.0003)), ("form", ("Adam", 0.001))])
def test_a_file_of_another_optimizer_waits_until_somebody_says_whose_settings_hold(open_page, work, whose, expected):
    value = script_value(optimizer=torch.optim.AdamW, lr=0.0003)
    app = upload(open_page("training", work.identity), saved(value))
    assert "optimizer AdamW (the form: Adam), learning rate 0.0003 (the form: 0.001)" in app.warning[0].value
    assert button(app, "Keep as a run").disabled
    app.radio(key="training_file_settings").set_value(whose).run()
    button(app, "Keep as a run").click().run()
    assert not app.exception
    config = work.runs.get("run-1").config
    assert (config.optimizer, config.learning_rate) == expected


def test_what_was_done_to_a_file_is_said(open_page, work):
    state = {f"module.{name}": tensor.half() for name, tensor in SMALL.build(2).state_dict().items()}
    work.take(Hand(SMALL))
    app = upload(open_page("training", work.identity), saved({"net": state, "accuracy": 0.9}), name="mine.ckpt")
    said = words(app).replace("\\", "")
    assert "All 4 tensors from mine.ckpt. Found under `net`. Converted to float32 from float16." in said
    assert "Prefix `module.` taken off. Not in the file: `epoch`, `best_loss`, `optim_state`." in said
    assert "Left out: `accuracy`." in said


def test_a_refusal_stands_in_place_and_nothing_is_made(open_page, work, monkeypatch):
    from netcore.training import outside

    app = open_page("training", work.identity)
    name = "../../<script>\u202e" + "x" * 300 + ".pth"  # CP48
    upload(app, calling("posix", "system", b"X\x04\x00\x00\x00true\x85"), name=name)
    assert "x" * 300 in app.error[0].value  # the file that the person chose
    assert "asks for posix\\.system" in app.error[0].value or "asks for posix.system" in app.error[0].value
    assert "Go on at epoch" not in " ".join(labels(app))
    assert work.runs.list() == ()
    monkeypatch.setattr(outside, "nursery", None)
    app.run()  # a file that was refused is not looked at again
    assert "Nothing of it was run" in app.error[0].value


def test_while_a_run_trains_a_file_can_only_be_kept(open_page, work, downloaded):
    run = work.runs.create(SMALL, CONFIG)
    with run.hold("run"):
        run.write_status(run.status().ended("running"))
        app = upload(open_page("training", work.identity), downloaded)
        assert app.button(key="training_file_go_on").disabled
        assert not button(app, "Keep as a run").disabled


def test_a_start_that_is_refused_leaves_no_run(open_page, work, downloaded, monkeypatch):
    def refuse(*anything, **more):
        raise NetcoreError("The queue is full.", "Try again.")

    app = upload(open_page("training", work.identity), downloaded)
    monkeypatch.setattr(type(scheduler()), "start", refuse)
    app.button(key="training_file_go_on").click().run()
    assert "The queue is full" in app.error[0].value
    assert work.runs.list() == ()


def test_a_planned_schedule_that_is_over_can_only_be_kept(open_page, work, tmp_path):
    config = TrainingConfig(epochs=1, training_size=500, validation_size=500, schedule="cosine")
    train(SMALL.build(0), config, mnist.load_mnist("train"), tmp_path, network=SMALL)
    app = upload(open_page("training", work.identity), (tmp_path / "checkpoint_last.pth").read_bytes())
    assert button(app, "Train 5 more epochs").disabled
    assert not button(app, "Keep as a run").disabled
