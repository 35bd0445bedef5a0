"""What a network says of every test digit, one by one. Knows nothing of how the answers are sorted or shown."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from netcore.data.mnist import CLASSES, Digits, load_mnist
from netcore.errors import StackError
from netcore.model.shape import Shape
from netcore.training.batches import batches
from netcore.training.memory_format import choose_memory_format, set_memory_format

_BATCH = 100
"""What the layers of a small CNN hand on for so many stays in a processor's cache: 1000 at once take twice as long."""


@dataclass(frozen=True)
class Survey:
    """The answers to N digits, in ``eval()`` mode."""

    predictions: tuple[int, ...]
    confidences: tuple[float, ...]
    """The probability of each prediction, in [0, 1]."""
    losses: tuple[float, ...]
    """The cross-entropy of each digit's logits and its label, in nats."""


def survey_mnist(model: nn.Module) -> Survey:
    """``survey`` of the 10,000 test digits, in their order."""
    return survey(model, load_mnist("test"))


def survey(model: nn.Module, digits: Digits) -> Survey:
    """What ``model`` says of each of ``digits``.

    The model is left in ``eval()``, and perhaps in another memory format: it is not for a network that others share.
    Raises ``StackError`` where it does not give ten finite logits a digit: answers that are no numbers cannot be
    sorted.
    """
    model.eval()
    set_memory_format(model, choose_memory_format(model))
    with torch.inference_mode():
        logits = torch.cat([model(images) for images, _ in batches(digits, _BATCH)])
    _check(logits, len(digits))
    best = logits.softmax(dim=1).max(dim=1)
    losses = functional.cross_entropy(logits, digits.labels, reduction="none")
    return Survey(tuple(best.indices.tolist()), tuple(best.values.tolist()), tuple(losses.tolist()))


def _check(logits: Tensor, count: int) -> None:
    if logits.shape != (count, CLASSES):
        raise StackError(
            "The network makes {shape} of {count} digits.",
            "End with a layer that gives ten logits, such as Linear(..., 10).",
            shape=Shape(logits.shape),
            count=count,
        )
    if not logits.isfinite().all():
        raise StackError(
            "For {count} of the test digits, the network's logits are no numbers.",
            "Take other weights: a training with a smaller learning rate, or the first, random ones.",
            count=int((~logits.isfinite().all(dim=1)).sum()),
        )
