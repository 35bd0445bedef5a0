"""A run's whole life in a process of its own. Knows the run's folder, and nothing of who started it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from netcore.data.mnist import load_mnist
from netcore.errors import DivergedError, NetcoreError, RunError
from netcore.files import remove_temporaries
from netcore.model.custom.build import refuse_too_large
from netcore.model.custom.source import CustomSource
from netcore.model.xray.failure import explain_failure, is_out_of_memory
from netcore.training.checkpoints import read_checkpoint, recover_checkpoint
from netcore.training.evaluation import evaluate
from netcore.training.layout import BEST_NAME, HISTORY_NAME, LAST_NAME, STATUS_NAME
from netcore.training.loop import train
from netcore.training.passes import pinned
from netcore.training.reporter import Reporter
from netcore.training.restore import restore_model
from netcore.training.runs import Run, folder_refused
from netcore.training.status import RunStatus
from netcore.worker.protocol import error_to_message
from netcore.worker.stop import Stop


def prepare() -> None:
    """What every run needs, before it is known which: torch, which this module has imported, and the digits."""
    with pinned(threads=1):
        pass  # the first time, torch loads its compiler for this: as long as all the rest of it
    load_mnist("train")
    load_mnist("test")


def run_job(arguments: dict[str, Any], payload: bytes, stop: Stop) -> tuple[dict[str, Any], bytes]:
    """Train the run in ``arguments["folder"]`` from its ``arguments["start_from"]`` checkpoint until done or stopped.

    A worker's task. Everything that a person wants to know is written into the folder. Where it was asked to stop or
    to make room, the folder still says that it runs: whoever asked says what it is now, and where nobody is left to
    say so, a run that says it trains and that nobody holds is interrupted.
    """
    run = Run.load(Path(arguments["folder"]))
    with run.hold("run"):
        # Only the holder writes these, so that what is half written is left from one that was killed.
        remove_temporaries(run.folder, (BEST_NAME, LAST_NAME, HISTORY_NAME, STATUS_NAME))
        damages = [recover_checkpoint(path) for path in (run.best_path, run.last_path)]
        damage = next((error_to_message(damage) for damage in damages if damage), None)
        reporter = Reporter(run, damage)
        with reporter.heartbeat():
            status = _train_in_words(run, arguments["start_from"], reporter, stop)
        if status:
            reporter.write(status)
        return {"state": reporter.status.state}, b""


def _train_in_words(run: Run, start_from: Any, reporter: Reporter, stop: Stop) -> RunStatus | None:
    try:
        return _train_and_test(run, start_from, reporter, stop)
    except DivergedError as error:
        return reporter.status.ended("diverged", error)
    except OSError as error:
        return reporter.status.ended("failed", folder_refused(error))
    except Exception as error:  # a student's lines can raise anything
        if is_out_of_memory(error) or is_out_of_memory(error.__cause__):
            problem = RunError(
                "The training needs more memory than a run may use.",
                "Take a smaller batch or a smaller network in a new run.",
            )
            return reporter.status.ended("failed", problem)
        if isinstance(run.network, CustomSource):
            return reporter.status.ended("failed", explain_failure(run.network, error))
        if isinstance(error, NetcoreError):
            return reporter.status.ended("failed", error)
        raise


def _train_and_test(run: Run, start_from: Any, reporter: Reporter, stop: Stop) -> RunStatus | None:
    """How the run ended; None where it was asked to end before it was over."""

    def should_stop() -> bool:
        # Room is made between two epochs, and only by who has saved one: otherwise nobody would come to an end.
        makes_room = stop.soon.is_set() and reporter.saved_epochs > 0 and reporter.step == 1
        return makes_room or stop.is_set()

    if isinstance(run.network, CustomSource):
        refuse_too_large(run.network)
    history = train(
        run.network.build(run.config.seed),
        run.config,
        load_mnist("train"),
        run.folder,
        network=run.network,
        start_from=start_from,
        on_epoch=reporter.on_epoch,
        on_progress=reporter.on_progress,
        should_stop=should_stop,
    )
    if not run.is_complete(history):
        return None
    status = replace(reporter.status, epoch=history.last_epoch)
    if not run.best_path.exists():
        return status.ended("done")
    with pinned(run.config.threads):
        best = run.network.build(run.config.seed)
        restore_model(best, read_checkpoint(run.best_path).model_state)
        test_accuracy = evaluate(best, load_mnist("test")).accuracy
    return replace(status, test_accuracy=test_accuracy).ended("done")
