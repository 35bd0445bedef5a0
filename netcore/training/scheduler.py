"""Who trains when: starts the workers, stops them, and records how they ended. Knows nothing of networks."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache

from netcore.errors import RunError
from netcore.settings import MAX_CHECKPOINT_BYTES, usable_cores
from netcore.training.layout import LOG_NAME
from netcore.training.runs import Run, RunStatus, RunStore
from netcore.worker import process as worker
from netcore.worker.limits import Limits

TASK = "netcore.training.job:run_job"
SECONDS_TO_STOP = 2.0
LIMITS = Limits(memory_bytes=4 * 1024**3, file_bytes=MAX_CHECKPOINT_BYTES + 1024**2)


@dataclass(eq=False)
class _Job:
    run: Run
    start_from: str
    held: ExitStack
    """Keeps the run's queue lock, so that every process sees that it is taken, until the job is over."""
    process: subprocess.Popen[bytes] | None = None
    stop_asked: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class Scheduler:
    """Trains at most ``workers`` runs at a time, first come first served, one of a workspace.

    Every method may be called from any thread.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._lock = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._training: list[_Job] = []

    def start(self, run: Run, *, start_from: str = "last") -> None:
        """Train ``run``, now or when its turn comes: from its last epoch, or from its best one (``"best"``).

        A run that has no checkpoint starts at epoch 1. Raises ``RunError`` where it, or another run of its workspace,
        trains already, or where going on would only repeat what ended it.
        """
        if not run.status().is_active:
            self.wait(run, SECONDS_TO_STOP)  # its worker has written its last word, but may still be on its way out
        with self._lock:
            active = RunStore(run.folder.parent).active()
            if active:
                raise RunError("{name} is training already.", "Watch it, or stop it first.", name=active.name)
            if run.status().state == "diverged":
                raise RunError(
                    "The loss of {name} was no number any more, and going on would end in the same place.",
                    "Start a new run with a smaller learning rate.",
                    name=run.name,
                )
            held = ExitStack()
            held.enter_context(run.hold("queue"))
            epoch = run.history().last_epoch
            run.write_status(RunStatus("queued", epoch=epoch, steps=run.config.steps))
            self._waiting.append(_Job(run, start_from, held))
            self._fill()

    def stop(self, run: Run) -> None:
        """Ask a run to stop after the batch it is at; two seconds later it is killed. Does nothing where it is over.

        Its last whole epoch is kept. Returns at once.
        """
        with self._lock:
            job = self._find(run)
            if job is None:
                return
            job.stop_asked = True
            if job in self._waiting:
                self._waiting.remove(job)
                run.write_status(run.read_status().ended("stopped"))
                _finish(job)
            elif job.process:
                _ask_to_stop(job.process)

    def place_in_queue(self, run: Run) -> int:
        """How many runs start before this one does, plus one; 0 where it does not wait."""
        with self._lock:
            identities = [job.run.folder for job in self._waiting]
        return identities.index(run.folder) + 1 if run.folder in identities else 0

    def wait(self, run: Run, timeout: float | None = None) -> bool:
        """Wait until the run is over; False where the timeout passed first."""
        with self._lock:
            job = self._find(run)
        return job is None or job.over.wait(timeout)

    def _find(self, run: Run) -> _Job | None:
        return next((job for job in [*self._training, *self._waiting] if job.run.folder == run.folder), None)

    def _fill(self) -> None:
        # Called with the lock held.
        while self._waiting and len(self._training) < self._workers:
            job = self._waiting.popleft()
            if not job.run.last_path.exists():
                # Another number of threads gives other last bits, so it is chosen once for the life of the run.
                threads = 1 if self._training else _spare_cores()
                job.run = job.run.with_config(replace(job.run.config, threads=threads))
            self._training.append(job)
            threading.Thread(target=self._attend, args=(job,), name=f"attend {job.run.name}", daemon=True).start()

    def _attend(self, job: _Job) -> None:
        """Start the worker, wait for its end, write how it ended, make room for the next."""
        try:
            with (job.run.folder / LOG_NAME).open("wb") as log:
                arguments = {"folder": str(job.run.folder), "start_from": job.start_from}
                process = worker.start(TASK, arguments, limits=LIMITS, log=log)
            with self._lock:
                job.process = process
                if job.stop_asked:
                    _ask_to_stop(process)
            process.wait()
            _close_input(process)
            _record_ending(job, process.returncode)
        finally:
            with self._lock:
                self._training.remove(job)
                _finish(job)
                self._fill()


@cache
def scheduler() -> Scheduler:
    """The scheduler of this process."""
    return Scheduler(_spare_cores())


def _spare_cores() -> int:
    # One core is left for the pages: threads that share a core with them wait for one another at every layer, and a
    # run with as many threads as cores then takes many times longer than with one less.
    return max(1, usable_cores() - 1)


def _ask_to_stop(process: subprocess.Popen[bytes]) -> None:
    _close_input(process)
    killer = threading.Timer(SECONDS_TO_STOP, worker.kill, [process])
    killer.daemon = True
    killer.start()


def _close_input(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()


def _record_ending(job: _Job, returncode: int) -> None:
    status = job.run.read_status()
    if not status.is_active:
        return  # the worker has said itself how it ended
    if job.stop_asked:
        job.run.write_status(replace(status, step=0).ended("stopped"))
        return
    problem = RunError(
        "The training ended before it was done: {reason}.",
        "Resume it: it goes on after its last whole epoch.",
        reason=worker.ending_in_words(returncode),
    )
    job.run.write_status(status.ended("failed", problem))


def _finish(job: _Job) -> None:
    job.held.close()
    job.over.set()
