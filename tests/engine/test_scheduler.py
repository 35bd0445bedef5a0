"""Runs train in processes of their own: started, queued, stopped, killed, resumed, and found again."""

import threading
from dataclasses import replace

import pytest

from netcore.errors import RunError
from netcore.model.stack import Stack
from netcore.settings import usable_cores
from netcore.training.checkpoints import read_checkpoint
from netcore.training.runs import RunStore
from netcore.training.status import RunStatus
from tests.engine.scheduler_help import PATIENCE, long_config, wait_until
from tests.engine.training_help import HARD, SMALL, small_config


def test_a_run_trains_to_the_end_and_tells_its_test_accuracy(store, scheduler):
    run = store.create(HARD, small_config(epochs=2, training_size=2000))
    scheduler.start(run)
    assert store.active() == run.with_config(replace(run.config, threads=max(1, usable_cores() - 1)))
    assert scheduler.wait(run, PATIENCE)
    status = store.get("run-1").status()
    assert (status.state, status.epoch, status.problem) == ("done", 2, None)
    assert 0.1 < status.test_accuracy < 1
    assert [item.epoch for item in run.history().epochs] == [1, 2]
    assert read_checkpoint(run.best_path).meta["config"]["threads"] == max(1, usable_cores() - 1)
    assert (run.folder / "worker.log").read_bytes() == b""


def test_a_run_can_be_resumed_at_the_moment_at_which_it_says_that_it_stopped(store, scheduler):
    run = store.create(SMALL, long_config())
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    scheduler.stop(run)
    wait_until(lambda: run.status().state == "stopped")
    scheduler.start(run)
    assert run.status().is_active


def test_a_second_run_waits_for_its_turn_and_one_of_a_workspace_is_enough(store, scheduler, tmp_path):
    first = store.create(SMALL, long_config())
    other_store = RunStore(tmp_path / "two" / "runs")
    second = other_store.create(SMALL, small_config(epochs=1))
    scheduler.start(first)
    scheduler.start(second)
    assert (second.status().state, scheduler.place(second).number) == ("queued", 1)
    with pytest.raises(RunError, match=r"run 1 is training already\. Watch it, or stop it first\."):
        scheduler.start(store.create(SMALL, small_config()))
    with pytest.raises(RunError, match=r"run 1 is training already"):
        scheduler.start(second)
    scheduler.stop(first)
    assert scheduler.wait(second, PATIENCE)
    assert second.status().state == "done"


def test_a_waiting_run_can_be_stopped_and_started_again(store, scheduler, tmp_path):
    """KR24, SC04: in the queue."""
    first = store.create(SMALL, long_config())
    second = RunStore(tmp_path / "two" / "runs").create(SMALL, small_config(epochs=1))
    scheduler.start(first)
    scheduler.start(second)
    scheduler.stop(second)
    assert second.status().state == "stopped"
    assert scheduler.place(second) is None
    scheduler.stop(first)
    scheduler.start(second)
    assert scheduler.wait(second, PATIENCE)
    assert second.status().state == "done"


def test_many_clicks_at_once_start_one_run(store, scheduler):
    """SC02."""
    run = store.create(SMALL, long_config())
    outcomes = []

    def click():
        try:
            scheduler.start(run)
            outcomes.append("started")
        except RunError:
            outcomes.append("refused")

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 7 + ["started"]


def test_a_network_that_cannot_learn_ends_as_failed_in_words(store, scheduler):
    run = store.create(Stack.parse("flatten, linear(784,12)"), small_config())
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "failed"
    assert "The network ends in [32, 12]" in str(run.status().problem)


def test_a_diverged_run_says_so_and_is_not_resumed(store, scheduler):
    """KR21."""
    run = store.create(Stack.parse("flatten, linear(784,64), linear(64,64), linear(64,10)"), small_config(
        "SGD", learning_rate=10.0, momentum=0.99, epochs=20, training_size=2000))  # fmt: skip
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "diverged"
    assert "The loss became" in str(run.status().problem)
    with pytest.raises(RunError, match=r"The loss of run 1 was no number any more.*smaller learning rate"):
        scheduler.start(run)


def test_after_a_server_has_died_a_run_can_be_resumed(store, scheduler):
    """KR26."""
    run = store.create(SMALL, small_config())
    run.write_status(RunStatus("running", epoch=1))
    assert run.status().state == "interrupted"
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "done"
