"""Thirty people and two cores: turns, places, pauses, and a stop that works in every state.

Of the lists KR and SC in the research notes on reliability; the id of each stands in its test. Faults are in
test_scheduler_faults.py.
"""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from netcore.errors import RunError
from netcore.model.stack import Stack
from netcore.settings import PROJECT_FOLDER
from netcore.training import scheduler as scheduler_module
from netcore.training import turn as turn_module
from netcore.training.budget import Budget
from netcore.training.checkpoints import read_checkpoint
from netcore.training.memory import estimate_memory
from netcore.training.place import seconds_until_start
from netcore.training.runs import RunStore
from netcore.training.scheduler import Scheduler
from netcore.worker.memory import free_memory
from tests.engine.scheduler_help import (
    PATIENCE,
    hashes,
    long_config,
    middle_config,
    train_alone,
    wait_until,
)
from tests.engine.training_help import HARD, SMALL, small_config


@pytest.fixture
def impatient(spare):
    """One worker; whoever trains makes room at the end of each epoch."""
    made = Scheduler(1, Budget(turn_seconds=0.0), spare)
    yield made
    made.close()


@pytest.fixture
def new_run(tmp_path):
    """``new_run("anna")`` is a run of that workspace."""

    def new_run(workspace, config=None, network=SMALL):
        return RunStore(tmp_path / workspace / "runs").create(network, config or long_config())

    return new_run


def reload(run):
    return RunStore(run.folder.parent).get(run.identity)


def test_runs_take_turns_and_each_ends_with_the_bits_it_has_alone(impatient, spare, new_run, tmp_path):
    """SC01."""
    runs = [new_run(name, middle_config(seed=number), HARD) for number, name in enumerate(("anna", "ben"))]
    given = len(spare.given)
    for run in runs:
        impatient.start(run)
    for run in runs:
        assert impatient.wait(run, PATIENCE)
    assert len(spare.given) - given > len(runs), "nobody made room"
    for run in map(reload, runs):
        assert run.status().state == "done"
        assert [item.epoch for item in run.history().epochs] == [1, 2, 3]
        assert hashes(run.folder) == train_alone(run, tmp_path / "alone" / run.folder.parents[1].name)


def test_thirty_people_get_their_turns_in_order_and_each_the_bits_it_has_alone(spare, new_run, tmp_path):
    """SC01: two long runs and twenty-eight short ones on two workers."""
    scheduler = Scheduler(0, Budget(turn_seconds=0.0), spare)
    longs = [new_run(f"long {number}", middle_config(seed=number), HARD) for number in range(2)]
    shorts = [new_run(f"short {number}", small_config(seed=number, epochs=2), HARD) for number in range(28)]
    begin = len(spare.given)
    for run in (*longs, *shorts):
        scheduler.start(run)
    assert [scheduler.place(run).number for run in (*longs, *shorts)] == list(range(1, 31))
    with scheduler._lock:
        scheduler._workers = 2
        scheduler._fill()
    for run in (*shorts, *longs):
        assert scheduler.wait(run, PATIENCE)
    turns = spare.given[begin:]
    # Two that begin at the same moment may be given their workers in either order.
    assert {run.folder for run in longs} == set(turns[:2])
    assert all(abs(turns.index(run.folder) - place) <= 2 for place, run in enumerate(shorts, 2))
    assert all(turns.count(run.folder) > 1 for run in longs)
    assert len(set(turns[:30])) >= 28, "somebody had a second turn while others waited for their first"
    for run in map(reload, (*longs, *shorts)):
        assert run.status().state == "done"
        assert [item.epoch for item in run.history().epochs] == list(range(1, run.config.epochs + 1))
        assert hashes(run.folder) == train_alone(run, tmp_path / "alone" / run.folder.parents[1].name)
    scheduler.close()


def test_short_runs_end_while_a_long_one_goes_on(impatient, new_run):
    """SC03."""
    long = new_run("long", long_config())
    impatient.start(long)
    wait_until(lambda: long.status().step > 0)
    shorts = [new_run(f"short {number}", small_config(epochs=1)) for number in range(3)]
    for run in shorts:
        impatient.start(run)
    for run in shorts:
        assert impatient.wait(run, PATIENCE)
        assert run.status().state == "done"
    assert long.status().is_active
    assert long.history().last_epoch < 200


def test_who_makes_room_waits_behind_the_others_and_says_at_which_epoch_it_goes_on(impatient, new_run):
    first, second = new_run("first"), new_run("second")
    impatient.start(first)
    impatient.start(second)
    assert impatient.place(first) is None
    assert impatient.place(second).number == 1
    wait_until(lambda: first.status().state == "queued" and first.status().epoch > 0)
    assert first.status().epoch == first.history().last_epoch >= 1
    wait_until(lambda: second.status().state == "running")


