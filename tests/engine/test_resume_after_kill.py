"""A run that was killed, ended or lengthened goes on to the very result that it has undisturbed.

Of the list KR in the research notes on reliability:
KR03, KR04 every optimizer with every schedule, killed twice; KR06 killed after the last epoch; KR07 more epochs than
planned, and fewer.
"""

import subprocess
import sys
from dataclasses import replace

import pytest

from netcore.errors import CheckpointError
from netcore.settings import PROJECT_FOLDER
from netcore.training import turn as turn_module
from netcore.training.checkpoints import read_checkpoint
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.loop import train
from netcore.training.runs import RunStore
from netcore.training.scheduler import Scheduler
from tests.engine.scheduler_help import PATIENCE
from tests.engine.training_help import HARD, few_digits, hash_checkpoint, small_config


def test_killed_twice_every_optimizer_and_schedule_ends_as_if_undisturbed(tmp_path):
    """KR03, KR04: real SIGKILLs, with Dropout, BatchNorm and augmentation in each."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.killed_trainers", str(tmp_path)],
        cwd=PROJECT_FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "20 trainings compared\n")


def test_killed_after_its_last_epoch_a_run_is_only_measured_when_it_is_resumed(spare, tmp_path, monkeypatch):
    """KR06: no epoch more, no byte other."""
    scheduler = Scheduler(1, spare=spare)
    run = RunStore(tmp_path / "one" / "runs").create(HARD, small_config(epochs=2))
    with monkeypatch.context() as patched:
        patched.setattr(turn_module, "TASK", "tests.engine.worker_tasks:die_while_evaluating")
        scheduler.start(run)
        assert scheduler.wait(run, PATIENCE)
    assert (run.status().state, run.history().last_epoch) == ("failed", 2)
    before = [(run.folder / name).read_bytes() for name in (BEST_NAME, LAST_NAME)], run.history()
    scheduler.start(run)
    assert scheduler.wait(run, PATIENCE)
    assert run.status().state == "done"
    assert run.status().test_accuracy > 0
    assert ([(run.folder / name).read_bytes() for name in (BEST_NAME, LAST_NAME)], run.history()) == before
    scheduler.close()


def train_hard(folder, config, **more):
    folder.mkdir(exist_ok=True)
    return train(HARD.build(config.seed), config, few_digits(), folder, network=HARD, **more)


def test_more_epochs_than_planned_end_as_if_they_had_been_planned(tmp_path):
    """KR07: a run that is over goes on, and again."""
    config = small_config(epochs=6, schedule="step")
    train_hard(tmp_path / "whole", config)
    for epochs in (2, 3, 6):
        train_hard(tmp_path / "longer", replace(config, epochs=epochs))
    whole, longer = (read_checkpoint(tmp_path / name / LAST_NAME) for name in ("whole", "longer"))
    assert hash_checkpoint(whole) == hash_checkpoint(longer)


@pytest.mark.parametrize("epochs", [1, 2])
def test_fewer_epochs_than_it_has_leave_a_run_as_it_is(tmp_path, epochs):
    """KR07: nothing is trained, nothing is forgotten."""
    history = train_hard(tmp_path, small_config(epochs=3))
    before = [(tmp_path / name).read_bytes() for name in (BEST_NAME, LAST_NAME)]
    heard = []
    assert train_hard(tmp_path, small_config(epochs=epochs), on_progress=heard.append) == history
    assert heard == []
    assert [(tmp_path / name).read_bytes() for name in (BEST_NAME, LAST_NAME)] == before


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_fewer_epochs_than_a_schedule_was_laid_out_over_are_refused(tmp_path, schedule):
    """KR07: the rates of the epochs that are there would have been others."""
    config = small_config(epochs=3, schedule=schedule)
    train_hard(tmp_path, config)
    with pytest.raises(CheckpointError, match=r"trained with epochs 3, and this run has 2\. Start a new run"):
        train_hard(tmp_path, replace(config, epochs=2))
