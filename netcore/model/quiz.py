"""Questions about a network, with the right answer among wrong ones. Knows nothing of who is asked."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Generic, TypeVar

from netcore.model.shape import Shape
from netcore.model.trace import Trace, TracedLayer
from netcore.seeds import derive_seed

_OPTIONS = 4
_T = TypeVar("_T", bound=Shape | int)


@dataclass(frozen=True)
class Question(Generic[_T]):
    """One question about a layer, with its options; all of them differ."""

    layer: TracedLayer
    options: tuple[_T, ...]
    answer: _T


def ask_shape(traced: Trace, seed: int) -> Question[Shape] | None:
    """Which shape the output of a layer has. None where no layer ran.

    The layer is drawn with ``seed``, from those that change the shape where there are any. The wrong options are what
    one gets by a slip: axes in another order, the input's sizes, an axis forgotten.
    """
    changing = [layer for layer in traced.layers if layer.output_shape and layer.output_shape != layer.input_shape]
    layers = changing or [layer for layer in traced.layers if layer.output_shape]
    if not layers:
        return None
    layer = random.Random(derive_seed(seed, "shape")).choice(layers)
    return _question(layer, layer.output_shape, _wrong_shapes(layer), seed)


def ask_parameters(traced: Trace, tensors: Sequence[Shape], layer: TracedLayer, seed: int) -> Question[int]:
    """How many numbers ``layer`` learns; ``tensors`` are the shapes of its parameters.

    The wrong options are what one gets by a slip: the bias forgotten, counted once too often, sizes added.
    """
    return _question(layer, layer.parameters, _wrong_counts(layer.parameters, tensors), seed)


def draw_learning_layer(traced: Trace, seed: int) -> TracedLayer | None:
    """One of the layers that have parameters, drawn with ``seed``; None where there is none."""
    layers = [layer for layer in traced.layers if layer.parameters]
    return random.Random(derive_seed(seed, "parameters")).choice(layers) if layers else None


def _question(layer: TracedLayer, answer: _T, wrong: Iterator[_T], seed: int) -> Question[_T]:
    options: list[_T] = [answer]
    while len(options) < _OPTIONS:
        option = next(wrong)
        if option not in options:
            options.append(option)
    random.Random(derive_seed(seed, layer.name, str(answer))).shuffle(options)
    return Question(layer, tuple(options), answer)


def _wrong_shapes(layer: TracedLayer) -> Iterator[Shape]:
    given, right = layer.input_shape, layer.output_shape
    batch = right[:1]
    if len(right) > 2:
        yield Shape((*batch, *right[2:], right[1]))
        yield Shape((*batch, given[1], *right[2:])) if len(given) > 1 else Shape(right[1:])
        yield Shape((*batch, right[1], *given[2:])) if len(given) == len(right) else Shape(right[1:])
    yield given
    yield Shape(reversed(right))
    yield Shape((*batch, prod(right[1:])))
    yield Shape(right[1:] or (*right, 1))
    for size in _sizes_upwards(prod(right) + prod(given)):
        yield Shape((*batch, size))


def _wrong_counts(right: int, tensors: Sequence[Shape]) -> Iterator[int]:
    counts = [prod(shape) for shape in tensors]
    guesses = [right - counts[-1], right + counts[-1]] if len(counts) > 1 else []
    for shape in tensors[:1]:
        guesses += [sum(shape), right + prod(shape[1:]), prod(shape[1:]) + 1]
    yield from (guess for guess in guesses if guess > 0)
    yield from (2 * right, 10 * right)
    yield from _sizes_upwards(right)


def _sizes_upwards(start: int) -> Iterable[int]:
    return (start + step for step in range(1, _OPTIONS + 1))
