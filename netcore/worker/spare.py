"""A worker that waits, warm, for its one task. Knows nothing of the task."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from netcore.worker import process as worker
from netcore.worker.confinement import Confinement
from netcore.worker.limits import UNLIMITED, Limits


class Spare:
    """Starts tasks in workers that have run ``prepare`` (``"package.module:function"``) before the task is known.

    Loading torch takes seconds; a worker that has done so answers a click at once. Every method may be called from
    any thread.
    """

    def __init__(self, prepare: str) -> None:
        self._prepare = prepare
        self._lock = threading.Lock()
        self._keeps_one = False
        self._waiting: worker.Process | None = None

    def warm_up(self) -> None:
        """Have one worker waiting from now on, and another whenever that one is used. It ends with this process."""
        with self._lock:
            self._keeps_one = True
            self._refill()

    def start(
        self,
        task: str,
        arguments: dict[str, Any],
        *,
        limits: Limits = UNLIMITED,
        confinement: Confinement | None = None,
        log: Path,
    ) -> worker.Process:
        """Give ``task`` to the worker that waits, or to a fresh one where there is none, and return at once."""
        with self._lock:
            process = self._take() or worker.launch(prepare=self._prepare)
        worker.give(process, task, arguments, limits=limits, confinement=confinement, log=log)
        with self._lock:
            if self._keeps_one:
                self._refill()
        return process

    def close(self) -> None:
        """End the worker that waits, and keep none any more."""
        with self._lock:
            self._keeps_one = False
            process = self._take()
        if process:
            worker.close_input(process)
            worker.kill(process)

    def _take(self) -> worker.Process | None:
        process, self._waiting = self._waiting, None
        if process and process.poll() is not None:  # something ended it while it waited
            worker.close_input(process)
            return None
        return process

    def _refill(self) -> None:
        self._waiting = self._take() or worker.launch(prepare=self._prepare)
