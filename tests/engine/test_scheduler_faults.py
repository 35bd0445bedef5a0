"""A run whose worker, disk, clock or server fails says so, keeps its last whole epoch, and frees its place.

Of the lists KR and SC in the research notes on reliability; the id of each stands in its test. Saves are in
test_saving_faults.py, turns in test_scheduler_turns.py, resumes in test_resume_after_kill.py, Ctrl-C in the browser
tests.
"""

import errno
import gc
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from netcore.errors import WorkerError
from netcore.model.custom.source import CustomSource
from netcore.model.stack import Stack
from netcore.settings import PROJECT_FOLDER
from netcore.training import runs as runs_module
from netcore.training import scheduler as scheduler_module
from netcore.training import turn as turn_module
from netcore.training.budget import Budget
from netcore.training.checkpoints import read_checkpoint, write_checkpoint
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.runs import RunStore
from netcore.training.scheduler import Scheduler
from netcore.worker.limits import Limits
from netcore.worker.process import call
from tests.engine.scheduler_help import (
    PATIENCE,
    children_of,
    hashes,
    long_config,
    middle_config,
    train_alone,
    wait_until,
)
from tests.engine.training_help import HARD, SMALL, small_config


@pytest.fixture
def schedulers(spare):
    """``schedulers(silent_seconds=2)`` is one of one worker with that budget."""
    made = []

    def make(**budget):
        made.append(Scheduler(1, Budget(**budget), spare))
        return made[-1]

    yield make
    for scheduler in made:
        scheduler.close()


def pid_of(scheduler, run):
    return next(job.turn.pid for job in scheduler._training if job.run.folder == run.folder)


def test_killed_twice_a_run_ends_with_the_bits_of_one_that_was_not(schedulers, store, tmp_path):
    """KR03, KR04, SC14."""
    scheduler = schedulers()
    run = store.create(HARD, middle_config(epochs=200))
    for epochs in (1, 2):
        scheduler.start(run)
        wait_until(lambda epochs=epochs: run.history().last_epoch >= epochs)
        os.kill(pid_of(scheduler, run), signal.SIGKILL)
        assert scheduler.wait(run, PATIENCE)
        assert run.status().state == "failed"
    run = store.get(run.identity)
    run = run.with_config(run.config.lengthened(read_checkpoint(run.last_path).epoch + 1))
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    epochs = [item.epoch for item in run.history().epochs]
    assert epochs == list(range(1, run.config.epochs + 1))
    assert hashes(run.folder) == train_alone(run, tmp_path / "alone")


def test_killed_before_the_first_checkpoint_a_run_starts_at_epoch_one(schedulers, store):
    """KR05."""
    scheduler = schedulers()
    run = store.create(SMALL, long_config())
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    os.kill(pid_of(scheduler, run), signal.SIGKILL)
    assert scheduler.wait(run, PATIENCE)
    assert (run.status().epoch, run.last_path.exists()) == (0, False)
    scheduler.start(run)
    wait_until(lambda: run.status().epoch == 1)


def test_a_full_disk_costs_the_checkpoints_and_not_the_run_and_is_said(schedulers, store):
    """KR11."""
    scheduler = schedulers(file_bytes=40_000)
    run = store.create(SMALL, small_config(epochs=2))
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "done"
    assert [item.epoch for item in run.history().epochs] == [1, 2]
    assert [item.save_problem for item in run.history().epochs] == [f"{LAST_NAME}: File too large"] * 2
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "config.json", "history.jsonl", "status.json", "worker.log"
    ]  # fmt: skip
    roomy = schedulers()
    run = store.get("run-1")
    run = run.with_config(run.config.lengthened(3))
    roomy.start(run)
    assert roomy.wait(run, PATIENCE)
    assert [(item.epoch, item.save_problem) for item in run.history().epochs] == [(1, ""), (2, ""), (3, "")]


def test_who_cannot_save_keeps_its_place_and_comes_to_an_end_though_others_wait(schedulers, store, tmp_path):
    """KR11: to make room costs the epochs that are not saved, so it never came to an end."""
    scheduler = schedulers(file_bytes=40_000, turn_seconds=0.0)
    run = store.create(SMALL, middle_config())
    other = RunStore(tmp_path / "two" / "runs").create(SMALL, middle_config())
    scheduler.start(run)
    scheduler.start(other)
    for each in (run, other):
        assert scheduler.wait(each, PATIENCE)
        assert (each.status().state, each.status().problem) == ("done", None)
        assert [item.epoch for item in each.history().epochs] == [1, 2, 3]
        assert each.history().last_saved == 0


