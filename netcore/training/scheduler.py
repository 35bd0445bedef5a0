"""Who trains when: a bounded queue in which every workspace gets its turns. Knows nothing of networks or workers."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from filelock import FileLock

from netcore.errors import RunError
from netcore.settings import MAX_WAITING_RUNS, usable_cores
from netcore.training.budget import Budget
from netcore.training.claim import claim
from netcore.training.memory import check_memory, estimate_memory
from netcore.training.place import Place, seconds_until_start
from netcore.training.runs import Run, RunStore, folder_refused
from netcore.training.status import RunStatus
from netcore.training.turn import SECONDS_TO_STOP, Turn
from netcore.worker.memory import free_memory
from netcore.worker.spare import Spare

PREPARE = "netcore.training.job:prepare"
_SECONDS_TO_RELEASE = SECONDS_TO_STOP + 1.0


@dataclass(eq=False)
class _Job:
    run: Run
    start_from: str
    memory: int
    held: ExitStack
    """Keeps the run's queue lock, so that every process sees that it is taken, until the job is over."""
    turn: Turn | None = None
    epoch: int = 0
    """The last whole one, when it came into the queue."""
    seconds: float = 0.0
    """How long it has trained in the turns before."""
    rate: float = 0.0
    """Images per second, as last seen."""
    over: threading.Event = field(default_factory=threading.Event)

    def seconds_of(self, epochs: float, typical_rate: float) -> float:
        """How long it needs for so many epochs."""
        return epochs * self.run.config.training_size / (self.rate or typical_rate)


