"""From logits to probabilities and to the loss, every number on the way. Knows no network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from netcore.errors import StackError


@dataclass(frozen=True)
class SoftmaxSteps:
    """The softmax of one row of logits, in double precision."""

    logits: tuple[float, ...]
    shifted: tuple[float, ...]
    """Each logit minus the largest: at most 0, so that exp cannot overflow. The softmax is the same."""
    exponentials: tuple[float, ...]
    """exp of each of these, in (0, 1]."""
    total: float
    """Their sum."""
    probabilities: tuple[float, ...]
    """Each divided by it; they sum to 1."""

    def loss(self, label: int) -> float:
        """The cross-entropy -log p of ``label`` in nats, as log(total) - shifted: finite where p is too small to write.

        See https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html.
        """
        return math.log(self.total) - self.shifted[label]


def softmax_steps(logits: Sequence[float]) -> SoftmaxSteps:
    """Every number between ``logits`` and their softmax. Raises ``StackError`` where a logit is no number."""
    if not all(map(math.isfinite, logits)):
        raise StackError(
            "The logits {logits} are not all numbers, and have no softmax.",
            "Take other weights: a training with a smaller learning rate, or the first, random ones.",
            logits=", ".join(f"{value:.4g}" for value in logits),
        )
    largest = max(logits)
    shifted = tuple(value - largest for value in logits)
    exponentials = tuple(map(math.exp, shifted))
    total = math.fsum(exponentials)
    return SoftmaxSteps(tuple(logits), shifted, exponentials, total, tuple(value / total for value in exponentials))


def cross_entropy(logits: Sequence[Sequence[float]], labels: Sequence[int]) -> float:
    """What ``torch.nn.functional.cross_entropy`` says of ``[N, classes]`` and ``[N]`` labels: the mean, in nats.

    In double precision: in single precision, a loss near 0 has only its first digits right.
    """
    import torch
    from torch.nn import functional

    return float(functional.cross_entropy(torch.tensor(logits, dtype=torch.float64), torch.tensor(labels)))
