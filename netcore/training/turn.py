"""One stay of a run in a worker: started, watched, ended, and how it ended in words. Knows nothing of queues."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from netcore.errors import RunError
from netcore.training.budget import Budget
from netcore.training.layout import LOG_NAME
from netcore.training.runs import Run, folder_refused
from netcore.training.status import RunStatus
from netcore.worker import process as worker
from netcore.worker.confinement import Confinement
from netcore.worker.spare import Spare

TASK = "netcore.training.job:run_job"
SECONDS_TO_STOP = 1.0
_SECONDS_BETWEEN_LOOKS = 0.25
_SECONDS_TO_START = 120.0
_LEAST_FREE_BYTES = 1024**2
_SECONDS_TO_BEGIN = 20.0
"""For the first batch, with which torch loads more of itself."""


class Turn:
    """A run in a worker of its own. ``attend`` waits until it is over; ``end`` may be called from any thread."""

    def __init__(self, run: Run, start_from: str, budget: Budget, seconds_before: float = 0.0) -> None:
        self.run = run
        self._start_from, self._budget, self._seconds_before = start_from, budget, seconds_before
        self._first_epoch = run.history().last_saved
        self._first_pulse = run.pulse()
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._progress = _Progress(run)
        self._process: worker.Process | None = None
        self._ending = ""
        self._problem: RunError | None = None

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self._began

    @property
    def is_stalled(self) -> bool:
        """Whether it has made no batch for longer than one may take."""
        return self._progress.seconds_without > self._budget.stalled_seconds / 4 + self._progress.seconds_to_measure

    @property
    def ending(self) -> str:
        """The state that it was asked to end in; empty where nobody asked."""
        return self._ending

    @property
    def pid(self) -> int | None:
        """The number of its process, once there is one."""
        return self._process.pid if self._process else None

    def attend(self, spare: Spare, others_wait: Callable[[], bool]) -> RunStatus:
        """Train in a worker of ``spare`` until that has ended, and return where the run stands then.

        ``queued`` says that it made room for the others and goes on where it stopped.
        """
        log = self.run.folder / LOG_NAME
        arguments = {"folder": str(self.run.folder), "start_from": self._start_from}
        limits = self._budget.limits(self.run.config.threads)
        self.run.lock_path.touch()
        confinement = Confinement(changeable=str(self.run.folder), locks=(str(self.run.lock_path),))
        process = spare.start(TASK, arguments, limits=limits, confinement=confinement, log=log)
        with self._lock:
            self._process = process
            if self._ending:
                _ask_to_stop(process)
        self._watch(process, others_wait)
        worker.close_input(process)
        return self._outcome(process.returncode)

    def end(self, state: str, problem: RunError | None = None) -> None:
        """Have it end as ``stopped``, ``paused`` or ``failed``: after the batch it is at, or killed a moment later."""
        with self._lock:
            if self._ending:
                return
            self._ending, self._problem = state, problem
            if self._process:
                _ask_to_stop(self._process)

    def _watch(self, process: worker.Process, others_wait: Callable[[], bool]) -> None:
        pulse, heard, patience = self._first_pulse, time.monotonic(), _SECONDS_TO_START
        while not _has_ended(process):
            now = time.monotonic()
            if self.run.pulse() != pulse:
                pulse, heard, patience = self.run.pulse(), now, self._budget.silent_seconds
            self._progress.look()
            stalled = self._budget.stalled_seconds + self._progress.seconds_to_measure
            if self.seconds + self._seconds_before > self._budget.wall_seconds:
                self.end("stopped", self._used_up())
            elif now - heard > patience:
                self._kill(process, _was_silent(patience))
            elif self._progress.seconds_without > stalled and others_wait():
                self._kill(process, _made_no_batch(stalled))
            elif worker.count_threads(process) > self._budget.threads:
                self._kill(process, self._multiplied())
            elif self.run.size() + worker.count_unlinked_bytes(process) > self._budget.folder_bytes:
                self.end("failed", self._filled())
            elif self.seconds > self._budget.turn_seconds and others_wait():
                worker.ask_to_make_room(process)

    def _kill(self, process: worker.Process, problem: RunError) -> None:
        with self._lock:
            self._ending, self._problem = "failed", problem
        worker.kill(process)

    def _outcome(self, returncode: int) -> RunStatus:
        status, history = self.run.read_status(), self.run.history()
        if status.has_ended:
            return status  # the worker has said itself how
        status = replace(status, epoch=history.last_epoch, step=0)
        if self._ending and self.run.is_complete(history):
            return status.ended("done")
        if self._ending:
            return status.ended(self._ending, self._problem)
        if returncode == 0 and history.last_saved > self._first_epoch:
            return status.ended("queued")
        return status.ended("failed", self._ended_early(returncode))

    def _ended_early(self, returncode: int) -> RunError:
        # A worker that cannot write cannot say so either.
        with contextlib.suppress(OSError):
            if shutil.disk_usage(self.run.folder).free < _LEAST_FREE_BYTES:
                return folder_refused(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        return RunError(
            "The training ended before it was done: {reason}.",
            "Resume it: it goes on after its last whole epoch.",
            reason=worker.ending_in_words(returncode),
        )

    def _used_up(self) -> RunError:
        return RunError(
            "{name} has trained for {minutes:.3g} minutes, and a run may take no longer at a time.",
            "Resume it: it goes on after its last whole epoch.",
            name=self.run.name,
            minutes=self._budget.wall_seconds / 60,
        )

    def _multiplied(self) -> RunError:
        return RunError(
            "{name} had more than {most} threads, so the training was ended.",
            "Let the network start no threads, in a new run.",
            name=self.run.name,
            most=self._budget.threads,
        )

    def _filled(self) -> RunError:
        return RunError(
            "The folder of {name} grew beyond {most:.1f} GB, so the training was ended.",
            "Let the network write no files, in a new run.",
            name=self.run.name,
            most=self._budget.folder_bytes / 1e9,
        )


class _Progress:
    """Since when a run has made no batch, as its status says."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._status = run.read_status()
        self._since = time.monotonic()

    def look(self) -> None:
        """Take note of what it has done since."""
        before, self._status = self._status, self._run.read_status()
        if _place_of(self._status) != _place_of(before):
            self._since = time.monotonic()

    @property
    def seconds_without(self) -> float:
        return time.monotonic() - self._since

    @property
    def seconds_to_measure(self) -> float:
        """What it needs at most from the last batch of an epoch to the first of the next, as far as one knows."""
        rate = self._status.images_per_second
        return self._run.config.validation_size / rate if rate else _SECONDS_TO_BEGIN


def _place_of(status: RunStatus) -> tuple[str, int, int]:
    return status.state, status.epoch, status.step


def _made_no_batch(seconds: float) -> RunError:
    return RunError(
        "The training made no batch for {seconds:.0f} s while others waited, so it was ended.",
        "Look for a loop in forward that does not end; or resume it, and it goes on after its last whole epoch.",
        seconds=seconds,
    )


def _was_silent(seconds: float) -> RunError:
    return RunError(
        "The training gave no sign of life for {seconds:g} s, so it was ended.",
        "Resume it: it goes on after its last whole epoch.",
        seconds=seconds,
    )


def _has_ended(process: worker.Process) -> bool:
    try:
        process.wait(_SECONDS_BETWEEN_LOOKS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _ask_to_stop(process: worker.Process) -> None:
    worker.close_input(process)
    killer = threading.Timer(SECONDS_TO_STOP, worker.kill, [process])
    killer.daemon = True
    killer.start()
