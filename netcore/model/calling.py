"""``model(x)`` against ``model.forward(x)``: equal outputs, and the hooks that only the first runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from netcore.errors import StackError
from netcore.seeds import seeded


@dataclass(frozen=True)
class HookRun:
    """One hook that ran."""

    module: str
    """As in ``named_modules()``; empty for the network itself."""
    when: Literal["before", "after"]
    """Registered with ``register_forward_pre_hook`` or with ``register_forward_hook``."""


@dataclass(frozen=True)
class CallComparison:
    """What ``model(x)`` and ``model.forward(x)`` do. On both ways, autograd follows every operation."""

    difference: float
    """The largest distance between two logits: 0 where the outputs are equal."""
    differentiable: bool
    """Whether both outputs can be sent backward."""
    called: tuple[HookRun, ...]
    """The hooks that ``model(x)`` ran, in their order."""
    forwarded: tuple[HookRun, ...]
    """Those that ``model.forward(x)`` ran: its layers are called as usual, the network itself is not."""

    @property
    def only_called(self) -> tuple[HookRun, ...]:
        """What is lost where ``forward`` is called by hand."""
        return tuple(run for run in self.called if run not in self.forwarded)


def compare_calls(model: nn.Module, batch: Tensor, seed: int = 0) -> CallComparison:
    """Send ``batch`` (``[N, 1, 28, 28]``) through both ways in eval(), with a hook before and after every module.

    Whatever is drawn at random comes from ``seed``. The hooks are taken away again, and each module's mode is put
    back. Raises ``StackError`` where the output is no tensor.
    """
    runs: list[HookRun] = []
    modes = [(module, module.training) for module in model.modules()]
    handles = [
        handle
        for name, module in model.named_modules()
        for handle in (
            module.register_forward_pre_hook(_note(runs, HookRun(name, "before"))),
            module.register_forward_hook(_note(runs, HookRun(name, "after"))),
        )
    ]
    try:
        model.eval()
        called, first = _run(model, batch, runs, seed)
        forwarded, second = _run(model.forward, batch, runs, seed)
    finally:
        for module, training in modes:
            module.training = training
        for handle in handles:
            handle.remove()
    return CallComparison(
        difference=(first - second).abs().max().item(),
        differentiable=first.requires_grad and second.requires_grad,
        called=called,
        forwarded=forwarded,
    )


def _note(runs: list[HookRun], run: HookRun) -> Callable[..., None]:
    return lambda *_: runs.append(run)


def _run(
    way: Callable[[Tensor], object], batch: Tensor, runs: list[HookRun], seed: int
) -> tuple[tuple[HookRun, ...], Tensor]:
    runs.clear()
    with seeded(seed), torch.enable_grad():
        output = way(batch)
    if not isinstance(output, Tensor):
        raise StackError(
            "forward gives a value of type {kind}; a network gives a tensor of logits.",
            "Return the logits alone.",
            kind=type(output).__name__,
        )
    return tuple(runs), output
