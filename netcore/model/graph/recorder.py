"""What runs while a batch goes through a network: every layer, every function between, and which tensor went where.

Hooks and modes of this thread only: other threads run networks at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn
from torch._C import DisableTorchFunction
from torch._ops import OpOverload
from torch.autograd.graph import saved_tensors_hooks
from torch.overrides import TorchFunctionMode

from netcore.errors import NetcoreError, StackError
from netcore.model.graph.lines import find_line
from netcore.model.graph.nodes import GraphEdge, NodeKind
from netcore.model.graph.steps import Step, Tally, find_parts, find_tensors, name_of, write_arguments
from netcore.model.graph.wiring import Wiring, find_changed, storage_of, told_apart, versions_of
from netcore.model.shape import Shape
from netcore.model.tensors import code_of, tensors_in
from netcore.model.xray.recorder import is_torch_layer
from netcore.settings import MAX_ACTIVATION_BYTES

MAX_NODES = 3_000
"""Of one picture."""


class Recorder(TorchFunctionMode):
    """Records one forward pass of ``model``, which belongs to it: its hooks stay on the modules."""

    def __init__(self, model: nn.Module, source: str = "") -> None:
        super().__init__()
        self.model = model
        self.steps: list[Step] = []
        self.edges: dict[GraphEdge, None] = {}
        self._source = source
        self._wiring = Wiring()
        self._running: list[Step] = []
        self._calls: dict[str, int] = {}
        self._bytes = 0
        self._saved: set[int] = set()
        self._saved_bytes = 0
        self._tally = Tally()
        modules, self._names = find_parts(model)
        self._registered = {id(tensor) for tensor in (*model.parameters(), *model.buffers())}
        for module, name in modules.items():
            module.register_forward_pre_hook(self._before(name), with_kwargs=True)
            module.register_forward_hook(self._after)

    def run(self, batch: Tensor) -> Any:
        """Send ``batch`` through and return what comes out; None where a step failed, which is then not finished.

        Raises ``StackError`` for more steps than a picture holds, and for outputs that take too much memory; and what
        the meta device raises where forward asks for numbers.
        """
        start = self._begin(self._start(Step("input", "input", "input")))
        self._finish(start, [batch], batch)
        self._saved = {storage_of(tensor) for tensor in (batch, *self.model.parameters(), *self.model.buffers())}
        try:
            with ExitStack() as modes:
                modes.enter_context(torch.device(batch.device))
                modes.enter_context(self._tally)
                if torch.is_grad_enabled():
                    modes.enter_context(saved_tensors_hooks(self._save, lambda saved: saved))
                modes.enter_context(self)
                output = self.model(batch)
        except NetcoreError:
            raise
        except Exception as error:  # a student's lines can raise anything; the layer table has the words for it
            if asks_for_numbers(error):
                raise
            return None
        for name, tensor in find_tensors(output, "output"):
            self._finish(self._begin(self._start(Step("output", name, name, given=[tensor]))), [], None)
        return output

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Called by torch in place of each function that Python code calls."""
        kwargs = kwargs or {}
        if isinstance(func, OpOverload) or self._is_in_layer:
            return func(*args, **kwargs)
        name = name_of(func)
        code = f"{name}({write_arguments((*args, *kwargs.values()))})"
        step = self._start(Step("operation", name, code, given=tensors_in((args, kwargs))))
        try:
            result = func(*args, **kwargs)
        except Exception:
            self._begin(step)
            raise
        made = tensors_in(result)
        changed = find_changed(step.given, step.versions)
        if not made and not changed:
            return result
        return self._finish(self._begin(step), made or changed, result)

    @property
    def _is_in_layer(self) -> bool:
        return bool(self._running) and self._running[-1].kind == "layer"

    def _before(self, name: str) -> Any:
        def enter(module: nn.Module, args: Any, kwargs: Any) -> None:
            if self._is_in_layer or module is self.model:
                return
            with DisableTorchFunction():
                kind: NodeKind = "layer" if is_torch_layer(module) else "group"
                tensors = tuple(module.named_parameters()) if kind == "layer" else ()
                step = Step(kind, name, code_of(module), module, tensors_in((args, kwargs)), tensors)
                step.is_registered = self._holds(module.parameters()) and self._holds(module.buffers())
                self._running.append(self._begin(self._start(step)))

        return enter

    def _after(self, module: nn.Module, args: Any, output: Any) -> Any:
        if not any(step.module is module for step in self._running):
            return output  # a part of one of torch's own layers
        with DisableTorchFunction():
            step = self._running.pop()
            while step.module is not module:  # what failed on the way, and was caught
                step = self._running.pop()
            if step.kind == "group" and self.steps[-1] is step:  # nothing ran in it: it is as good as a layer
                step.kind, step.tensors = "layer", tuple(module.named_parameters())
                self.steps.pop()
                self._connect(step)
                self.steps.append(step)
            return self._finish(step, tensors_in(output), output)

    def _start(self, step: Step) -> Step:
        """Before it runs: remember how its inputs and the counters stand."""
        step.versions = versions_of(step.given)
        step.inputs = tuple(Shape(tensor.shape) for tensor in step.given)
        step.counted = self._tally.total, len(self._tally.terms), self._saved_bytes
        return step

    def _begin(self, step: Step) -> Step:
        """Give it its place in the graph."""
        if len(self.steps) >= MAX_NODES:
            raise StackError(
                "forward takes more than {most} steps, and no picture holds them.",
                "Make its loops shorter.",
                most=f"{MAX_NODES:,}",
            )
        step.group = self._running[-1].identity if self._running else ""
        own = step.name if step.module else f"{step.group}:{step.name}"
        times = self._calls[own] = self._calls.get(own, 0) + 1
        step.identity = own if times == 1 else f"{own}#{times}"
        step.call = times if step.module else 1
        if step.kind not in ("input", "output", "tensor"):
            step.line = find_line(Recorder.run.__code__, self._source)
        if step.kind != "group":
            self._connect(step)
        self.steps.append(step)
        return step

    def _connect(self, step: Step) -> None:
        """Draw the edges to it."""
        for tensor in step.given:
            origin = self._wiring.find(tensor)
            if origin is None:
                self._add_tensor(tensor)
                origin = self._wiring.find(tensor)
            assert origin is not None
            self.edges[GraphEdge(origin.step, origin.slot, step.identity, Shape(tensor.shape))] = None

    def _add_tensor(self, tensor: Tensor) -> None:
        """One that no step made: of the network itself, or a constant."""
        name = self._names.get(id(tensor), "tensor")
        learns = isinstance(tensor, nn.Parameter)
        step = Step("tensor", name, "Parameter" if learns else "Tensor", tensors=[(name, tensor)] if learns else [])
        is_constant = id(tensor) not in self._names and not tensor.requires_grad
        step.is_registered = is_constant or self._holds([tensor])
        self._finish(self._begin(self._start(step)), [tensor], None)

    def _holds(self, tensors: Iterable[Tensor]) -> bool:
        return all(id(tensor) in self._registered for tensor in tensors)

    def _finish(self, step: Step, made: Sequence[Tensor], result: Any) -> Any:
        """It has run: note what it made. Returns the result, as a tensor of its own."""
        step.finished = True
        step.outputs = tuple(Shape(tensor.shape) for tensor in made)
        if step.kind == "group":
            return result
        changed = find_changed(step.given, step.versions)
        apart = told_apart(result, step.given, changed)
        made = made if apart is result else tensors_in(apart)
        flops, terms, saved = step.counted
        step.in_place = bool(changed)
        step.flops, step.flop_terms = self._tally.total - flops, self._tally.terms[terms:]
        step.saved_bytes = self._saved_bytes - saved
        self._wiring.note(step.identity, made, changed)
        self._check_size(step, made)
        return apart

    def _check_size(self, step: Step, made: Sequence[Tensor]) -> None:
        self._bytes += sum(tensor.untyped_storage().nbytes() for tensor in made if not tensor.is_meta)
        if self._bytes > MAX_ACTIVATION_BYTES:
            raise StackError(
                "Up to {step}, the outputs of this network take {size:.0f} MB, and {most:.0f} MB are the limit.",
                "Make the batch smaller.",
                step=step.code,
                size=self._bytes / 1e6,
                most=MAX_ACTIVATION_BYTES / 1e6,
            )

    def _save(self, tensor: Tensor) -> Tensor:
        """Called by autograd for each tensor that it keeps for the backward pass; what shares memory counts once."""
        storage = storage_of(tensor)
        if storage not in self._saved:
            self._saved.add(storage)
            self._saved_bytes += tensor.untyped_storage().nbytes()
        return tensor


def asks_for_numbers(error: Exception) -> bool:
    """Whether the meta device refused: it has shapes only, and ``if x.mean() > 0`` and ``.item()`` ask for numbers."""
    return isinstance(error, RuntimeError | NotImplementedError) and "meta" in str(error).lower()
