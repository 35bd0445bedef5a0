"""How well a network tells digits apart. Knows nothing of how it was trained."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from netcore.data.mnist import CLASSES, Digits
from netcore.training.batches import EVALUATION_BATCH, batches


@dataclass(frozen=True)
class HardSample:
    """A digit that costs the network much."""

    index: int
    """Its place in the digits that were evaluated."""
    label: int
    predicted: int
    probability: float
    """What the network gives to the right label, in [0, 1]."""
    loss: float


@dataclass(frozen=True)
class Evaluation:
    """Means over N digits, in ``eval()`` mode."""

    loss: float
    """Mean cross-entropy in nats."""
    accuracy: float
    """In [0, 1]."""
    confusion: tuple[tuple[int, ...], ...]
    """``[10][10]``: how many digits of each label (row) were taken for each label (column)."""
    hardest: tuple[HardSample, ...]
    """The digits with the largest losses, the largest first."""


def evaluate(model: nn.Module, digits: Digits, *, hardest: int = 20) -> Evaluation:
    """Loss, accuracy, confusion matrix and the ``hardest`` samples of ``model`` on ``digits``.

    The network is asked in ``eval()`` mode and put back into the mode it was in.
    """
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        logits = torch.cat([model(images) for images, _ in batches(digits, EVALUATION_BATCH)])
        losses = functional.cross_entropy(logits, digits.labels, reduction="none")
        predicted = logits.argmax(1)
        counts = torch.bincount(digits.labels * CLASSES + predicted, minlength=CLASSES**2).reshape(CLASSES, CLASSES)
        worst = losses.topk(min(hardest, len(digits))).indices.tolist()
    model.train(was_training)
    return Evaluation(
        loss=float(losses.mean()),
        accuracy=float((predicted == digits.labels).float().mean()),
        confusion=tuple(map(tuple, counts.tolist())),
        hardest=tuple(
            HardSample(
                index=index,
                label=int(digits.labels[index]),
                predicted=int(predicted[index]),
                probability=float(logits[index].softmax(0)[digits.labels[index]]),
                loss=float(losses[index]),
            )
            for index in worst
        ),
    )
