"""What happens where ``unsqueeze(0)`` is left out: a network is called with ``[1, 28, 28]``. Mends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from netcore.data.grey import unpack
from netcore.model.forward import to_input
from netcore.model.inside.watching import borrow
from netcore.model.shape import Shape
from netcore.model.tensors import code_of, shape_of
from netcore.seeds import seeded

_MOST_WORDS = 2000
_SAME = 1e-4

Verdict = Literal["error", "no tensor", "another shape", "other numbers", "the same"]


@dataclass(frozen=True)
class Step:
    """One layer that was called, with the batch axis missing and with it in its place."""

    code: str
    shape: Shape
    """What it got without the batch axis."""
    expected: Shape | None
    """What it gets with it; None where it is not called as often then."""


@dataclass(frozen=True)
class Unbatched:
    """What ``model(image)`` did."""

    verdict: Verdict
    error: str
    """The error as Python writes it, ``RuntimeError: mat1 and mat2 …``, word for word; empty where there was none."""
    shape: Shape | None
    """Of the output; None where there was none, or where it is no tensor."""
    steps: tuple[Step, ...]
    """The layers that were called, in their order, up to the error where there was one."""
    raised_inside: bool
    """Whether the error came from inside the last layer; else from the lines of ``forward`` itself."""


def call_unbatched(model: nn.Module, *, image: str, mode: str, seed: int) -> Unbatched:
    """Really call ``model(image)`` with ``[1, 28, 28]``, and tell what came of it beside ``model(image.unsqueeze(0))``.

    ``image`` is one digit as ``netcore.data.grey.pack`` writes it. A private copy is called, in ``mode``.
    """
    digit = to_input(unpack(image))[0]
    private = borrow(model).train(mode == "train")
    recorder = _Recorder(private)
    right = recorder.call(digit.unsqueeze(0), seed)
    expected, recorder.steps = recorder.steps, []
    output = recorder.call(digit, seed)
    shapes = [shape for _, shape in expected] + [None] * len(recorder.steps)
    steps = tuple(Step(code, shape, wanted) for (code, shape), wanted in zip(recorder.steps, shapes, strict=False))
    if isinstance(output, Exception):
        words = f"{type(output).__name__}: {output}"[:_MOST_WORDS]
        return Unbatched("error", words, None, steps, recorder.inside)
    if not isinstance(output, Tensor):
        return Unbatched("no tensor", "", None, steps, False)
    return Unbatched(_compare(output, right), "", Shape(output.shape), steps, False)


def _compare(output: Tensor, right: object) -> Verdict:
    if not isinstance(right, Tensor) or output.shape != right.shape:
        return "another shape"
    return "the same" if torch.allclose(output, right, rtol=_SAME, atol=_SAME) else "other numbers"


class _Recorder:
    """Hooks on the leaves of a private network: who is called with which shape."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.steps: list[tuple[str, Shape]] = []
        self.inside = False
        for module in model.modules():
            if not list(module.children()):
                module.register_forward_pre_hook(self._enter)
                module.register_forward_hook(self._leave)

    def call(self, batch: Tensor, seed: int) -> object:
        """What the network gives, or the exception that it raises."""
        self.inside = False
        try:
            with seeded(seed), torch.inference_mode():
                # Not model(batch): a hook that refuses what is no batch of logits would hide what really comes out.
                return self.model.forward(batch)
        except Exception as error:  # noqa: BLE001 - whatever it raises is the answer
            return error

    def _enter(self, module: nn.Module, given: tuple[Any, ...]) -> None:
        self.steps.append((code_of(module), shape_of(given)))
        self.inside = True

    def _leave(self, module: nn.Module, given: tuple[Any, ...], output: object) -> None:
        self.inside = False
