"""The catalogue of layers: their names, their arguments, their bounds. Knows nothing of networks."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from netcore.errors import StackError

Value = int | float | bool | tuple[int, ...]

_MAX_WIDTH = 1_000_000
_MAX_WINDOW = 64
_MAX_SIZES = 4

_CURES = MappingProxyType(
    {
        "int": "{argument} must be a whole number from {minimum} to {maximum}.",
        "float": "{argument} must be a number from {minimum} to {maximum}.",
        "bool": "{argument} must be True or False.",
        "pair": "{argument} must be a whole number from {minimum} to {maximum}, or two of them in brackets.",
        "sizes": "{argument} must be {shortest} to {longest} whole numbers from {minimum} to {maximum} in brackets.",
    }
)


@dataclass(frozen=True)
class Argument:
    """One argument of a layer, under torch's name for it."""

    name: str
    type: Literal["int", "float", "bool", "pair", "sizes"]
    """``pair`` is one int or two (height, width); ``sizes`` is one int or up to four."""
    start: Value
    """The value that a form begins with; also the default, unless ``required``."""
    minimum: float = 0
    maximum: float = 1
    required: bool = False
    follows: str = ""
    """The argument whose value is the default, as torch's pooling takes ``stride`` from ``kernel_size``."""
    shortest: int = 1
    """The least number of ``sizes``."""

    def clean(self, kind: str, value: object) -> Value:
        """``value`` in its one canonical form: a pair of equals is one int, a list is a tuple.

        Raises ``StackError`` where it has another type or lies outside ``minimum..maximum``.
        """
        if self.type == "bool" and isinstance(value, bool):
            return value
        if self.type == "float" and type(value) in (int, float) and self._allows(value):
            return float(value)  # type: ignore[arg-type]
        if self.type in ("int", "pair", "sizes") and type(value) is int and self._allows(value) and self.shortest == 1:
            return value
        if self.type in ("pair", "sizes") and isinstance(value, list | tuple):
            fits = len(value) == 2 if self.type == "pair" else self.shortest <= len(value) <= _MAX_SIZES
            if fits and all(type(item) is int and self._allows(item) for item in value):
                alike = len(value) == 1 or (self.type == "pair" and value[0] == value[1])
                return value[0] if alike else tuple(value)
        raise StackError(
            "{kind} has {argument} = {value}.",
            _CURES[self.type],
            kind=kind,
            argument=self.name,
            value=shorten(value),
            minimum=f"{self.minimum:,}",
            maximum=f"{self.maximum:,}",
            shortest=self.shortest,
            longest=_MAX_SIZES,
        )

    def _allows(self, value: Any) -> bool:
        return bool(self.minimum <= value <= self.maximum)


@dataclass(frozen=True)
class LayerKind:
    """One entry of the catalogue: a class of ``torch.nn`` and the arguments that can be chosen."""

    name: str
    """As in ``torch.nn``; in lower case it is the name in ``Stack.parse``."""
    group: str
    does: str
    arguments: tuple[Argument, ...] = ()
    count_parameters: Callable[[Mapping[str, Any]], int] = lambda arguments: 0
    """From the arguments alone, so that a giant is refused before memory is taken."""


def get_kind(name: str) -> LayerKind:
    """The entry of that name, whatever its case, with or without ``nn.`` and underscores.

    Raises ``StackError`` with the nearest name where there is none.
    """
    key = name.lower().removeprefix("nn.").replace("_", "")
    if key in _BY_KEY:
        return _BY_KEY[key]
    nearest = difflib.get_close_matches(key[:40], _BY_KEY, n=1, cutoff=0.5)
    raise StackError(
        "There is no layer called {name}.",
        "Did you mean {nearest}?" if nearest else "The catalogue has {names}.",
        name=shorten(name),
        nearest=_BY_KEY[nearest[0]].name if nearest else "",
        names=", ".join(kind.name for kind in _KINDS),
    )


def list_kinds() -> tuple[LayerKind, ...]:
    """The whole catalogue, in the order in which it is shown."""
    return _KINDS


def shorten(value: object) -> str:
    """A value from outside in at most 40 characters, for an error."""
    text = str(value) if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _width(name: str, start: int) -> Argument:
    return Argument(name, "int", start, 1, _MAX_WIDTH, required=True)


def _probability(start: float) -> Argument:
    return Argument("p", "float", start, 0, 1)


def _window(start: int) -> tuple[Argument, ...]:
    return (
        Argument("kernel_size", "pair", start, 1, _MAX_WINDOW, required=True),
        Argument("stride", "pair", start, 1, _MAX_WINDOW, follows="kernel_size"),
    )


