"""What variables hold, in plain values. Calls nothing that a class of the text's own defines."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeGuard

import torch
from torch import Tensor, nn

from netcore.model.shape import Shape
from netcore.model.stepping.stops import PlainValue, TensorValue

MAX_VARIABLES = 40
"""Of one stop."""
_MAX_ITEMS = 8
"""Of a list or dictionary."""
_MAX_DEPTH = 3
_MAX_SIGNS = 60
_MAX_DIGITS = 20
_MAX_NUMBERS = 2**24
"""Of a tensor that is measured."""
_BUDGET = 2**28
"""Numbers that are measured in one recording: about a second."""

_SIMPLE = (bool, type(None), torch.dtype, torch.device, range)
_CONTAINERS = (list, tuple, dict, set, frozenset)
_FUNCTIONS = (types.FunctionType, types.MethodType, types.BuiltinFunctionType)


def list_variables(variables: Mapping[str, object]) -> dict[str, object]:
    """At most ``MAX_VARIABLES`` of them in their order, behind each list or dictionary the tensors in it.

    Without what Python hides from the text: names that begin with a dot or with two underscores.
    """
    listed: dict[str, object] = {}
    for name, value in variables.items():
        if not name.startswith((".", "__")):
            listed[_shorten(name)] = value
            listed.update(_list_tensors(name, value, _MAX_DEPTH))
    return dict(list(listed.items())[:MAX_VARIABLES])


def is_tensor(value: object) -> TypeGuard[Tensor]:
    """Whether it is a tensor, whatever it says of itself."""
    return issubclass(type(value), Tensor)


def version_of(value: object) -> int:
    """A number that is another one after each change in place, as autograd counts; 0 for what is no tensor."""
    if not is_tensor(value):
        return 0
    with torch._C.DisableTorchFunctionSubclass():
        return 0 if Tensor.is_inference(value) else int(torch._C.TensorBase._version.__get__(value))  # type: ignore[attr-defined]


class Describer:
    """Describes variables as long as its budget of numbers to measure lasts."""

    def __init__(self, model: nn.Module) -> None:
        self._names = {id(module): name for name, module in model.named_modules()}
        self._left = _BUDGET

    def name_module(self, value: object) -> str:
        """The module's name in the network; empty for the network itself, and for what is not registered."""
        return self._names.get(id(value), "")

    def describe(self, value: object) -> TensorValue | PlainValue:
        """The value in plain words and numbers; what cannot be read is told by its type alone."""
        try:
            return self._describe_tensor(value) if is_tensor(value) else self._describe_plain(value)
        except Exception:  # noqa: BLE001  a class of the text's own, or a tensor of a rare kind, can fail in any way
            return PlainValue(_shorten(type(value).__name__), "")

    def _describe_tensor(self, value: Tensor) -> TensorValue:
        with torch.no_grad(), torch._C.DisableTorchFunctionSubclass():
            low, mean, high, strange = self._measure(Tensor.detach(value))
            return TensorValue(
                shape=Shape(value.shape),
                dtype=str(value.dtype).removeprefix("torch."),
                low=low,
                mean=mean,
                high=high,
                strange=strange,
                requires_grad=value.requires_grad,
                grad_fn=_shorten(type(value.grad_fn).__name__) if value.grad_fn is not None else "",
            )

    def _measure(self, tensor: Tensor) -> tuple[float | None, float | None, float | None, int]:
        count = tensor.numel()
        if not 0 < count <= min(self._left, _MAX_NUMBERS) or tensor.is_meta:
            return None, None, None, 0
        self._left -= count
        numbers = to_numbers(tensor)
        low, high = numbers.aminmax()
        strange = 0
        if not (low.isfinite() and high.isfinite()):
            numbers = numbers[numbers.isfinite()]
            strange = count - numbers.numel()
            if not len(numbers):
                return None, None, None, strange
            low, high = numbers.aminmax()
        return low.item(), numbers.mean(dtype=torch.float64).item(), high.item(), strange

    def _describe_plain(self, value: object) -> PlainValue:
        kind = type(value)
        text = self.name_module(value) if issubclass(kind, nn.Module) else _write(value)
        return PlainValue(_shorten(kind.__name__), _shorten(text))


def to_numbers(tensor: Tensor) -> Tensor:
    """The tensor's numbers as floats, to be compared and drawn: complex ones by their magnitude."""
    if tensor.is_complex():
        return tensor.abs()
    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.double()


def _list_tensors(name: str, value: object, depth: int) -> Iterator[tuple[str, object]]:
    for key, item in _items(value) if depth else ():
        place = _shorten(f"{name}[{key}]")
        if is_tensor(item):
            yield place, item
        yield from _list_tensors(place, item, depth - 1)


def _items(value: Any) -> Iterable[tuple[str, object]]:
    """The first items of a list, tuple or dictionary by the base class's own methods, whatever its class overrides."""
    kind = type(value)
    items: Iterable[tuple[str, object]] = ()
    if issubclass(kind, dict):
        items = ((_write(key), item) for key, item in dict.items(value))
    elif issubclass(kind, list):
        items = ((str(place), item) for place, item in enumerate(list.__iter__(value)))
    elif issubclass(kind, tuple) and kind is not torch.Size:
        items = ((str(place), item) for place, item in enumerate(tuple.__iter__(value)))
    return islice(items, _MAX_ITEMS)


def _write(value: Any) -> str:
    kind = type(value)
    if kind in _SIMPLE:
        return repr(value).removeprefix("torch.")
    if kind is int:
        return str(value) if value.bit_length() < 3 * _MAX_DIGITS else f"a number of {value.bit_length()} bits"
    if kind in (float, complex):
        return f"{value:.6g}"
    if kind is str:
        return repr(value[:_MAX_SIGNS])
    if kind is torch.Size:
        return str(list(value))
    if kind in _FUNCTIONS:
        return str(value.__name__)
    if kind in _CONTAINERS:
        return _write_container(value)
    return ""


def _write_container(value: Any) -> str:
    """Its first items where they are simple, and how many there are."""
    parts = [_write(item) for item in islice(value, _MAX_ITEMS) if type(item) in (int, float, bool, str)]
    shown = ", ".join(parts) if len(parts) == min(len(value), _MAX_ITEMS) and parts else ""
    return f"{len(value)}: {shown}" if shown else str(len(value))


def _shorten(text: str) -> str:
    """The text in at most ``_MAX_SIGNS`` signs; of a long one the end too, by which names differ."""
    return text if len(text) <= _MAX_SIGNS else f"{text[: _MAX_SIGNS - 16]}…{text[-15:]}"
