"""The training loop: learn, measure, keep the best, go on where it stopped. Knows nothing of processes or screens."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from torch import nn

from netcore.data.mnist import Digits
from netcore.errors import CheckpointError, DivergedError
from netcore.model.spec import NetworkSpec, fingerprint
from netcore.seeds import derive_seed, seeded
from netcore.training.advice import refuse_divergence
from netcore.training.batches import EVALUATION_BATCH, batches, split_digits, training_batches
from netcore.training.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from netcore.training.config import TrainingConfig
from netcore.training.freezing import freeze
from netcore.training.history import MOST_RATES, EpochResult, History, write_history
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.learning_rate import LearningRate
from netcore.training.memory_format import find_memory_format, set_memory_format
from netcore.training.meta import write_meta
from netcore.training.optimizers import build_optimizer, learning_parameters
from netcore.training.passes import pinned, run_pass
from netcore.training.readiness import check_network
from netcore.training.restore import check_same_training, restore_model, restore_optimizer
from netcore.training.wish import read_wish

StartFrom = Literal["last", "best"]


@dataclass(frozen=True)
class Progress:
    """Where a training stands, between two batches."""

    epoch: int
    step: int
    """Batches done of this epoch's training pass."""
    images: int
    """Digits learned from since the training started or was resumed."""
    seconds: float
    """Time since then, validation included."""


class _StopAsked(Exception):  # noqa: N818 - it is how the loop is left, not an error
    pass


