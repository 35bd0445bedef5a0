"""What the queue costs: runs of ten workspaces that take turns, against each of them alone (pytest -s)."""

import time

import pytest

from netcore.model.presets import get_preset
from netcore.training.budget import Budget
from netcore.training.config import TrainingConfig
from netcore.training.runs import RunStore
from netcore.training.scheduler import Scheduler

pytestmark = pytest.mark.benchmark

WORKERS = 1
EPOCHS = 5
TURN_SECONDS = 2.5
"""Less than a run takes, so that each makes room for the others once."""


def test_runs_of_ten_workspaces_in_a_queue_beside_the_same_runs_alone(tmp_path, is_shown):
    count, epochs = (10, EPOCHS) if is_shown else (2, 1)
    scheduler = Scheduler(WORKERS, Budget(turn_seconds=TURN_SECONDS))
    scheduler.warm_up()
    try:
        wait_for_all(scheduler, create_runs(tmp_path / "warm", 1, 1))
        began = time.perf_counter()
        for run in create_runs(tmp_path / "alone", count, epochs):
            wait_for_all(scheduler, [run])
        alone = time.perf_counter() - began
        began = time.perf_counter()
        wait_for_all(scheduler, create_runs(tmp_path / "queued", count, epochs))
        queued = time.perf_counter() - began
    finally:
        scheduler.close()
    print(f"\n{count} runs of {epochs} epochs in a queue, turns of {TURN_SECONDS:g} s: {queued:.1f} s, that is")
    print(f"  {queued / alone:.2f} x the same runs alone, one after the other ({alone:.1f} s)")


def create_runs(folder, count, epochs):
    config, stack = TrainingConfig(epochs=epochs), get_preset("mlp").stack
    return [RunStore(folder / f"{number:032x}" / "runs").create(stack, config) for number in range(count)]


def wait_for_all(scheduler, runs):
    for run in runs:
        scheduler.start(run)
    for run in runs:
        assert scheduler.wait(run, 600)
        assert run.status().state == "done"