def test_a_start_that_the_disk_refuses_holds_nothing(schedulers, store, monkeypatch):
    """KR11."""
    scheduler = schedulers()
    run = store.create(SMALL, small_config(epochs=1))

    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(runs_module, "write_json", refuse)
        with pytest.raises(OSError, match="No space left") as refused:  # it keeps the frames of the start alive
            scheduler.start(run)
        assert run.status().state == "new"
        with run.hold("queue"):
            pass
    assert refused.value.errno == errno.ENOSPC
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "done"


def test_a_damaged_last_checkpoint_gives_way_to_the_one_before_and_is_named(schedulers, store, tmp_path):
    scheduler = schedulers()
    run = store.create(SMALL, small_config(epochs=2))
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    run.last_path.write_bytes(b"")
    (run.folder / f".{LAST_NAME}.killed.tmp").write_bytes(b"half")
    run = store.get("run-1")
    run = run.with_config(run.config.lengthened(4))
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "done"
    assert "checkpoint_last.pth is damaged" in str(run.status().found_damage)
    assert not list(run.folder.glob(".*"))
    assert hashes(run.folder) == train_alone(run, tmp_path / "alone")


def test_stopped_by_the_system_and_continued_a_run_ends_with_the_same_bits(schedulers, store, tmp_path):
    """KR25, SC12."""
    scheduler = schedulers()
    run = store.create(HARD, middle_config(epochs=3))
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    pid = pid_of(scheduler, run)
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: Path(f"/proc/{pid}/stat").read_text().split()[2] == "T")
    os.kill(pid, signal.SIGCONT)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "done"
    assert hashes(run.folder) == train_alone(store.get("run-1"), tmp_path / "alone")


def test_a_worker_that_hangs_is_ended_and_named(schedulers, store):
    """SC05."""
    scheduler = schedulers(silent_seconds=2.5)
    run = store.create(SMALL, long_config())
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    os.kill(pid_of(scheduler, run), signal.SIGSTOP)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "failed"
    assert "gave no sign of life for 2.5 s, so it was ended. Resume it" in str(run.status().problem)


STALLS = """
from torch import nn


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)
        self.batches = 0

    def forward(self, x):
        self.batches += 1
        while self.batches > 400:
            pass
        return self.fc(x.flatten(1))
"""


def test_a_run_that_makes_no_batch_is_ended_where_others_wait_and_only_there(schedulers, store, tmp_path):
    scheduler = schedulers(stalled_seconds=2.0)
    run = store.create(CustomSource(STALLS), long_config())
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    wait_until(lambda: scheduler._training[0].turn.is_stalled)
    assert run.status().state == "running"
    other = RunStore(tmp_path / "other" / "runs").create(SMALL, small_config(epochs=1))
    scheduler.start(other)
    place = scheduler.place(other)
    assert place is None or place.seconds is None  # who knows how long a loop lasts
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "failed"
    assert "The training made no batch for" in str(run.status().problem)
    assert "s while others waited, so it was ended. Look for a loop in forward" in str(run.status().problem)
    assert scheduler.wait(other, PATIENCE)
    assert other.status().state == "done"


def test_a_stopped_worker_can_be_stopped_for_good(schedulers, store):
    """SC04."""
    scheduler = schedulers()
    run = store.create(SMALL, long_config())
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    os.kill(pid_of(scheduler, run), signal.SIGSTOP)
    scheduler.stop(run)
    assert scheduler.wait(run, 2.0)
    assert run.status().state == "stopped"


def test_a_run_that_has_used_up_its_time_stops_in_words_and_can_be_resumed(schedulers, store):
    scheduler = schedulers(wall_seconds=1.5)
    run = store.create(SMALL, long_config())
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "stopped"
    assert "run 1 has trained for 0.025 minutes, and a run may take no longer at a time" in str(run.status().problem)
    scheduler.start(run)
    assert run.status().is_active


def test_computing_time_and_memory_are_bounded_by_the_system(schedulers, store, monkeypatch):
    """SC07."""
    assert Budget(wall_seconds=100, silent_seconds=10).limits(threads=2).cpu_seconds == 330
    with pytest.raises(WorkerError, match="it used up its computing time"):
        call("tests.engine.worker_tasks:compute_for_ever", {}, limits=Limits(cpu_seconds=1))
    scheduler = schedulers(memory_bytes=10**9)
    monkeypatch.setattr(scheduler_module, "estimate_memory", lambda *_: 0)
    wide = Stack.parse("conv2d(1,64,3,padding=1), relu, conv2d(64,64,3,padding=1), flatten, linear(50176,10)")
    run = store.create(wide, small_config(batch_size=1024, training_size=2000))
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "failed", (run.folder / "worker.log").read_text()
    assert "needs more memory than a run may use. Take a smaller batch" in str(run.status().problem), (
        run.folder / "worker.log"
    ).read_text()


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("die", "it was killed, most often because memory ran out"),
        ("crash", "it crashed"),
        ("end_without_a_word", "exit code 0"),
        ("write_garbage", "exit code 0"),
    ],
)
def test_a_worker_that_ends_badly_is_named_and_its_place_is_free(schedulers, store, monkeypatch, task, words):
    """SC05; SC06 garbage in the place of its status."""
    scheduler = schedulers()
    monkeypatch.setattr(turn_module, "TASK", f"tests.engine.worker_tasks:{task}")
    run = store.create(SMALL, small_config(epochs=1))
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "failed"
    assert f"ended before it was done: {words}. Resume it" in str(run.status().problem)
    monkeypatch.undo()
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "done"


