"""A run's folder tells the truth, and names from outside never become paths."""

import errno
import json
import os

import pytest

from netcore.errors import RunError
from netcore.model.ready_made import ReadyMade
from netcore.training import runs as runs_module
from netcore.training.runs import Run, RunStore, folder_refused
from netcore.training.status import RunStatus
from tests.engine.training_help import SMALL, small_config


def test_a_run_is_found_again_with_its_network_and_settings(store):
    run = store.create(SMALL, small_config(seed=3))
    other = store.create(ReadyMade("residual"), small_config())
    assert store.list() == (other, run)
    assert RunStore(store.folder).get("run-1") == run
    assert (run.name, run.network, run.config.seed) == ("run 1", SMALL, 3)
    assert run.status() == RunStatus("new")


def test_a_store_without_a_folder_is_empty(store):
    assert store.list() == ()
    assert store.active() is None


def test_numbers_are_not_used_again_while_a_later_run_exists(store):
    first, second = (store.create(SMALL, small_config()) for _ in range(2))
    store.delete(first)
    assert store.create(SMALL, small_config()).name == "run 3"
    assert [run.name for run in store.list()] == ["run 3", second.name]
    assert not first.folder.exists()


def test_more_runs_than_allowed_are_refused(store, monkeypatch):
    monkeypatch.setattr(runs_module, "MAX_RUNS", 1)
    store.create(SMALL, small_config())
    with pytest.raises(RunError, match=r"There are 1 runs already\. Delete one that you do not need"):
        store.create(SMALL, small_config())


@pytest.mark.parametrize(
    "name", ["", "run-0", "run-2", "run-01", "RUN-1", "../runs/run-1", "run-1/", "run-1\n", "/etc", "x" * 1000, "run-²"]
)
def test_a_name_that_is_not_one_of_its_runs_is_refused(store, name):
    store.create(SMALL, small_config())
    with pytest.raises(RunError, match="There is no run called"):
        store.get(name)


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"created": 1, "config": {}, "network": {}}', "\x00"])
def test_a_folder_without_a_readable_record_is_left_out_and_named(store, record):
    run = store.create(SMALL, small_config())
    (run.folder / "config.json").write_text(record)
    assert store.list() == ()
    with pytest.raises(RunError, match=r"There is no readable run in run-1\."):
        store.get("run-1")
    assert store.create(SMALL, small_config()).name == "run 2"


def test_what_is_no_folder_in_the_place_of_a_run_is_passed_over(store):
    run = store.create(SMALL, small_config())
    (store.folder / "run-2").write_text("a file")
    (store.folder / "run-3").symlink_to(store.folder / "nowhere")
    assert [found.identity for found in store.list()] == [run.identity]
    assert store.create(SMALL, small_config()).identity == "run-4"


@pytest.mark.parametrize("created", ["NaN", "Infinity", "-1", "1" + "0" * 400])
def test_a_run_that_began_at_no_time_has_no_readable_record(store, created):
    path = store.create(SMALL, small_config()).folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "created": "?"}).replace('"?"', created))
    assert store.list() == ()


@pytest.mark.parametrize("content", ["", "[1]", '{"unknown": 1}', "{"])
def test_a_status_that_cannot_be_read_is_that_of_a_new_run(store, content):
    run = store.create(SMALL, small_config())
    (run.folder / "status.json").write_text(content)
    assert run.status() == RunStatus("new")


def test_a_run_that_says_it_trains_while_nobody_holds_it_is_interrupted(store):
    run = store.create(SMALL, small_config())
    with run.hold("run"):
        run.write_status(RunStatus("running", epoch=2, steps=5, images_per_second=9.0, seconds_left=3.0))
        assert run.status().state == "running"
        assert store.active() == run
    assert run.status() == RunStatus("interrupted", epoch=2, steps=5)
    assert store.active() is None


def test_a_waiting_run_is_held_by_its_queue(store):
    run = store.create(SMALL, small_config())
    with run.hold("queue"):
        run.write_status(RunStatus("queued"))
        assert run.status().state == "queued"
    assert run.status().state == "interrupted"


def test_of_two_who_want_to_train_a_run_one_wins(store, monkeypatch):
    monkeypatch.setattr(runs_module, "_HANDOVER_SECONDS", 0.05)
    run = store.create(SMALL, small_config())
    refused = pytest.raises(RunError, match=r"run 1 is training already\. Watch it, or stop it first\.")
    with run.hold("run"), refused, Run.load(run.folder).hold("run"):
        pass
    with run.hold("run"):
        pass


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.ENOSPC, "No space left on device. Free some space, then resume."),
        (errno.EFBIG, "File too large. Let the network print and write less, in a new run."),
        (errno.EROFS, "Read-only file system. Make the folder writable, then resume."),
        (errno.EIO, "Input/output error. Look at the folder, then resume."),
    ],
)
def test_a_folder_that_is_refused_is_told_with_a_cure_that_fits(number, cure):
    assert str(folder_refused(OSError(number, os.strerror(number)))) == (
        f"The folder of the run cannot be read or written: {cure}"
    )


def test_a_run_that_trains_is_not_deleted(store):
    run = store.create(SMALL, small_config())
    with run.hold("run"):
        run.write_status(RunStatus("running"))
        with pytest.raises(RunError, match=r"run 1 is training\. Stop it before you delete it\."):
            store.delete(run)
    store.delete(run)
    assert store.list() == ()


def test_why_a_run_ended_is_kept_as_sentences(store):
    run = store.create(SMALL, small_config())
    refusal = RunError("It ended at step {step}.", "Start again.", step=7)
    run.write_status(RunStatus("running").ended("failed", refusal))
    problem = run.status().problem
    assert (str(problem), problem.values) == ("It ended at step 7. Start again.", {"step": 7})


def test_more_epochs_are_written_into_the_folder(store):
    run = store.create(SMALL, small_config(epochs=2))
    run.with_config(small_config(epochs=7))
    assert store.get("run-1").config.epochs == 7
    assert json.loads((run.folder / "config.json").read_text())["created"] == run.created
