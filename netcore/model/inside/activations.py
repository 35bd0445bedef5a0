"""What every layer makes of one image, with its weights beside. Knows nothing of how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netcore.model.inside.maps import Maps, to_maps, to_planes
from netcore.model.inside.watching import Call, to_batch, watch
from netcore.model.shape import Shape
from netcore.model.tensors import code_of

PAGE = 12
"""As many layers are told at a time."""
MAP_NUMBERS = 12_600
"""Of one layer's activation: the 16 feature maps of 28 x 28 of a small CNN, or 256 of 7 x 7."""
WEIGHT_NUMBERS = 4_704
"""Of one layer's weights: six rows of a Linear as 28 x 28 pictures."""
_WEIGHT_ROWS, _KERNELS = 8, 64
"""The kernels of 8 output channels, or 64 where each has one."""


@dataclass(frozen=True)
class Spread:
    """Where the numbers of an activation lie. All are nan where none of them is finite."""

    minimum: float
    maximum: float
    mean: float
    std: float
    zeros: float
    """The share of exact zeros, in [0, 1]: what ReLU switched off."""
    broken: int
    """How many are nan or infinite; they count nowhere else."""


@dataclass(frozen=True)
class Weights:
    """A layer's weights as pictures."""

    shape: Shape
    columns: int
    """How many pictures belong to one output channel or neuron: they follow each other."""
    maps: Maps


@dataclass(frozen=True)
class Activation:
    """What one call of a layer gave."""

    step: int
    """Its place among all calls, from 0."""
    name: str
    kind: str
    code: str
    use: int
    """2 where the same layer runs for the second time."""
    input_shape: Shape
    output_shape: Shape
    follows_unseen: bool
    """Whether ``forward`` did something itself to what this layer got: an addition, a ``relu`` without a layer."""
    spread: Spread
    maps: Maps
    weights: Weights | None


@dataclass(frozen=True)
class Activations:
    """Some of the calls of one forward pass, in the order in which they ran."""

    calls: tuple[tuple[str, str], ...]
    """Of all of them, also those that are not told here: the layer's name and its code."""
    layers: tuple[Activation, ...]
    ends_unseen: bool
    """Whether ``forward`` did something itself to what the last layer gave."""

    @property
    def total(self) -> int:
        """How many calls there were."""
        return len(self.calls)


def activations(
    model: nn.Module, *, images: str, highest: int, mode: str, seed: int, first: int = 0, count: int = PAGE
) -> Activations:
    """Send one digit (``netcore.data.grey.pack``) through and tell what each layer gave, ``count`` from ``first`` on.

    The numbers are those of that very pass; operations that are no layer show themselves only by their effect.
    Raises ``StackError`` where BatchNorm gets a single value a feature in training mode.
    """
    told: list[Activation] = []
    calls: list[tuple[str, str]] = []

    def visit(call: Call) -> None:
        calls.append((call.name, code_of(call.module)))
        if first <= call.step < first + count:
            told.append(describe(call))

    with torch.no_grad():
        _, is_last = watch(model, to_batch(images, highest), visit, mode=mode, seed=seed)
    return Activations(calls=tuple(calls), layers=tuple(told), ends_unseen=not is_last)


def describe(call: Call) -> Activation:
    """What is told of one call that gave a tensor."""
    return Activation(
        step=call.step,
        name=call.name,
        kind=type(call.module).__name__,
        code=code_of(call.module),
        use=call.use,
        input_shape=Shape(call.given.shape if call.given is not None else ()),
        output_shape=Shape(call.output.shape),
        follows_unseen=call.follows_unseen,
        spread=measure(call.output),
        maps=to_maps(to_planes(call.output), MAP_NUMBERS),
        weights=_describe_weights(call),
    )


def measure(output: Tensor) -> Spread:
    """Where the numbers lie, without those that are not finite."""
    numbers = output.detach().double().flatten()
    finite = numbers[numbers.isfinite()]
    if not len(finite):
        nothing = float("nan")
        return Spread(nothing, nothing, nothing, nothing, nothing, len(numbers))
    return Spread(
        minimum=finite.min().item(),
        maximum=finite.max().item(),
        mean=finite.mean().item(),
        std=finite.std(correction=0).item(),
        zeros=(finite == 0).double().mean().item(),
        broken=len(numbers) - len(finite),
    )


def weight_of(module: nn.Module) -> Tensor | None:
    """The weight ``[outputs, inputs, …]`` of a convolution or a Linear; None for any other layer."""
    return module.weight if isinstance(module, nn.Conv2d | nn.Linear) else None


def fold_weight(weight: Tensor, flattens: tuple[int, ...]) -> Tensor:
    """A weight as pictures, ``[outputs, pictures, height, width]``: a convolution's kernels as they are.

    A Linear's rows become feature maps ``flattens`` where its input is such maps laid in a row, else rows.
    """
    return weight if weight.dim() == 4 else weight.reshape(len(weight), *(flattens or (1, 1, -1)))


def _describe_weights(call: Call) -> Weights | None:
    weight = weight_of(call.module)
    if weight is None:
        return None
    folded = fold_weight(weight, call.flattens)
    columns = folded.shape[1]
    most = min(WEIGHT_NUMBERS, max(_WEIGHT_ROWS, _KERNELS // columns) * folded[0].numel())
    return Weights(Shape(weight.shape), columns, to_maps(folded.flatten(0, 1), most))
