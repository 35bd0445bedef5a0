"""What a class does while it is built and run: every layer made and called, every operation, each with its place.

It changes torch for the whole process while it is on. Only a confined process, which lives for one question, uses it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.autograd.graph import saved_tensors_hooks
from torch.overrides import TorchFunctionMode

from netcore.model.shape import Shape
from netcore.model.tensors import FlopCounter, shape_of, tensors_in
from netcore.model.xray.places import Place, find_current_place
from netcore.settings import MAX_ACTIVATION_BYTES

MAX_STEPS = 5_000
"""Of layers and operations in one forward pass."""


class TooMuchError(Exception):
    """Ends a forward pass whose outputs together take more than the limit."""


class TooLongError(Exception):
    """Ends a forward pass of more than ``MAX_STEPS`` steps."""


@dataclass
class Call:
    """One call of a layer."""

    module: nn.Module
    place: Place | None
    given: tuple[Any, ...]
    input_shape: Shape
    caller: Call | None
    output: Shape = field(default_factory=Shape)
    inner: int = 0
    """How many layers it called itself."""
    done: bool = False
    flops: int = 0
    size: int = 0
    step: int = 0
    """When it began, among all steps."""
    last_operation: int = 0
    """How many operations of the text stood before its end."""

    @property
    def is_inside_layer(self) -> bool:
        """Whether one of torch's own layers made this call: that layer is shown, and this call is not."""
        return self.caller is not None and (is_torch_layer(self.caller.module) or self.caller.is_inside_layer)

    @property
    def is_layer(self) -> bool:
        """Whether it is shown as one layer: torch's own, and what calls no others."""
        return self.done and not self.is_inside_layer and (self.inner == 0 or is_torch_layer(self.module))


@dataclass(frozen=True)
class Operation:
    """One call of a function of torch or of a tensor's method."""

    name: str
    """``conv2d``, ``view``, ``add``."""
    place: Place | None
    given: tuple[Any, ...]
    named: dict[str, Any]
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    """Empty where it failed."""


@dataclass(frozen=True, eq=False)
class Use:
    """The first use of a tensor that the forward pass did not produce."""

    tensor: Tensor
    place: Place | None
    step: int


@dataclass(frozen=True, eq=False)
class Change:
    """A change in place of numbers that autograd had kept for the backward pass."""

    place: Place | None
    layer: nn.Module | None
    """The layer that made it; None where forward did."""