def test_a_waiting_run_hears_its_place_and_once_something_was_measured_about_how_long(scheduler, new_run):
    first = new_run("first")
    scheduler.start(first)
    waiting = [new_run(f"waiting {number}", middle_config()) for number in range(3)]
    for run in waiting:
        scheduler.start(run)
    assert [scheduler.place(run).number for run in waiting] == [1, 2, 3]
    wait_until(lambda: first.status().images_per_second > 0)
    seconds = [scheduler.place(run).seconds for run in waiting]
    assert seconds == sorted(seconds)
    assert 0 < seconds[0] < seconds[2] < 600


@pytest.mark.parametrize(
    ("training", "ahead", "seconds"),
    [([5.0], [], 5.0), ([5.0], [2.0, 3.0], 10.0), ([5.0, 1.0], [], 1.0), ([5.0, 1.0], [2.0, 3.0, 1.0], 6.0)],
)
def test_the_first_free_worker_takes_the_next_in_the_queue(training, ahead, seconds):
    assert seconds_until_start(training, ahead) == seconds


def test_a_full_queue_says_so_and_leaves_the_run_as_it_was(scheduler, new_run, monkeypatch):
    """SC10."""
    monkeypatch.setattr(scheduler_module, "MAX_WAITING_RUNS", 1)
    scheduler.start(new_run("training"))
    scheduler.start(new_run("waiting"))
    refused = new_run("refused")
    with pytest.raises(RunError, match=r"1 runs wait for their turn already, and the queue holds no more\. Try again"):
        scheduler.start(refused)
    assert refused.status().state == "new"


def until_queued(scheduler, run, new_run):
    scheduler.start(new_run("other"))
    scheduler.start(run)


def until_starting(scheduler, run, new_run):
    scheduler.start(run)


def until_training(scheduler, run, new_run):
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)


def until_preempted(scheduler, run, new_run):
    scheduler._budget = Budget(turn_seconds=0.0)
    scheduler.start(run)
    scheduler.start(new_run("other"))
    wait_until(lambda: run.status().state == "queued" and run.status().epoch > 0)


@pytest.mark.parametrize("reach", [until_queued, until_starting, until_training, until_preempted])
@pytest.mark.parametrize("action", ["stop", "pause"])
def test_stop_and_pause_act_within_two_seconds_in_every_state_and_twice(scheduler, new_run, reach, action):
    """KR24, SC04."""
    run = new_run("mine", long_config() if reach != until_preempted else middle_config(epochs=200))
    reach(scheduler, run, new_run)
    turn = next((job.turn for job in scheduler._training if job.run.folder == run.folder), None)
    asked = time.monotonic()
    getattr(scheduler, action)(run)
    getattr(scheduler, action)(run)
    assert scheduler.wait(run, PATIENCE)
    assert time.monotonic() - asked < 2.0
    getattr(scheduler, action)(run)
    assert run.status().state == {"stop": "stopped", "pause": "paused"}[action]
    assert run.status().epoch == run.history().last_epoch
    assert turn is None or not os.path.exists(f"/proc/{turn.pid}")  # noqa: PTH110


@pytest.mark.parametrize(("first", "then"), [("pause", "stop"), ("stop", "pause")])
def test_of_two_wishes_at_once_the_first_is_granted_and_seen_until_it_is(scheduler, new_run, first, then):
    """SC04."""
    states = {"stop": "stopped", "pause": "paused"}
    run = new_run("mine")
    assert scheduler.ending(run) == ""
    until_training(scheduler, run, new_run)
    assert scheduler.ending(run) == ""
    os.kill(scheduler._training[0].turn.pid, signal.SIGSTOP)  # it cannot end before it has been looked at
    getattr(scheduler, first)(run)
    getattr(scheduler, then)(run)
    assert (scheduler.ending(run), run.status().state) == (states[first], "running")
    assert scheduler.wait(run, PATIENCE)
    assert (scheduler.ending(run), run.status().state) == ("", states[first])