def test_a_worker_that_ends_badly_on_a_full_disk_is_told_as_that(schedulers, store, monkeypatch):
    full = shutil.disk_usage("/")._replace(free=0)
    monkeypatch.setattr(turn_module.shutil, "disk_usage", lambda folder: full)
    monkeypatch.setattr(turn_module, "TASK", "tests.engine.worker_tasks:end_without_a_word")
    scheduler = schedulers()
    run = store.create(SMALL, small_config())
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert "No space left on device. Free some space, then resume." in str(run.status().problem)


def test_a_worker_that_never_ends_and_hears_nothing_is_stopped(schedulers, store, monkeypatch):
    """SC05."""
    monkeypatch.setattr(turn_module, "TASK", "tests.engine.worker_tasks:compute_for_ever")
    scheduler = schedulers()
    run = store.create(SMALL, small_config())
    scheduler.start(run)
    wait_until(lambda: pid_of(scheduler, run))
    scheduler.stop(run)
    assert scheduler.wait(run, 2.0)
    assert run.status().state == "stopped"


def test_a_folder_that_is_taken_away_while_it_trains_frees_the_place(schedulers, store, tmp_path):
    """KR16."""
    scheduler = schedulers()
    run = store.create(SMALL, long_config(epochs=3, batch_size=64))
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    run.folder.rename(tmp_path / "elsewhere")
    run.folder.write_bytes(b"a file in its place")
    scheduler.stop(run)
    assert scheduler.wait(run, 3.0)
    run.folder.unlink()
    other = RunStore(tmp_path / "two" / "runs").create(SMALL, small_config(epochs=1))
    scheduler.start(other)
    assert scheduler.wait(other, PATIENCE)
    assert other.status().state == "done"


@pytest.mark.parametrize("task", ["talk_after_stop", "talk_without_end"])
def test_what_a_worker_says_after_it_was_stopped_changes_nothing(schedulers, store, monkeypatch, task):
    """SC06: late answers, and a status written as fast as it goes."""
    scheduler = schedulers()
    monkeypatch.setattr(turn_module, "TASK", f"tests.engine.worker_tasks:{task}")
    run = store.create(SMALL, small_config())
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    scheduler.stop(run)
    assert scheduler.wait(run, 2.0)
    status = run.status()
    assert (status.state, status.epoch, status.problem) == ("stopped", 0, None)
    assert not (run.folder / "worker.log").read_bytes()


@pytest.mark.parametrize("jump", [-1e9, 1e9])
def test_a_clock_that_jumps_changes_neither_the_run_nor_its_length(schedulers, store, monkeypatch, jump):
    """KR20, SC12: here, in the middle of the run; and the worker's beats, by the clock of its files."""
    scheduler = schedulers(silent_seconds=30)
    run = store.create(SMALL, middle_config(epochs=3))
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    clock, touch = time.time, os.utime
    monkeypatch.setattr(time, "time", lambda: clock() + jump)
    touch(run.status_path, (max(0.0, clock() + jump),) * 2)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "done"


HOLD_IN_TURN = """
import sys
from pathlib import Path
from netcore.errors import RunError
from netcore.training import runs
from netcore.training.runs import Run
runs._HANDOVER_SECONDS = 0.0
run = Run.load(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    try:
        with run.hold("run"):
            print("won", flush=True)
            sys.stdin.readline()
            if line == "die\\n":
                import os
                os._exit(1)
    except RunError:
        print("lost", flush=True)
        sys.stdin.readline()
    print("done", flush=True)
"""


