"""Where one number of a layer's output comes from: what an origin can be. Plain values, no tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netcore.model.inside.maps import Maps

Numbers = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Window:
    """A window on one feature map of the layer's input."""

    channel: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    """Which rows and columns of the map it sees; those outside of ``0..size - 1`` lie in the padding."""
    values: Numbers


@dataclass(frozen=True)
class Product:
    """One input channel's part of a convolution: a window times a kernel, number by number."""

    window: Window
    kernel: Numbers
    total: float
    """The sum of the products."""


@dataclass(frozen=True)
class Convolved:
    """The number is the sum of the products of all input channels, and the bias."""

    products: tuple[Product, ...]
    """Those that count most, the largest first."""
    others: int
    """How many channels more there are."""
    rest: float
    """What those add."""
    bias: float
    value: float


@dataclass(frozen=True)
class Term:
    """One input of a Linear."""

    index: int
    value: float
    weight: float


@dataclass(frozen=True)
class Weighed:
    """The number is the sum of all inputs times their weights, and the bias."""

    inputs: Maps
    """All inputs; as feature maps where they are such maps laid in a row."""
    weights: Maps
    terms: tuple[Term, ...]
    """Those that count most, the largest first."""
    others: int
    rest: float
    bias: float
    value: float


@dataclass(frozen=True)
class Pooled:
    """The number is the largest of a window, or its mean."""

    kind: Literal["max", "mean"]
    window: Window
    winner: tuple[int, int]
    """The row and the column in ``values`` of the largest number."""
    divisor: float
    """What the sum is divided by; 1 for the largest."""
    value: float


@dataclass(frozen=True)
class Formula:
    """The number follows from a few others."""

    kind: str
    """``norm_running``, ``softmax``, ``moved``, ``dropped``, or a function such as ``relu``."""
    numbers: tuple[tuple[str, float], ...]
    """By name, such as ``mean``."""
    value: float


Origin = Convolved | Weighed | Pooled | Formula