class Scheduler:
    """Trains at most ``workers`` runs at a time, one of a workspace.

    Who waits is served in order. While others wait, a run makes room at the end of an epoch and goes to the end of the
    queue; since a resume is exact, that changes nothing but the time. One that makes no batch is ended. Every method
    may be called from any thread.
    """

    def __init__(self, workers: int, budget: Budget | None = None, spare: Spare | None = None) -> None:
        self._workers = workers
        self._budget = budget or Budget()
        self._spare = spare or Spare(PREPARE)
        self._lock = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._training: list[_Job] = []
        self._claims: dict[Path, FileLock] = {}

    def warm_up(self) -> None:
        """Keep a worker ready from now on, so that a start trains at once."""
        self._spare.warm_up()

    def claim(self, folder: Path) -> None:
        """Make this process the one that trains the runs of the workspaces in ``folder``.

        Raises ``RunError`` where another process does.
        """
        with self._lock:
            if folder not in self._claims:
                self._claims[folder] = claim(folder)

    def start(self, run: Run, *, start_from: str = "last") -> None:
        """Train ``run``, now or when its turn comes: from its last epoch, or from its best one (``"best"``).

        A run that has no checkpoint starts at epoch 1. Raises ``RunError`` where it, or another run of its workspace,
        trains already, where there is no room for it, or where going on would only repeat what ended it.
        """
        self.claim(run.folder.parents[2])
        if not run.status().is_active:
            self.wait(run, _SECONDS_TO_RELEASE)  # its worker has written its last word, but may still be on its way out
        memory = estimate_memory(run.network, run.config)
        with self._lock:
            self._check(run, memory)
            with ExitStack() as held:
                held.enter_context(run.hold("queue"))
                epoch = run.history().last_epoch
                run.write_status(RunStatus("queued", epoch=epoch, steps=run.config.steps))
                self._waiting.append(_Job(run, start_from, memory, held.pop_all(), epoch=epoch))
            self._fill()

    def stop(self, run: Run) -> None:
        """Ask a run to stop after the batch it is at; a moment later it is killed. Does nothing where it is over.

        Its last whole epoch is kept. Returns at once.
        """
        self._end(run, "stopped")

    def pause(self, run: Run) -> None:
        """Let a run rest until somebody starts it again. It ends as with ``stop``, and its turn goes to others."""
        self._end(run, "paused")

    def ending(self, run: Run) -> str:
        """The state in which somebody has asked a training run to end, as long as it has not yet; else empty."""
        with self._lock:
            job = self._find(run)
            return job.turn.ending if job and job.turn else ""

    def place(self, run: Run) -> Place | None:
        """Where the run stands in the queue, and about how long it waits; None where it does not wait."""
        with self._lock:
            waiting, training = list(self._waiting), list(self._training)
        folders = [job.run.folder for job in waiting]
        if run.folder not in folders:
            return None
        number = folders.index(run.folder)
        return Place(number + 1, self._seconds_until_start(training, waiting[:number]))

    def wait(self, run: Run, timeout: float | None = None) -> bool:
        """Wait until the run is over; False where the timeout passed first."""
        with self._lock:
            job = self._find(run)
        return job is None or job.over.wait(timeout)

    def close(self) -> None:
        """Stop all runs, end the spare worker, give the folders back. What else happens when the process ends."""
        with self._lock:
            jobs = [*self._waiting, *self._training]
        for job in jobs:
            self.stop(job.run)
        for job in jobs:
            job.over.wait()
        self._spare.close()
        with self._lock:
            for lock in self._claims.values():
                lock.release()
            self._claims.clear()

    def _check(self, run: Run, memory: int) -> None:
        active = RunStore(run.folder.parent).active()
        if active:
            raise RunError("{name} is training already.", "Watch it, or stop it first.", name=active.name)
        if run.status().state == "diverged":
            raise RunError(
                "The loss of {name} was no number any more, and going on would end in the same place.",
                "Start a new run with a smaller learning rate.",
                name=run.name,
            )
        if len(self._waiting) >= MAX_WAITING_RUNS:
            raise RunError(
                "{count} runs wait for their turn already, and the queue holds no more.",
                "Try again in a few minutes.",
                count=len(self._waiting),
            )
        # Beside others it may wait until they are over; alone it has all there is.
        free = None if self._training else free_memory()
        most = min(self._budget.memory_bytes, free or self._budget.memory_bytes)
        check_memory(memory, most)

    def _end(self, run: Run, state: str) -> None:
        with self._lock:
            job = self._find(run)
            if job is None:
                return
            if job.turn:
                job.turn.end(state)
            else:
                self._waiting.remove(job)
                _finish(job, run.read_status().ended(state))

    def _find(self, run: Run) -> _Job | None:
        return next((job for job in [*self._training, *self._waiting] if job.run.folder == run.folder), None)

    def _fill(self) -> None:
        # Called with the lock held.
        while self._waiting and len(self._training) < self._workers and self._has_memory(self._waiting[0]):
            job = self._waiting.popleft()
            if not job.run.last_path.exists():
                # Another number of threads gives other last bits, so it is chosen once for the life of the run.
                threads = 1 if self._training else _spare_cores()
                job.run = job.run.with_config(replace(job.run.config, threads=threads))
            job.turn = Turn(job.run, job.start_from, self._budget, job.seconds)
            self._training.append(job)
            threading.Thread(
                target=self._attend, args=(job, job.turn), name=f"attend {job.run.name}", daemon=True
            ).start()

    def _has_memory(self, job: _Job) -> bool:
        free = free_memory() if self._training else None
        return free is None or job.memory <= free

    def _attend(self, job: _Job, turn: Turn) -> None:
        """Wait for the end of a turn, then make room for the next one."""
        status = RunStatus("failed")
        try:
            status = turn.attend(self._spare, lambda: bool(self._waiting))
        except OSError as error:
            status = status.ended("failed", folder_refused(error))
        finally:
            with self._lock:
                self._training.remove(job)
                job.turn = None
                if status.state == "queued" and not turn.ending:
                    job.start_from, job.epoch, job.seconds = "last", status.epoch, job.seconds + turn.seconds
                    with contextlib.suppress(OSError):
                        job.run.write_status(status)
                    self._waiting.append(job)
                else:
                    _finish(job, status.ended(turn.ending) if status.state == "queued" else status)
                self._fill()

    def _seconds_until_start(self, training: list[_Job], ahead: list[_Job]) -> float | None:
        for job in training:
            job.rate = job.run.read_status().images_per_second or job.rate
        rates = [job.rate for job in training if job.rate]
        if not rates or any(job.turn and job.turn.is_stalled for job in training):
            return None
        typical = sum(rates) / len(rates)
        turn = self._budget.turn_seconds

        def until_room(job: _Job) -> float:
            left = job.run.config.epochs - job.run.read_status().epoch + 1
            spent = job.turn.seconds if job.turn else 0.0
            return min(job.seconds_of(left, typical), max(0.0, turn - spent) + job.seconds_of(1, typical))

        def of_turn(job: _Job) -> float:
            left = job.run.config.epochs - job.epoch
            return min(job.seconds_of(left, typical), turn + job.seconds_of(1, typical))

        return seconds_until_start([until_room(job) for job in training], [of_turn(job) for job in ahead])


@cache
def scheduler() -> Scheduler:
    """The scheduler of this process."""
    return Scheduler(_spare_cores())


def _spare_cores() -> int:
    # One core is left for the pages: threads that share a core with them wait for one another at every layer, and a
    # run with as many threads as cores then takes many times longer than with one less.
    return max(1, usable_cores() - 1)


def _finish(job: _Job, status: RunStatus) -> None:
    with contextlib.suppress(OSError):  # a full disk, or the folder is gone: who looks finds it interrupted
        if job.run.read_status() != status:
            job.run.write_status(status)
    job.held.close()
    job.over.set()
