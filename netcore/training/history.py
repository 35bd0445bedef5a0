"""What a training measured, epoch by epoch, in JSON types. Knows nothing of how it was measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from netcore.files import parse_json, write_atomically
from netcore.settings import MAX_EPOCHS
from netcore.training.layout import HISTORY_NAME, LAST_NAME

T = TypeVar("T")

MOST_RATES = 24
"""Learning rates kept of an epoch: enough for a curve, few beside a checkpoint."""


@dataclass(frozen=True)
class EpochResult:
    """One epoch. Losses are mean cross-entropies in nats, accuracies lie in [0, 1]."""

    epoch: int
    """From 1."""
    train_loss: float
    """Measured while learning, in ``train()`` mode: the mean over the epoch's batches as they came."""
    train_accuracy: float
    validation_loss: float
    """Measured after the epoch, in ``eval()`` mode."""
    validation_accuracy: float
    learning_rate: float
    """Of the epoch's first step."""
    seconds: float
    images_per_second: float
    """Training images per second of the training pass."""
    is_best: bool
    """Its validation loss beat all before it, and its weights are in ``checkpoint_best.pth``."""
    save_problem: str = ""
    """Why a checkpoint of this epoch could not be written, after the file's name; empty where both were."""
    learning_rates: tuple[float, ...] = ()
    """Of at most ``MOST_RATES`` of its steps, evenly spread; empty where all steps had ``learning_rate``."""

    @property
    def rates(self) -> tuple[float, ...]:
        """The learning rate over its steps; one where it did not move."""
        return self.learning_rates or (self.learning_rate,)

    @property
    def was_saved(self) -> bool:
        """Whether it is in ``checkpoint_last.pth``, or was until the next epoch took its place."""
        return not self.save_problem.startswith(LAST_NAME)


@dataclass(frozen=True)
class History:
    """The epochs of a run so far, in order; the first is not 1 where it began with a file from outside."""

    epochs: tuple[EpochResult, ...] = ()

    @property
    def best(self) -> EpochResult | None:
        """The epoch that was last written as the best checkpoint, or None before there is one.

        Not always the ``lowest``: whoever deletes that file lets a later and worse epoch become the best.
        """
        return next((result for result in reversed(self.epochs) if result.is_best), None)

    @property
    def lowest(self) -> EpochResult | None:
        """The first epoch with the lowest validation loss of all, or None before there is one."""
        return min(self.epochs, key=lambda result: result.validation_loss, default=None)

    def find(self, epoch: int) -> EpochResult | None:
        """What was measured in that epoch; None where it is not in this history."""
        return next((result for result in self.epochs if result.epoch == epoch), None)

    def lowest_since(self, epoch: int) -> int | None:
        """The first of all epochs from which on no validation loss was below that of ``epoch``.

        None where a later epoch was lower, or ``epoch`` is not in this history.
        """
        kept = self.find(epoch)
        lower = [result.epoch for result in self.epochs if kept and result.validation_loss < kept.validation_loss]
        if kept is None or (lower and lower[-1] > epoch):
            return None
        return lower[-1] + 1 if lower else self.epochs[0].epoch

    @property
    def last_epoch(self) -> int:
        """The number of the newest epoch, 0 before the first."""
        return self.epochs[-1].epoch if self.epochs else 0

    @property
    def last_saved(self) -> int:
        """The number of the newest epoch that a resume goes on after; 0 where it starts again.

        A full disk keeps ``checkpoint_last.pth`` behind the newest epoch.
        """
        return next((result.epoch for result in reversed(self.epochs) if result.was_saved), 0)

    def has_stalled(self, patience: int) -> bool:
        """Whether the last ``patience`` epochs brought no lower validation loss; never where ``patience`` is 0."""
        losses = [result.validation_loss for result in self.epochs]
        return 0 < patience <= len(losses) - 1 - losses.index(min(losses)) if losses else False

    def add(self, result: EpochResult) -> History:
        """This history and one more epoch."""
        return History((*self.epochs, result))

    def up_to(self, epoch: int) -> History:
        """The epochs up to and including ``epoch``."""
        return History(tuple(result for result in self.epochs if result.epoch <= epoch))

    def to_json(self) -> list[dict[str, Any]]:
        """JSON types from which ``from_json`` makes an equal one."""
        return [{**asdict(result), "learning_rates": list(result.learning_rates)} for result in self.epochs]

    @classmethod
    def from_json(cls, value: object) -> History:
        """The history that ``to_json`` wrote. Raises ``ValueError`` for anything else."""
        if not isinstance(value, list):
            raise ValueError("a history is a list")
        first = value[0].get("epoch") if value and isinstance(value[0], dict) else 1
        if type(first) is not int or first < 1:
            raise ValueError("epochs are numbered from 1")
        return cls(tuple(_epoch_from_json(item, number) for number, item in enumerate(value, first)))


def thin(values: Sequence[T], most: int) -> list[T]:
    """At most ``most`` of the values, evenly spread, the first and the last among them."""
    if len(values) <= most:
        return list(values)
    return [values[round(number * (len(values) - 1) / (most - 1))] for number in range(most)]


def write_history(folder: Path, history: History) -> None:
    """Put the history into the run's folder, one epoch a line, so that a reader finds the old one or the new one."""
    write_atomically(folder / HISTORY_NAME, "".join(json.dumps(item) + "\n" for item in history.to_json()).encode())


def read_history(folder: Path) -> History:
    """The history in a run's folder; empty where there is none that can be read."""
    try:
        path = folder / HISTORY_NAME
        if path.stat().st_size > _MAX_BYTES:
            return History()
        return History.from_json([parse_json(line) for line in path.read_bytes().splitlines()])
    except (FileNotFoundError, IsADirectoryError, ValueError, RecursionError):
        return History()


_MOST = 1e300
"""Little enough that a run's epochs can be added up."""
_MAX_BYTES = 4 * 1024**2
_TYPES = {"int": int, "float": float, "bool": bool, "str": str, "tuple[float, ...]": tuple}


def _epoch_from_json(value: object, number: int) -> EpochResult:
    if not isinstance(value, dict):
        raise ValueError("an epoch has fields")
    # Epochs that were written before the rates of single steps were kept have none.
    value = {**value, "learning_rates": _rates_from_json(value.get("learning_rates", []))}
    if set(value) != {field.name for field in fields(EpochResult)}:
        raise ValueError("an epoch has other fields")
    for field in fields(EpochResult):
        item = value[field.name]
        if type(item) is not _TYPES[str(field.type)] or (isinstance(item, float) and not abs(item) <= _MOST):
            raise ValueError(f"{field.name} is not what it should be")
    if value["epoch"] != number or number > MAX_EPOCHS:
        raise ValueError("epochs are numbered without gaps, up to the most that a run may have")
    return EpochResult(**value)


def _rates_from_json(value: object) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) > MOST_RATES:
        raise ValueError("learning rates are a short list")
    if not all(type(rate) is float and 0 <= rate <= _MOST for rate in value):
        raise ValueError("a learning rate is a number from 0 on")
    return tuple(value)
