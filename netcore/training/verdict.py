"""What came of a training, judged from its curves. Pure: numbers in, one verdict out; knows no words for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from netcore.training.history import EpochResult, History

GUESSING_LOSS = math.log(10)
"""The mean cross-entropy, in nats, of a network that gives every class the same probability: ln 10 = 2.303."""
GUESSING_ACCURACY = 1 / 10
"""The share of digits that such a network classifies correctly, about."""

_HARDLY_BETTER = 0.2
"""An accuracy below which a network is taken to guess: always naming the most frequent digit gives 0.11."""
_HIGH_LOSS = 1.5
"""A loss above which a network has hardly begun to learn the digits."""
_RISEN, _RISEN_BESIDE = 1.1, 1.03
"""So many times the lowest loss is a rise; less is the scatter from epoch to epoch, unless the training loss lies far
below."""
_FAR_BELOW = 0.5
_FITTED = 0.85
"""So many times the training loss of the lowest epoch, or less: the digits of the training are learned by heart."""
_STILL_FALLING = 0.97
"""So many times the loss of the epoch before, or less, is a fall."""

Kind = Literal["guesses", "collapsed", "slow", "overfits", "unsteady", "falling", "short", "settled"]


@dataclass(frozen=True)
class Verdict:
    """How a training went. ``epoch`` and the other epoch that tells it, as the kind says:

    - ``guesses``: in no epoch better than guessing.
    - ``collapsed``: it had learned, and guesses from ``epoch`` on.
    - ``slow``: the loss fell, and is still high after ``epoch``, the last one.
    - ``overfits``: the validation loss has risen since ``epoch``, while the training loss clearly went on falling.
    - ``unsteady``: the validation loss has risen since ``epoch``, and the training loss has not fallen clearly.
    - ``falling``: the last epoch, ``epoch``, was clearly the best.
    - ``short``: there is one epoch only, so that nothing can be compared.
    - ``settled``: the loss was lowest at ``epoch``, and has hardly changed since.
    """

    kind: Kind
    epoch: int
    lowest: EpochResult
    """The epoch with the lowest validation loss."""
    last: EpochResult


def judge(history: History) -> Verdict | None:
    """The verdict on the epochs so far; None before the first."""
    lowest = history.lowest
    if lowest is None:
        return None
    last = history.epochs[-1]
    kind, epoch = _find_kind(history, lowest, last)
    return Verdict(kind, epoch, lowest, last)


def _find_kind(history: History, lowest: EpochResult, last: EpochResult) -> tuple[Kind, int]:
    if all(_guesses(result) for result in history.epochs):
        return "guesses", last.epoch
    if _guesses(last):
        learned = [result.epoch for result in history.epochs if not _guesses(result)]
        return "collapsed", learned[-1] + 1
    rise = last.validation_loss / lowest.validation_loss if lowest.validation_loss else 1.0
    is_falling = last.train_loss < lowest.train_loss
    is_far_below = is_falling and last.train_loss < _FAR_BELOW * last.validation_loss
    if rise >= _RISEN or (rise >= _RISEN_BESIDE and is_far_below):
        is_fitted = is_far_below or last.train_loss <= _FITTED * lowest.train_loss
        return ("overfits" if is_fitted else "unsteady"), lowest.epoch
    if lowest.validation_loss > _HIGH_LOSS:
        return "slow", last.epoch
    if len(history.epochs) == 1:
        return "short", last.epoch
    before = history.epochs[-2]
    if last == lowest and last.validation_loss <= _STILL_FALLING * before.validation_loss:
        return "falling", last.epoch
    return "settled", lowest.epoch


def _guesses(result: EpochResult) -> bool:
    return result.validation_accuracy < _HARDLY_BETTER and result.validation_loss > _HIGH_LOSS
