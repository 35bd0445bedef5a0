"""Writes where a run stands into its folder, often enough to watch and seldom enough to cost nothing."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from netcore.training.history import EpochResult
from netcore.training.loop import Progress
from netcore.training.runs import Run
from netcore.training.status import RunStatus

_SECONDS_BETWEEN_REPORTS = 0.25
_SECONDS_BETWEEN_BEATS = 1.0


class Reporter:
    """What the worker says of a run that it trains."""

    def __init__(self, run: Run, damage: dict[str, Any] | None) -> None:
        self._run = run
        self._reported = 0.0
        self._first: Progress | None = None
        self.saved_epochs = 0
        """Epochs that were finished and saved since this worker began."""
        self.step = 0
        """Batches done of the epoch at hand."""
        self.status = RunStatus("running", epoch=run.history().last_epoch, steps=run.config.steps, damage=damage)
        self.write(self.status)

    def on_progress(self, progress: Progress) -> None:
        """Report at most every quarter of a second."""
        # The first step is the slowest by far: speed is counted from its end.
        self._first = self._first or progress
        self.step = progress.step
        now = time.monotonic()
        if progress == self._first or now - self._reported < _SECONDS_BETWEEN_REPORTS:
            return
        config = self._run.config
        rate = (progress.images - self._first.images) / (progress.seconds - self._first.seconds)
        images_left = (config.epochs - progress.epoch + 1) * config.training_size - progress.step * config.batch_size
        self.status = replace(
            self.status,
            epoch=progress.epoch,
            step=progress.step,
            images_per_second=rate,
            seconds_left=max(0.0, images_left / rate),
        )
        self._write_progress()
        self._reported = now

    def on_epoch(self, result: EpochResult) -> None:
        """Report whole epochs at once, so that curve and bar agree."""
        self.saved_epochs += result.was_saved
        self.status = replace(self.status, epoch=result.epoch, step=self._run.config.steps)
        self._write_progress()

    def write(self, status: RunStatus) -> None:
        """Report a change of state, durably."""
        self.status = status
        self._run.write_status(status)

    @contextlib.contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Touch the status file every second while the body runs, also during a batch that takes long."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(_SECONDS_BETWEEN_BEATS):
                with contextlib.suppress(OSError):  # the folder was removed: the training will find out
                    _touch(self._run.status_path)

        thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _write_progress(self) -> None:
        with contextlib.suppress(OSError):  # a full disk costs a moment of the progress bar, and not the run
            self._run.write_status(self.status, durable=False)


def _touch(path: Path) -> None:
    """Give a JSON file the time of now: its first byte once more. A confined process may not change a file's times."""
    with path.open("r+b") as file:
        file.write(b"{")
