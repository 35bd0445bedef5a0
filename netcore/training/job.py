"""A run's whole life in a process of its own. Knows the run's folder, and nothing of who started it."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from netcore.data.mnist import load_mnist
from netcore.errors import DivergedError, NetcoreError, RunError
from netcore.training.checkpoints import read_checkpoint
from netcore.training.evaluation import evaluate
from netcore.training.history import EpochResult
from netcore.training.loop import Progress, train
from netcore.training.passes import pinned
from netcore.training.restore import restore_model
from netcore.training.runs import Run, RunStatus

_SECONDS_BETWEEN_REPORTS = 0.25
_NICENESS = 10


def run_job(arguments: dict[str, Any], payload: bytes, stop: threading.Event) -> tuple[dict[str, Any], bytes]:
    """Train the run in ``arguments["folder"]`` from its ``arguments["start_from"]`` checkpoint until done or stopped.

    A worker's task. Everything that a person wants to know is written into the folder; the answer is the last state.
    """
    if hasattr(os, "nice"):
        os.nice(_NICENESS)  # whoever draws the pages goes first
    run = Run.load(Path(arguments["folder"]))
    with run.hold("run"):
        reporter = _Reporter(run)
        try:
            reporter.write(_train_and_test(run, arguments["start_from"], reporter, stop))
        except DivergedError as error:
            reporter.write(reporter.status.ended("diverged", error))
        except NetcoreError as error:
            reporter.write(reporter.status.ended("failed", error))
        except OSError as error:
            problem = RunError(
                "The folder of the run cannot be read or written: {reason}.",
                "Free some space, then resume.",
                reason=str(error.strerror),
            )
            reporter.write(reporter.status.ended("failed", problem))
        return {"state": reporter.status.state}, b""


class _Reporter:
    """Writes where the run stands, often enough to watch and seldom enough to cost nothing."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.reported = 0.0
        self.first: Progress | None = None
        self.status = RunStatus("running", epoch=run.history().last_epoch, steps=run.config.steps)
        self.write(self.status)

    def on_progress(self, progress: Progress) -> None:
        """Report at most every quarter of a second."""
        # The first step is the slowest by far: speed is counted from its end.
        self.first = self.first or progress
        now = time.monotonic()
        if progress == self.first or now - self.reported < _SECONDS_BETWEEN_REPORTS:
            return
        config = self.run.config
        rate = (progress.images - self.first.images) / (progress.seconds - self.first.seconds)
        images_left = (config.epochs - progress.epoch + 1) * config.training_size - progress.step * config.batch_size
        self.status = replace(
            self.status,
            epoch=progress.epoch,
            step=progress.step,
            images_per_second=rate,
            seconds_left=max(0.0, images_left / rate),
        )
        self.run.write_status(self.status, durable=False)
        self.reported = now

    def on_epoch(self, result: EpochResult) -> None:
        """Report whole epochs at once, so that curve and bar agree."""
        self.status = replace(self.status, epoch=result.epoch, step=self.run.config.steps)
        self.run.write_status(self.status, durable=False)

    def write(self, status: RunStatus) -> None:
        """Report a change of state, durably."""
        self.status = status
        self.run.write_status(status)


def _train_and_test(run: Run, start_from: Any, reporter: _Reporter, stop: threading.Event) -> RunStatus:
    history = train(
        run.network.build(run.config.seed),
        run.config,
        load_mnist("train"),
        run.folder,
        network=run.network,
        start_from=start_from,
        on_epoch=reporter.on_epoch,
        on_progress=reporter.on_progress,
        should_stop=stop.is_set,
    )
    status = replace(reporter.status, epoch=history.last_epoch)
    if history.last_epoch < run.config.epochs and not history.has_stalled(run.config.patience):
        return replace(status, step=0).ended("stopped")
    if not run.best_path.exists():
        return status.ended("done")
    with pinned(run.config.threads):
        best = run.network.build(run.config.seed)
        restore_model(best, read_checkpoint(run.best_path).model_state)
        test_accuracy = evaluate(best, load_mnist("test")).accuracy
    return replace(status, test_accuracy=test_accuracy).ended("done")
