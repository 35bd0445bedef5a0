"""Start a training from a page. Knows the workspace and the engine's scheduler, not what is on the screen."""

from __future__ import annotations

from dataclasses import replace

from netcore.errors import NetcoreError
from netcore.model.presets import get_preset
from netcore.training import outside
from netcore.training.advice import advise
from netcore.training.config import TrainingConfig
from netcore.training.history import History
from netcore.training.outside import OutsideCheckpoint
from netcore.training.runs import Run
from netcore.training.scheduler import scheduler
from netcore.training.status import RunStatus
from netcore.training.verdict import judge
from netcore.training.wish import read_wish
from pages.shared import engine
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


def adopt(work: Workspace, found: OutsideCheckpoint, **choices: bool) -> Run:
    """A new run that stands where ``found`` ended, and can be resumed. Takes and raises what ``outside.adopt`` does."""
    return outside.adopt(work.runs, found, **choices)


def go_on_from(work: Workspace, found: OutsideCheckpoint, **choices: bool) -> Run:
    """Train on where ``found`` ended, in a new run: to the end of its settings, or a few epochs more where it is there.

    Raises ``RunError`` as ``start`` does, or ``ConfigError`` where its schedule does not allow more; nothing is left
    behind then.
    """
    config = found.config.lengthened(found.epoch + MORE_EPOCHS) if found.is_complete else found.config
    run = adopt(work, found, **choices)
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


def advised(run: Run, status: RunStatus, history: History) -> TrainingConfig | None:
    """The settings with which the network of ``run`` may learn better; None where it goes well, or is not over."""
    verdict = judge(history)
    rate = read_wish(run.folder) or run.config.learning_rate
    settings = replace(run.config, learning_rate=rate)
    if status.state == "diverged":
        return advise(settings, "diverged")
    return advise(settings, verdict.kind) if verdict and status.has_ended else None


def start_again(work: Workspace, run: Run, config: TrainingConfig) -> Run:
    """Train the network of ``run`` from the beginning under ``config``, in a new run."""
    return start(work, config, replace(hand_of(work, run), run=None))


def start_first(work: Workspace) -> Run:
    """Take the course's network into hand and train it for a few epochs: enough for 97 % of the test digits."""
    return start(work, TrainingConfig(epochs=FIRST_EPOCHS), Hand(get_preset("mlp").stack))


def start_now(work: Workspace) -> Run:
    """Train the network in hand for as many epochs as the first one, with the usual settings.

    Raises what ``start`` does, and the engine's refusal where this network cannot be trained.
    """
    hand = work.hand
    config = TrainingConfig(epochs=FIRST_EPOCHS, seed=hand.seed, frozen=hand.frozen)
    claim(work)
    engine.check_training(hand.spec, config)
    return start(work, config)


def _begin(work: Workspace, run: Run, hand: Hand, start_from: str = "last") -> None:
    before = work.hand
    work.take(hand)  # before the start: a disk that refuses this refuses it while nothing trains yet
    try:
        scheduler().start(run, start_from=start_from)
    except (NetcoreError, OSError):
        work.take(before)
        raise
