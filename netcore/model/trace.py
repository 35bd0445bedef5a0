"""A forward pass layer by layer, with shapes and no numbers: on torch's meta device it takes no memory and no time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from netcore.errors import StackError
from netcore.model.problem import (
    Problem,
    find_broken_forward,
    find_notice,
    find_problem,
    find_too_much,
    find_unexplained,
)
from netcore.model.shape import Shape
from netcore.model.spec import NetworkSpec
from netcore.model.stack import Stack
from netcore.model.tensors import FlopCounter, code_of, shape_of, tensors_in
from netcore.settings import MAX_ACTIVATION_BYTES, MAX_BATCH


@dataclass(frozen=True)
class TracedLayer:
    """One layer that ran."""

    name: str
    """As in ``named_modules()``: ``"1"``, ``"features.0"``."""
    code: str
    input_shape: Shape
    output_shape: Shape
    parameters: int
    """0 where the same module ran before."""
    flops: int
    """Two for each multiply-add of matrix products and convolutions, as ``torch.utils.flop_counter``; the rest is 0."""
    activation_bytes: int
    """The size of its output."""
    line: int = 0
    """The line that calls it, where the network is a class of a person's own; else 0."""
    is_registered: bool = True
    """False where it holds something that nothing trains, saves or moves."""


@dataclass(frozen=True)
class Ghost:
    """A layer or tensor that forward uses, and that nothing trains, saves or moves."""

    name: str
    """As one writes it: ``self.layers[0]``."""
    parameters: int
    problem: Problem
    """Why it is none of the network's, at the line that makes it, with the mend that was tried."""


@dataclass(frozen=True)
class Trace:
    """What a batch meets on its way. ``layers`` ends before the layer that failed."""

    input_shape: Shape
    output_shape: Shape | None
    """None where the batch did not come through."""
    layers: tuple[TracedLayer, ...]
    parameters: int
    """Of the whole network, also of layers that did not run."""
    problem: Problem | None
    """Why the batch did not come through; None where it did."""
    notice: Problem | None
    """Where it came through: why the output is no batch of ten logits, as training and the pages need it."""
    flops: int = 0
    """For the whole batch: two for each multiply-add, in the layers and in the functions between them."""
    ghosts: tuple[Ghost, ...] = ()
    """In the order in which forward uses them. Their parameters are not among ``parameters``."""

    @property
    def activation_bytes(self) -> int:
        """All outputs together: what training keeps in memory for the backward pass, about."""
        return sum(layer.activation_bytes for layer in self.layers)


def trace(network: NetworkSpec | nn.Module, batch: int = 1, input_shape: tuple[int, ...] = (1, 28, 28)) -> Trace:
    """Send a batch of ``[batch, *input_shape]`` through the network in eval() and tell what each layer does to it.

    A layer that cannot take its input ends the trace with a ``problem``, and is no error. A module that is given is
    not changed, and its weights are not copied. Raises ``StackError`` for a batch outside ``1..MAX_BATCH``.
    """
    check_batch(batch)
    stack = network if isinstance(network, Stack) else None
    model = to_meta(network) if isinstance(network, nn.Module) else build_on_meta(network)
    recorder = _Recorder(model.eval(), stack)
    shape = Shape((batch, *input_shape))
    outcome = recorder.run(shape)
    problem, output_shape = (outcome, None) if isinstance(outcome, Problem) else (None, outcome)
    layers = tuple(recorder.layers)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    notice = find_notice(stack, output_shape) if stack and output_shape else None
    return Trace(shape, output_shape, layers, parameters, problem, notice, recorder.flops)


def check_batch(batch: int) -> None:
    """Raise ``StackError`` for a batch outside ``1..MAX_BATCH``."""
    if type(batch) is not int or not 1 <= batch <= MAX_BATCH:
        raise StackError(
            "The batch has {batch} images.", "Choose a whole number from 1 to {most}.", batch=batch, most=MAX_BATCH
        )