def test_two_tabs_that_stop_at_once_stop_it_once(scheduler, new_run):
    """SC04."""
    run = new_run("mine")
    until_training(scheduler, run, new_run)
    together = threading.Barrier(8)

    def click():
        together.wait()
        scheduler.stop(run)

    tabs = [threading.Thread(target=click) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "stopped"
    scheduler.start(run)
    assert run.status().is_active


def test_who_waits_is_stopped_by_several_tabs_and_its_place_is_free(scheduler, new_run):
    """SC04."""
    first, second, third = new_run("first"), new_run("second"), new_run("third")
    for run in (first, second, third):
        scheduler.start(run)
    for _ in range(2):
        scheduler.stop(second)
        scheduler.pause(second)
    assert (scheduler.ending(second), second.status().state) == ("", "stopped")
    assert (scheduler.place(second), scheduler.place(third).number) == (None, 1)


@pytest.mark.parametrize(
    ("task", "state"), [("hang_while_saving", "stopped"), ("hang_while_evaluating", "done")], ids=["saving", "testing"]
)
def test_stop_acts_within_two_seconds_while_it_saves_or_measures(scheduler, new_run, monkeypatch, task, state):
    """KR24, SC04."""
    run = new_run("mine", small_config(epochs=1))
    monkeypatch.setattr(turn_module, "TASK", f"tests.engine.worker_tasks:{task}")
    scheduler.start(run)
    if task == "hang_while_saving":
        wait_until(lambda: list(run.folder.glob(".*.tmp")))
    else:
        wait_until(lambda: run.history().last_epoch == 1)
    asked = time.monotonic()
    scheduler.stop(run)
    assert scheduler.wait(run, PATIENCE)
    assert time.monotonic() - asked < 2.0
    assert run.status().state == state
    monkeypatch.undo()
    if state == "stopped":
        scheduler.start(run)
        assert scheduler.wait(run, PATIENCE)
    assert read_checkpoint(run.best_path).epoch == 1
    assert not list(run.folder.glob(".*.tmp"))


def test_paused_again_and_again_a_run_ends_with_the_bits_of_one_that_was_not(scheduler, new_run, tmp_path):
    """SC11."""
    run = new_run("mine", middle_config(epochs=4), HARD)
    pauses = 0
    while run.status().state != "done":
        before = run.history().last_epoch
        scheduler.start(reload(run))
        wait_until(lambda before=before: run.history().last_epoch > before or run.status().state == "done")
        scheduler.pause(run)
        assert scheduler.wait(run, PATIENCE)
        pauses += run.status().state == "paused"
    assert pauses >= 2
    assert hashes(run.folder) == train_alone(reload(run), tmp_path / "alone")


def test_more_memory_than_a_run_may_have_is_refused_before_it_starts(spare, new_run):
    scheduler = Scheduler(1, Budget(memory_bytes=10**9), spare)
    wide = Stack.parse("conv2d(1,64,3,padding=1), relu, conv2d(64,64,3,padding=1), flatten, linear(50176,10)")
    run = new_run("mine", small_config(batch_size=1024, training_size=2000), wide)
    assert 1.5e9 < estimate_memory(wide, run.config) < 4e9
    with pytest.raises(RunError, match=r"needs about [12]\.\d GB of memory, and 1\.0 GB are free for it"):
        scheduler.start(run)
    assert run.status().state == "new"
    scheduler.close()


def test_a_run_for_which_memory_has_no_room_beside_another_waits_for_its_end(spare, new_run, monkeypatch):
    scheduler = Scheduler(2, spare=spare)
    first, second = new_run("first"), new_run("second", small_config(epochs=1))
    scheduler.start(first)
    monkeypatch.setattr(scheduler_module, "free_memory", lambda: 10**8)
    scheduler.start(second)
    assert scheduler.place(second).number == 1
    monkeypatch.undo()
    scheduler.stop(first)
    assert scheduler.wait(second, PATIENCE)
    assert second.status().state == "done"
    scheduler.close()


def test_free_memory_is_what_the_system_says():
    assert free_memory() is None or 10**6 < free_memory() < 10**14


CLAIM_AND_WAIT = """
import sys
from pathlib import Path
from netcore.training.claim import claim
lock = claim(Path(sys.argv[1]))
print("claimed", flush=True)
sys.stdin.read()
"""


def test_a_second_server_on_the_same_folder_is_refused_until_the_first_is_gone(scheduler, new_run, tmp_path):
    """SC15."""
    run = new_run("mine", small_config(epochs=1))
    with subprocess.Popen(
        [sys.executable, "-c", CLAIM_AND_WAIT, str(tmp_path)],
        cwd=PROJECT_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"claimed\n"
        with pytest.raises(RunError, match=r"Another server trains the runs in .*\. Use that one, or stop it"):
            scheduler.start(run)
        assert run.status().state == "new"
        other.kill()
    scheduler.start(run)
    scheduler.claim(tmp_path)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "done"