def _axis(start: int) -> Argument:
    return Argument("dim", "int", start, 1, 3, required=True)


_BIAS = Argument("bias", "bool", True)
_NORM = (_width("num_features", 32), Argument("momentum", "float", 0.1, 0, 1))

# The one place to add a layer: its name in torch.nn, what it does, its arguments, and how many numbers it learns.
_KINDS = (
    LayerKind("Flatten", "shape", "Lays everything but the batch in one row: [N, C, H, W] becomes [N, C·H·W]."),
    LayerKind(
        "Unflatten",
        "shape",
        "Folds one axis into several: [N, 784] becomes [N, 1, 28, 28].",
        (_axis(1), Argument("unflattened_size", "sizes", (1, 28, 28), 1, _MAX_WIDTH, required=True, shortest=2)),
    ),
    LayerKind(
        "Linear",
        "weights",
        "Every output is a weighted sum of all inputs plus a bias.",
        (_width("in_features", 784), _width("out_features", 128), _BIAS),
        lambda given: given["out_features"] * (given["in_features"] + given["bias"]),
    ),
    LayerKind(
        "Conv2d",
        "weights",
        "Slides small kernels over the picture: the same weights at every place.",
        (
            _width("in_channels", 1),
            _width("out_channels", 32),
            Argument("kernel_size", "pair", 3, 1, _MAX_WINDOW, required=True),
            Argument("stride", "pair", 1, 1, _MAX_WINDOW),
            Argument("padding", "pair", 0, 0, _MAX_WINDOW),
            _BIAS,
        ),
        lambda given: given["out_channels"] * (given["in_channels"] * _square(given["kernel_size"]) + given["bias"]),
    ),
    LayerKind("MaxPool2d", "pooling", "Keeps the largest value of each window.", _window(2)),
    LayerKind("AvgPool2d", "pooling", "Keeps the mean of each window.", _window(2)),
    LayerKind(
        "AdaptiveAvgPool2d",
        "pooling",
        "Means of as many windows as it takes to reach the height and width asked for.",
        (Argument("output_size", "pair", 1, 1, _MAX_WINDOW, required=True),),
    ),
    LayerKind(
        "BatchNorm1d",
        "normalisation",
        "Centres and scales each feature: by the batch in train(), by its running statistics in eval().",
        _NORM,
        lambda given: 2 * given["num_features"],
    ),
    LayerKind(
        "BatchNorm2d",
        "normalisation",
        "Centres and scales each channel: by the batch in train(), by its running statistics in eval().",
        _NORM,
        lambda given: 2 * given["num_features"],
    ),
    LayerKind(
        "LayerNorm",
        "normalisation",
        "Centres and scales each sample by itself, alike in train() and eval().",
        (Argument("normalized_shape", "sizes", 128, 1, _MAX_WIDTH, required=True),),
        lambda given: 2 * _count(given["normalized_shape"]),
    ),
    LayerKind(
        "Dropout",
        "regularisation",
        "In train(), sets values to zero at random; in eval(), nothing.",
        (_probability(0.5),),
    ),
    LayerKind(
        "Dropout2d",
        "regularisation",
        "In train(), sets whole channels to zero at random; in eval(), nothing.",
        (_probability(0.5),),
    ),
    LayerKind("ReLU", "activation", "Negative values become zero."),
    LayerKind(
        "LeakyReLU",
        "activation",
        "Negative values are made small instead of zero.",
        (Argument("negative_slope", "float", 0.01, 0, 1),),
    ),
    LayerKind("GELU", "activation", "A smooth ReLU, usual in transformers."),
    LayerKind("SiLU", "activation", "x times its sigmoid, also called swish."),
    LayerKind(
        "ELU",
        "activation",
        "Negative values level off at minus alpha.",
        (Argument("alpha", "float", 1.0, 0, 10),),
    ),
    LayerKind("Tanh", "activation", "Squeezes every value between -1 and 1."),
    LayerKind("Sigmoid", "activation", "Squeezes every value between 0 and 1."),
    LayerKind(
        "Softmax",
        "activation",
        "Turns scores into probabilities that sum to 1. The loss does this itself: leave it out at the end.",
        (_axis(1),),
    ),
    LayerKind("Identity", "shape", "Passes its input on unchanged."),
)

_BY_KEY = MappingProxyType({kind.name.lower(): kind for kind in _KINDS})


def _square(window: int | tuple[int, ...]) -> int:
    return window**2 if isinstance(window, int) else math.prod(window)


def _count(shape: int | tuple[int, ...]) -> int:
    return shape if isinstance(shape, int) else math.prod(shape)
