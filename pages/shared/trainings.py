"""Start a training from a page. Knows the workspace and the engine's scheduler, not what is on the screen."""

from __future__ import annotations

from dataclasses import replace

from netcore.errors import NetcoreError
from netcore.model.presets import get_preset
from netcore.training.config import TrainingConfig
from netcore.training.runs import Run
from netcore.training.scheduler import scheduler
from pages.shared.workspace import Hand, Workspace

FIRST_EPOCHS = 7


def claim(work: Workspace) -> None:
    """Make this server the one that trains this folder's runs. Raises ``RunError`` where another one does."""
    scheduler().claim(work.folder.parent)


def start(work: Workspace, config: TrainingConfig) -> Run:
    """Train the network in hand in a new run, and let the hand take that run's best weights from now on.

    Raises ``RunError`` where a run of the workspace trains already; nothing is left behind then.
    """
    hand = work.hand
    run = work.runs.create(hand.spec, config)
    try:
        scheduler().start(run)
    except NetcoreError:
        work.runs.delete(run)
        raise
    work.take(replace(hand, run=run.identity))
    return run


def start_first(work: Workspace) -> Run:
    """Take the course's network into hand and train it for a few epochs: enough for 97 % of the test digits."""
    work.take(Hand(get_preset("mlp").stack))
    return start(work, TrainingConfig(epochs=FIRST_EPOCHS))