def train(
    model: nn.Module,
    config: TrainingConfig,
    digits: Digits,
    folder: Path,
    *,
    network: NetworkSpec | None = None,
    start_from: StartFrom = "last",
    on_epoch: Callable[[EpochResult], None] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> History:
    """Train ``model`` in place up to ``config.epochs`` and return what was measured.

    ``folder`` receives ``checkpoint_best.pth`` whenever the validation loss is beaten, ``checkpoint_last.pth`` and
    ``history.jsonl`` after every epoch. Where it holds a checkpoint already, the training goes on at that epoch + 1:
    after the last one with the very bits of an uninterrupted run, or after the best one (``start_from="best"``).
    ``model`` must then be a fresh one of the same ``network``, which is written into the files. It ends early where
    ``config.patience`` epochs brought no lower validation loss. A learning rate that is wished for in ``folder``
    (``netcore.training.wish``) is taken at the beginning of the next epoch.

    ``should_stop`` is asked between batches; when it says so, the half epoch is dropped and the history returned.
    Raises ``ConfigError`` or ``StackError`` where network and settings do not go together, ``CheckpointError`` where
    the folder's checkpoint cannot be used, ``DivergedError`` when the loss is no number any more.
    """
    with pinned(config.threads):
        freeze(model, config.frozen)
        memory_format = check_network(model, config)
        training = _Training(model, config, digits, folder, network, memory_format)
        training.resume(start_from)

        def on_step(epoch: int, step: int) -> None:
            if on_progress:
                on_progress(training.progress(epoch, step))
            if should_stop and should_stop():
                raise _StopAsked

        for epoch in range(training.first_epoch, config.epochs + 1):
            if training.history.has_stalled(config.patience):
                break
            try:
                result = training.run_epoch(epoch, on_step)
            except _StopAsked:
                break
            result = training.save(result)
            if on_epoch:
                on_epoch(result)
        return training.history


class _Training:
    """What changes from epoch to epoch (network, optimizer, learning rate, loss to beat, history), and how."""

    def __init__(
        self,
        model: nn.Module,
        config: TrainingConfig,
        digits: Digits,
        folder: Path,
        network: NetworkSpec | None,
        memory_format: str,
    ) -> None:
        self.model, self.config, self.folder, self.network = model, config, folder, network
        self.memory_format = memory_format
        self.learning, self.validation = split_digits(digits, config)
        self.optimizer = build_optimizer(config, list(learning_parameters(model).values()))
        self.learning_rate = LearningRate(config, self.optimizer)
        self.history = History()
        self.best_loss = math.inf
        self.began, self.first_epoch = time.monotonic(), 1

    def resume(self, start_from: StartFrom) -> None:
        """Bring everything to where the folder's checkpoint ended; a folder without one starts at epoch 1."""
        path = self.folder / {"last": LAST_NAME, "best": BEST_NAME}[start_from]
        if start_from == "last" and not path.exists():
            write_history(self.folder, self.history)  # forget epochs that no checkpoint could be written of
            set_memory_format(self.model, self.memory_format)
            return
        checkpoint = read_checkpoint(path)
        check_same_training(checkpoint, self.config, fingerprint(self.network) if self.network else None)
        try:
            history = History.from_json(checkpoint.meta["history"])
        except (KeyError, ValueError) as error:
            raise CheckpointError("{name} has no readable history.", "Start a new run.", name=path.name) from error
        # Checkpoints of before there were schedules had one rate for all steps: where a fresh one stands.
        self.learning_rate.restore(checkpoint.meta.get("learning_rate", self.learning_rate.state()))
        # It belongs to the run: in another one the last bits differ, and what Dropout draws.
        self.memory_format = find_memory_format(checkpoint.meta, self.model) or self.memory_format
        set_memory_format(self.model, self.memory_format)
        restore_model(self.model, checkpoint.model_state)
        restore_optimizer(self.optimizer, self.model, self.config, checkpoint.optim_state)
        self.history = history
        # Restored before the first comparison. Where the best file was deleted, there is nothing to beat.
        self.best_loss = checkpoint.best_loss if (self.folder / BEST_NAME).exists() else math.inf
        self.first_epoch = checkpoint.epoch + 1
        write_history(self.folder, history)

    def run_epoch(self, epoch: int, on_step: Callable[[int, int], None]) -> EpochResult:
        """Learn from every batch once, then measure on the digits held back."""
        started = time.monotonic()
        wish = read_wish(self.folder)
        if wish:
            self.learning_rate.change_base(wish)
        rate = self.learning_rate.now

        def after_step(step: int) -> None:
            self.learning_rate.after_step()
            on_step(epoch, step)

        # Dropout draws from the epoch's own seed: no generator state has to be stored for a resume to be exact.
        with seeded(derive_seed(self.config.seed, "epoch", epoch)):
            try:
                shuffled = training_batches(self.learning, self.config, epoch)
                learned = run_pass(
                    self.model,
                    shuffled,
                    self.optimizer,
                    after_step,
                    max_norm=self.config.max_norm,
                    precision=self.config.precision,
                )
                trained = time.monotonic()
                held_back = batches(self.validation, EVALUATION_BATCH)
                measured = run_pass(self.model, held_back, None, lambda _: on_step(epoch, self.config.steps))
            except DivergedError as error:
                raise refuse_divergence(self.config, error, epoch) from error
        self.learning_rate.after_epoch(measured.loss)
        return EpochResult(
            epoch=epoch,
            train_loss=learned.loss,
            train_accuracy=learned.accuracy,
            validation_loss=measured.loss,
            validation_accuracy=measured.accuracy,
            learning_rate=rate,
            seconds=time.monotonic() - started,
            images_per_second=self.config.training_size / (trained - started),
            is_best=measured.loss < self.best_loss,
            learning_rates=self.learning_rate.take_rates(MOST_RATES),
        )

    def save(self, result: EpochResult) -> EpochResult:
        """Write the epoch's files, the best before the last, and return the result as it came to be on the disk.

        A crash between the two repeats the epoch, which writes the same best again. A full disk costs the checkpoint
        and not the run: the result says so, and the next epoch that beats the best on the disk tries again.
        """
        if result.is_best:
            try:
                write_checkpoint(self.folder / BEST_NAME, self._checkpoint(result))
                self.best_loss = result.validation_loss
            except OSError as error:
                result = replace(result, is_best=False, save_problem=f"{BEST_NAME}: {error.strerror}")
        try:
            write_checkpoint(self.folder / LAST_NAME, self._checkpoint(result))
        except OSError as error:
            result = replace(result, save_problem=f"{LAST_NAME}: {error.strerror}")
        self.history = self.history.add(result)
        with contextlib.suppress(OSError):  # a disk that has no room for this line has none for the checkpoints either
            write_history(self.folder, self.history)
        return result

    def progress(self, epoch: int, step: int) -> Progress:
        """How far it came since it began or was resumed."""
        size = self.config.training_size
        images = (epoch - self.first_epoch) * size + min(step * self.config.batch_size, size)
        return Progress(epoch, step, images, time.monotonic() - self.began)

    def _checkpoint(self, result: EpochResult) -> Checkpoint:
        return Checkpoint(
            epoch=result.epoch,
            best_loss=result.validation_loss if result.is_best else self.best_loss,
            model_state=self.model.state_dict(),
            optim_state=self.optimizer.state_dict(),
            meta=write_meta(
                self.network, self.config, self.history.add(result), self.learning_rate.state(), self.memory_format
            ),
        )