class _StoppedError(Exception):
    """Ends a forward pass at a layer that we refuse before torch does."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.what)


class _Recorder:
    """Hooks on the leaves of a model on the meta device."""

    def __init__(self, model: nn.Module, stack: Stack | None) -> None:
        self.model = model
        self.stack = stack
        self.layers: list[TracedLayer] = []
        self._counter = FlopCounter()
        self._counted: set[int] = set()
        self._running = ("", "", Shape(), 0)
        self._inside = False
        self._bytes = 0
        leaves: dict[nn.Module, str] = {}
        for name, module in find_leaves(model):
            leaves.setdefault(module, name)
        for module, name in leaves.items():
            module.register_forward_pre_hook(self._before(name), with_kwargs=True)
            module.register_forward_hook(self._after)

    @property
    def flops(self) -> int:
        """What was counted so far."""
        return self._counter.total

    def run(self, shape: Shape) -> Shape | Problem:
        """Send a batch through. Returns the shape of the output, or what stopped it."""
        try:
            with torch.no_grad(), torch.device("meta"), self._counter:
                return shape_of(self.model(torch.empty(shape)))
        except _StoppedError as stopped:
            return stopped.problem
        except (
            RuntimeError,
            ValueError,
            IndexError,
            TypeError,
            AssertionError,
        ):  # torch's words mean nothing to a student
            _, code, shape, _ = self._running
            if self.layers and not self._inside:
                return find_broken_forward(self.layers[-1].code, self.layers[-1].output_shape, len(self.layers))
            return find_unexplained(code, shape, len(self.layers))

    def _before(self, name: str) -> Any:
        def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            shape = shape_of((args, tuple(kwargs.values())))
            place = len(self.layers)
            code = self.stack.layers[place].code if self.stack else code_of(module)
            self._running = (name, code, shape, self._counter.total)
            self._inside = True
            if self.stack:
                problem = find_problem(self.stack, place, shape)
                if problem:
                    raise _StoppedError(problem)

        return enter

    def _after(self, module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        name, code, shape, flops_before = self._running
        fresh = [parameter for parameter in module.parameters() if id(parameter) not in self._counted]
        self._counted.update(id(parameter) for parameter in fresh)
        size = sum(tensor.numel() * tensor.element_size() for tensor in tensors_in(output))
        layer = TracedLayer(
            name=name,
            code=code,
            input_shape=shape,
            output_shape=shape_of(output),
            parameters=sum(parameter.numel() for parameter in fresh),
            flops=self._counter.total - flops_before,
            activation_bytes=size,
        )
        self._bytes += size
        if self._bytes > MAX_ACTIVATION_BYTES:
            raise _StoppedError(find_too_much(code, layer.output_shape, len(self.layers), self._bytes))
        self.layers.append(layer)
        self._inside = False


def build_on_meta(network: NetworkSpec) -> nn.Module:
    """The network without numbers: it takes no memory."""
    with torch.device("meta"):
        return network.build()


def to_meta(model: nn.Module) -> nn.Module:
    """A copy of the model without its numbers: ``deepcopy`` finds each tensor already copied, to the meta device."""
    memo: dict[int, Any] = {id(buffer): torch.empty_like(buffer, device="meta") for buffer in model.buffers()}
    for parameter in model.parameters():
        empty = torch.empty_like(parameter, device="meta")
        memo[id(parameter)] = nn.Parameter(empty, requires_grad=parameter.requires_grad)
    return copy.deepcopy(model, memo)


def find_leaves(module: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    """The modules that are shown as one layer: those without children, and torch's own, such as MultiheadAttention.

    Their names are as in ``named_modules()``. Containers, and whatever a person wrote, show what is inside.
    """
    kind = type(module)
    of_torch = kind.__module__.startswith("torch.nn.") and kind.__module__ != nn.Sequential.__module__
    children = dict(module.named_children())
    if of_torch or not children:
        yield name, module
        return
    for child, part in children.items():
        yield from find_leaves(part, f"{name}.{child}" if name else child)
