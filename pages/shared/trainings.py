"""Start a training from a page. Knows the workspace and the engine's scheduler, not what is on the screen."""

from __future__ import annotations

from dataclasses import replace

from netcore.errors import NetcoreError
from netcore.model.presets import get_preset
from netcore.training import outside
from netcore.training.config import TrainingConfig
from netcore.training.outside import OutsideCheckpoint
from netcore.training.runs import Run
from netcore.training.scheduler import scheduler
from netcore.training.wish import read_wish
from pages.shared.workspace import Hand, Workspace

FIRST_EPOCHS = 7
MORE_EPOCHS = 5


def claim(work: Workspace) -> None:
    """Make this server the one that trains this folder's runs. Raises ``RunError`` where another one does."""
    scheduler().claim(work.folder.parent)


def start(work: Workspace, config: TrainingConfig, hand: Hand | None = None) -> Run:
    """Train the network in hand, or that of ``hand``, in a new run, whose best weights are in hand from now on.

    Raises ``RunError`` where a run of the workspace trains already, ``OSError`` where the disk refuses; nothing is
    left behind then.
    """
    hand = hand or work.hand
    run = work.runs.create(hand.spec, config)
    try:
        _begin(work, run, replace(hand, run=run.identity))
    except (NetcoreError, OSError):
        work.runs.delete(run)
        raise
    return run


def resume(work: Workspace, run: Run, start_from: str = "last") -> None:
    """Train ``run`` on, after its last epoch or its best one (``"best"``), with its network in hand from now on.

    Raises ``RunError`` as ``start`` does.
    """
    _begin(work, run, hand_of(work, run), start_from)


def adopt(work: Workspace, found: OutsideCheckpoint, *, fresh_optimizer: bool) -> Run:
    """A new run that stands where ``found`` ended, and can be resumed. Raises what ``outside.adopt`` does."""
    return outside.adopt(work.runs, found, fresh_optimizer=fresh_optimizer)


def go_on_from(work: Workspace, found: OutsideCheckpoint, *, fresh_optimizer: bool) -> Run:
    """Train on where ``found`` ended, in a new run: to the end of its settings, or a few epochs more where it is there.

    Raises ``RunError`` as ``start`` does, or ``ConfigError`` where its schedule does not allow more; nothing is left
    behind then.
    """
    config = found.config.lengthened(found.epoch + MORE_EPOCHS) if found.is_complete else found.config
    run = adopt(work, found, fresh_optimizer=fresh_optimizer)
    try:
        resume(work, run.with_config(config))
    except (NetcoreError, OSError):
        work.runs.delete(run)
        raise
    return run


def hand_of(work: Workspace, run: Run) -> Hand:
    """The network of ``run`` with its best weights, as the network in hand."""
    config = run.config
    return Hand(run.network, config.seed, run.identity, work.hand.mode, config.frozen)


def slower(run: Run) -> TrainingConfig:
    """The settings of ``run`` with a tenth of the learning rate that it had in the end.

    Raises ``ConfigError`` where a tenth is less than a run may have.
    """
    rate = read_wish(run.folder) or run.config.learning_rate
    return replace(run.config, learning_rate=float(f"{rate / 10:.4g}"))


def start_slower(work: Workspace, run: Run) -> Run:
    """Train the network of ``run`` again from the beginning, with a tenth of the learning rate, in a new run."""
    return start(work, slower(run), replace(hand_of(work, run), run=None))


def start_first(work: Workspace) -> Run:
    """Take the course's network into hand and train it for a few epochs: enough for 97 % of the test digits."""
    return start(work, TrainingConfig(epochs=FIRST_EPOCHS), Hand(get_preset("mlp").stack))


def _begin(work: Workspace, run: Run, hand: Hand, start_from: str = "last") -> None:
    before = work.hand
    work.take(hand)  # before the start: a disk that refuses this refuses it while nothing trains yet
    try:
        scheduler().start(run, start_from=start_from)
    except (NetcoreError, OSError):
        work.take(before)
        raise
