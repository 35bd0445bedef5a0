"""One walk over batches, to learn from them or only to measure. Knows nothing of epochs and files."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from netcore.errors import DivergedError


@dataclass(frozen=True)
class PassResult:
    """Means over all digits of a pass."""

    loss: float
    """Mean cross-entropy in nats."""
    accuracy: float
    """In [0, 1]."""


def run_pass(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    optimizer: torch.optim.Optimizer | None = None,
    on_step: Callable[[int], None] = lambda step: None,
    *,
    max_norm: float = 0.0,
    precision: str = "float32",
) -> PassResult:
    """Mean loss and accuracy of ``model`` over ``batches``; with an ``optimizer`` it learns from each on the way.

    A batch is ``float32 [N, 1, 28, 28]`` and ``int64 [N]``. ``on_step`` hears the number of each batch, from 1, when
    it is done, and may raise to end the pass. Gradients longer than ``max_norm`` are clipped to it where it is not 0
    (Pascanu et al., On the difficulty of training recurrent neural networks, 2013). The layers compute in
    ``precision``, the loss always in float32. Raises ``DivergedError`` when a loss is nan or infinite.
    """
    model.train(optimizer is not None)
    total_loss, correct, count = 0.0, 0, 0
    learning = [parameter for group in optimizer.param_groups for parameter in group["params"]] if optimizer else []
    with torch.set_grad_enabled(optimizer is not None):
        for step, (images, labels) in enumerate(batches, 1):
            with computing_in(precision):
                logits = model(images)
            loss = functional.cross_entropy(logits.float(), labels)
            value = loss.item()
            if not math.isfinite(value):
                raise DivergedError(
                    f"The loss became {{value}} {'at step {step}' if optimizer else 'after the last step'}: the "
                    "numbers in the network outgrew what a float32 can hold.",
                    "Take shorter steps: a lower learning rate, or clipped gradients.",
                    value=str(value),
                    step=step,
                )
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                if max_norm:
                    nn.utils.clip_grad_norm_(learning, max_norm)
                optimizer.step()
            total_loss += value * len(labels)
            correct += int((logits.argmax(1) == labels).sum())
            count += len(labels)
            on_step(step)
    return PassResult(total_loss / count, correct / count)


def computing_in(precision: str) -> AbstractContextManager[object]:
    """The body's layers compute in ``precision``, from weights that stay float32.

    For bfloat16, torch's autocast chooses layer by layer what bears it: https://docs.pytorch.org/docs/stable/amp.html.
    """
    return nullcontext() if precision == "float32" else torch.autocast("cpu", getattr(torch, precision))


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """Run the body with ``threads`` threads and torch's deterministic algorithms, so that a repetition is bit-equal.

    Fresh memory is not filled beforehand: that only unmasks programs that read what they never wrote, and costs a
    twentieth of a step. See https://docs.pytorch.org/docs/stable/notes/randomness.html. The settings belong to the
    process and are put back afterwards.
    """
    guard: Any = torch.utils.deterministic  # its one setting is unknown to the type checker
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), guard.fill_uninitialized_memory
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    guard.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])
        guard.fill_uninitialized_memory = before[2]