class Recorder(TorchFunctionMode):
    """A context in which a class is built and then, after ``begin_forward``, run.

    Where it ``follows_changes``, autograd's own check of them is off: its backward pass then proves nothing.
    """

    def __init__(self, *, follows_changes: bool = False) -> None:
        super().__init__()
        self.changes: list[Change] = []
        """In the order in which they were made."""
        self._kept_for_backward: set[int] = set()
        self._hooks: AbstractContextManager[Any] = nullcontext()
        if follows_changes:
            self._hooks = saved_tensors_hooks(self._note_kept, lambda tensor: tensor)
        self.made: dict[int, Place] = {}
        """Where the modules and parameters of the text were made, by ``id``."""
        self.made_in_forward: set[int] = set()
        self.modules: list[nn.Module] = []
        """All that were made, in order."""
        self.calls: list[Call] = []
        """In the order in which they ended, the unfinished ones last."""
        self.operations: list[Operation] = []
        self.failed: Operation | None = None
        self.used: dict[int, Use] = {}
        """The tensors that the forward pass used and did not produce, by ``id``."""
        self.running: list[Call] = []
        self._forward = False
        self._steps = 0
        self.size = 0
        """The bytes of all layers' outputs together."""
        self._tally = _Tally(self._note_changed)
        self._keep: list[Any] = []  # what has an id in these tables must not make room for another with the same

    def __enter__(self) -> Self:
        self._methods = nn.Module.__init__, nn.Module.__call__, nn.Parameter.__new__
        begin, call, create = self._methods
        recorder = self

        def make(module: nn.Module, *given: Any, **named: Any) -> None:
            recorder._note_made(module, find_current_place(module))
            recorder.modules.append(module)
            begin(module, *given, **named)

        def make_parameter(kind: type[nn.Parameter], *given: Any, **named: Any) -> nn.Parameter:
            parameter = create(kind, *given, **named)
            recorder._note_made(parameter, find_current_place())
            return parameter

        nn.Module.__init__ = make  # type: ignore[method-assign, assignment]
        nn.Module.__call__ = lambda module, *given, **named: recorder._call(  # type: ignore[method-assign]
            module, partial(call, module), given, named
        )
        nn.Parameter.__new__ = staticmethod(make_parameter)  # type: ignore[method-assign, assignment]
        self._tally.__enter__()
        self._hooks.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._hooks.__exit__(*error)
        self._tally.__exit__(*error)
        nn.Module.__init__, nn.Module.__call__, nn.Parameter.__new__ = self._methods  # type: ignore[method-assign]

    def begin_forward(self, batch: Tensor) -> None:
        """From here on it is ``forward`` that runs, on ``batch``."""
        self._forward = True
        self._tally.produced = {id(batch): batch}

    @property
    def flops(self) -> int:
        """Of all that ran."""
        return self._tally.total

    @property
    def largest(self) -> int:
        """The bytes of the largest tensor."""
        return self._tally.largest

    def is_computed(self, tensor: Tensor) -> bool:
        """Whether forward computed it from other tensors."""
        return id(tensor) in self._tally.produced and id(tensor) not in self.made_in_forward

    def ends_with(self, call: Call) -> bool:
        """Whether the network's last step was that layer, and no operation of the text came after it."""
        return not self.operations or call.last_operation == len(self.operations)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Called by torch in place of each function that Python code calls."""
        kwargs = kwargs or {}
        if isinstance(func, OpOverload):  # from our own tally, and no call of the text
            return func(*args, **kwargs)
        name = getattr(func, "__name__", str(func)).strip("_")
        before = tuple(tensors_in((args, kwargs)))
        shapes = tuple(Shape(tensor.shape) for tensor in before)
        unknown = [tensor for tensor in before if self._forward and id(tensor) not in self._tally.produced]
        try:
            result = func(*args, **kwargs)
        except Exception:
            if self.failed is None:
                self.failed = Operation(name, find_current_place(), args, kwargs, shapes, ())
            raise
        outputs = tensors_in(result)
        if not outputs:
            return result
        place = find_current_place()
        if not self._forward:
            for tensor in outputs:
                self._note_made(tensor, place)
            return result
        self._count_step()
        for tensor in unknown:
            self.used.setdefault(id(tensor), Use(tensor, place, self._steps))
        if not before:  # torch.randn(3) and its like
            self._note_made(outputs[0], place)
        if not self.running or not is_torch_layer(self.running[-1].module):
            made = tuple(Shape(tensor.shape) for tensor in outputs)
            self.operations.append(Operation(name, place, args, kwargs, shapes, made))
        return result

    def _call(self, module: nn.Module, forward: Any, given: Any, named: Any) -> Any:
        caller = self.running[-1] if self.running else None
        if caller:
            caller.inner += 1
        call = Call(module, find_current_place(module), given, shape_of((given, named)), caller)
        self._count_step()
        call.step = self._steps
        self._keep.append(module)
        self.running.append(call)
        flops = self._tally.total
        output = forward(*given, **named)
        self.running.pop()
        call.output, call.flops, call.done = shape_of(output), self._tally.total - flops, True
        call.size = sum(tensor.numel() * tensor.element_size() for tensor in tensors_in(output))
        call.last_operation = len(self.operations)
        self.calls.append(call)
        self.size += call.size if call.is_layer else 0
        if self.size > MAX_ACTIVATION_BYTES or self._tally.largest > MAX_ACTIVATION_BYTES:
            raise TooMuchError
        return output

    def _count_step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TooLongError

    def _note_kept(self, tensor: Tensor) -> Tensor:
        self._kept_for_backward.add(tensor.untyped_storage()._cdata)
        return tensor

    def _note_changed(self, tensor: Tensor) -> None:
        if self._kept_for_backward and tensor.untyped_storage()._cdata in self._kept_for_backward:
            self.changes.append(Change(find_current_place(), self.running[-1].module if self.running else None))

    def _note_made(self, thing: nn.Module | Tensor, place: Place | None) -> None:
        self._keep.append(thing)
        if place:
            self.made.setdefault(id(thing), place)
            if self._forward:
                self.made_in_forward.add(id(thing))


class _Tally(FlopCounter):
    """Counts, and keeps what the operations of the forward pass produced: also in code that Python does not see."""

    def __init__(self, on_change: Callable[[Tensor], None]) -> None:
        super().__init__()
        self.produced: dict[int, Tensor] = {}
        self.largest = 0
        self._on_change = on_change

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = super().__torch_dispatch__(func, types, args, kwargs)
        given = {id(tensor) for tensor in tensors_in((args, kwargs or {}))}
        for tensor in tensors_in(result):
            # x.add_(1) gives x back, as much or as little produced as before; lift_fresh gives back what is new.
            if id(tensor) not in given or func is torch.ops.aten.lift_fresh.default:
                self.produced[id(tensor)] = tensor
            self.largest = max(self.largest, tensor.numel() * tensor.element_size())
        if func._schema.is_mutable:
            for argument, value in zip(func._schema.arguments, args, strict=False):
                if argument.alias_info is not None and argument.alias_info.is_write:
                    for tensor in tensors_in(value):
                        self._on_change(tensor)
        return result


def is_torch_layer(module: nn.Module) -> bool:
    """Whether it is a layer of torch's own, and no container: shown as one layer whatever it calls inside."""
    origin = type(module).__module__
    return origin.startswith("torch.nn.") and origin != nn.Sequential.__module__