def test_of_two_processes_that_start_a_run_at_once_one_wins_and_a_dead_ones_lock_is_free(store):
    """KR17, KR18."""
    run = store.create(SMALL, small_config())
    command = [sys.executable, "-c", HOLD_IN_TURN, str(run.folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(command, cwd=PROJECT_FOLDER, **pipes) as first, subprocess.Popen(
        command, cwd=PROJECT_FOLDER, **pipes
    ) as second:  # fmt: skip
        both = (first, second)

        def say(word):
            for process in both:
                process.stdin.write(f"{word}\n")

        def hear():
            return sorted(process.stdout.readline().strip() for process in both)

        assert hear() == ["ready", "ready"]
        for _ in range(100):
            say("start")
            assert hear() == ["lost", "won"]
            say("end")
            assert hear() == ["done", "done"]
        first.stdin.write("die\n")
        assert first.stdout.readline() == "won\n"
        first.kill()
        first.wait()
        second.stdin.write("start\n")
        assert second.stdout.readline() == "won\n"


SERVE = """
import sys
from pathlib import Path
from netcore.training.runs import RunStore
from netcore.training.scheduler import Scheduler
scheduler = Scheduler(1)
scheduler.warm_up()
for name in sys.argv[2:]:
    scheduler.start(RunStore(Path(sys.argv[1]) / name / "runs").get("run-1"))
print("started", flush=True)
sys.stdin.read()
"""


def test_after_the_server_was_killed_its_workers_end_and_its_runs_are_interrupted_and_go_on(schedulers, tmp_path):
    """KR27, SC08."""
    names = ["training", "waiting", "waiting too"]
    runs = [RunStore(tmp_path / name / "runs").create(HARD, middle_config()) for name in names]
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path), *names],
        cwd=PROJECT_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout.readline() == b"started\n"
        wait_until(lambda: runs[0].history().last_epoch >= 1)
        workers = children_of(server.pid)
        assert len(workers) == 2  # the one that trains, and the spare one
        server.kill()
    wait_until(lambda: runs[0].status().state == "interrupted")
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert [run.status().state for run in runs] == ["interrupted"] * 3
    scheduler = schedulers()
    for run in runs:
        scheduler.start(run)
    assert scheduler.wait(runs[0], PATIENCE)
    assert runs[0].status().state == "done"
    assert hashes(runs[0].folder) == train_alone(RunStore(runs[0].folder.parent).get("run-1"), tmp_path / "alone")


def open_files():
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


LOOP = "while self.batches > 400:\n            pass"
COUNTS = STALLS.replace(LOOP, "if self.batches > 400:\n            sum(range(10**12))")


def is_silent(run, seen):
    """Whether its worker has given no sign of life for two seconds; ``seen`` keeps the last one."""
    if run.pulse() != seen.get("pulse"):
        seen.update(pulse=run.pulse(), when=time.monotonic())
    return time.monotonic() - seen["when"] > 2


def test_after_the_server_was_killed_a_worker_in_a_long_call_ends_too_and_its_run_can_go_on(schedulers, tmp_path):
    """Such a call lets no other thread of the worker see that the server is gone."""
    run = RunStore(tmp_path / "counting" / "runs").create(CustomSource(COUNTS), long_config())
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path), "counting"],
        cwd=PROJECT_FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout.readline() == b"started\n"
        wait_until(lambda: run.status().step > 0)
        seen = {}
        wait_until(lambda: is_silent(run, seen))
        workers = children_of(server.pid)
        server.kill()
    wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
    assert run.status().state == "interrupted"
    scheduler = schedulers()
    scheduler.start(run)
    wait_until(lambda: run.status().step > 0)
    scheduler.stop(run)
    assert scheduler.wait(run, PATIENCE)


def test_many_jobs_leave_no_files_threads_or_processes_behind(spare, tmp_path, monkeypatch):
    """SC13."""
    monkeypatch.setattr(turn_module, "TASK", "tests.engine.worker_tasks:end_without_a_word")
    scheduler = Scheduler(1, spare=spare)
    before = None
    for number in range(4):
        run = RunStore(tmp_path / str(number) / "runs").create(SMALL, small_config())
        scheduler.start(run)
        assert scheduler.wait(run, PATIENCE)
        wait_until(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("attend")])
        before = before or (open_files(), threading.active_count())
    assert open_files() <= before[0]
    assert threading.active_count() <= before[1]
    assert not list(tmp_path.glob("**/*.tmp"))
    scheduler.close()


def test_the_best_that_was_written_before_the_last_is_written_again_after_a_death_between_the_two(
    schedulers, store, tmp_path
):
    """KR02."""
    scheduler = schedulers()
    run = store.create(HARD, middle_config(epochs=2))
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    run = store.get("run-1")
    train_alone(run, tmp_path / "three", epochs=3)
    write_checkpoint(run.best_path, read_checkpoint(tmp_path / "three" / BEST_NAME))
    run = run.with_config(run.config.lengthened(3))
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert hashes(run.folder) == hashes(tmp_path / "three")
