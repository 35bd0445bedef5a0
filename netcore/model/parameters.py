"""Every tensor that a network keeps: name, shape, and what its numbers look like. Knows nothing of charts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netcore.model.shape import Shape

BINS = 40
_MANY = 1_000_000
"""From so many numbers on, they are not copied into double precision."""


@dataclass(frozen=True)
class Histogram:
    """``BINS`` bars of equal width from ``low`` to ``high``; the last one holds ``high`` itself."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class TensorName:
    """A parameter or buffer, without its numbers."""

    name: str
    """As in ``state_dict()``."""
    shape: Shape
    count: int
    buffer: bool


@dataclass(frozen=True)
class ParameterInfo:
    """A parameter, or a buffer: a tensor that is saved with the network but that the optimiser leaves alone."""

    name: str
    """As in ``state_dict()``: ``"1.weight"``."""
    shape: Shape
    count: int
    buffer: bool
    trainable: bool
    """Whether the optimiser moves it: a parameter that is not frozen."""
    mean: float
    std: float
    """Over all its numbers, without Bessel's correction."""
    minimum: float
    maximum: float
    histogram: Histogram


def describe_parameters(model: nn.Module) -> tuple[ParameterInfo, ...]:
    """All parameters, then all buffers, in the order of the model. A tensor that is shared stands there once.

    Numbers that are not finite (training that diverged) are left out of the histogram, and make mean and std nan.
    """
    parameters = [_describe(name, value, False, value.requires_grad) for name, value in model.named_parameters()]
    buffers = [_describe(name, value, True, False) for name, value in model.named_buffers()]
    return (*parameters, *buffers)


def list_tensors(model: nn.Module) -> tuple[TensorName, ...]:
    """What ``describe_parameters`` describes, without looking at a number."""
    kinds = ((model.named_parameters(), False), (model.named_buffers(), True))
    return tuple(
        TensorName(name, Shape(tensor.shape), tensor.numel(), buffer)
        for tensors, buffer in kinds
        for name, tensor in tensors
    )


def describe_parameter(model: nn.Module, name: str) -> ParameterInfo:
    """One of them, for a network so large that all would take long. Raises ``KeyError`` for a name that is none."""
    parameters = dict(model.named_parameters())
    if name in parameters:
        return _describe(name, parameters[name], False, parameters[name].requires_grad)
    return _describe(name, dict(model.named_buffers())[name], True, False)


def _describe(name: str, value: Tensor, buffer: bool, trainable: bool) -> ParameterInfo:
    numbers = value.detach().flatten()
    if numbers.numel() < _MANY or not numbers.is_floating_point():
        numbers = numbers.double()
    is_finite = numbers.isfinite()
    finite = numbers if is_finite.all() else numbers[is_finite]
    return ParameterInfo(
        name=name,
        shape=Shape(value.shape),
        count=value.numel(),
        buffer=buffer,
        trainable=trainable,
        mean=numbers.mean().item(),
        std=numbers.std(correction=0).item(),
        minimum=numbers.min().item(),
        maximum=numbers.max().item(),
        histogram=count_numbers(finite),
    )


def count_numbers(numbers: Tensor) -> Histogram:
    """How often each value comes among finite numbers, a vector that may be empty."""
    low, high = (value.item() for value in numbers.aminmax()) if len(numbers) else (0.0, 0.0)
    if low == high:  # one value, as in a fresh BatchNorm: a bar in the middle, as numpy.histogram draws it
        low, high = low - 0.5, high + 0.5
    counts = torch.histc(numbers, BINS, low, high)
    return Histogram(low, high, tuple(int(count) for count in counts.tolist()))
