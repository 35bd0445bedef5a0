"""What becomes of a network's answers where some of its channels are switched off or scaled.

It is done to a private copy: nobody else's network changes. Knows nothing of screens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netcore.cores import map_over_cores
from netcore.data.grey import unpack
from netcore.data.mnist import load_mnist
from netcore.errors import DataError
from netcore.model.forward import Forward, forward_digits, to_input
from netcore.model.inside.watching import borrow
from netcore.model.shape import Shape
from netcore.model.tensors import code_of
from netcore.model.trace import find_leaves

MAX_CUTS = 64
MAX_FACTOR = 2.0
TEST_IMAGES = 1000
"""As many of the first test images does an accuracy count."""
_BATCH = 250


@dataclass(frozen=True)
class Cut:
    """One channel of a layer's output, or one neuron, times a factor."""

    layer: str
    """As in ``named_modules()``; where the layer runs several times, all of its outputs are cut."""
    channel: int
    """Along the axis behind the batch."""
    factor: float
    """0 switches it off, 1 leaves it as it is; at most ``MAX_FACTOR``."""


def forward_cut(
    model: nn.Module, *, images: str, mode: str, seed: int, highest: tuple[int, ...] = (), cuts: tuple[Cut, ...]
) -> Forward:
    """``forward_digits`` with the ``cuts`` made, in their order. Raises ``DataError`` for a cut that cannot be made."""
    return forward_digits(cut_copy(model, cuts), unpack(images), mode=mode, seed=seed, highest=highest)


def measure_cut(model: nn.Module, *, cuts: tuple[Cut, ...], count: int = TEST_IMAGES) -> float:
    """The accuracy over the first ``count`` test images with the ``cuts`` made, in eval(), in [0, 1]."""
    private = cut_copy(model, cuts).eval()
    digits = load_mnist("test")

    def count_right(part: tuple[Tensor, Tensor]) -> int:
        images, labels = part
        with torch.inference_mode():
            return int((private(to_input(images)).argmax(1) == labels).sum())

    parts = zip(digits.images[:count].split(_BATCH), digits.labels[:count].split(_BATCH), strict=True)
    return sum(map_over_cores(count_right, list(parts))) / count


def cut_copy(model: nn.Module, cuts: Sequence[Cut]) -> nn.Module:
    """A private copy whose layers' outputs are cut, by forward hooks. Raises ``DataError`` as ``forward_cut`` does."""
    if len(cuts) > MAX_CUTS:
        raise DataError("There are {count} cuts.", "Make at most {most}.", count=len(cuts), most=MAX_CUTS)
    private = borrow(model)
    for cut in cuts:
        if not (math.isfinite(cut.factor) and 0 <= cut.factor <= MAX_FACTOR):
            raise DataError(
                "A channel cannot be scaled by {factor}.",
                "Choose a factor from 0 to {most:g}.",
                factor=cut.factor,
                most=MAX_FACTOR,
            )
        find_layer(private, cut.layer).register_forward_hook(scale(cut))
    return private


def scale(cut: Cut) -> Callable[[nn.Module, Any, Any], Tensor]:
    """A forward hook that makes the cut. It raises ``DataError`` where the layer has no such channel."""

    def hook(module: nn.Module, given: Any, output: Any) -> Tensor:
        check_channel(module, output, cut.channel)
        scaled: Tensor = output.clone()
        # Not 0 times the value: that leaves nan where the value is nan.
        scaled[:, cut.channel] = scaled[:, cut.channel] * cut.factor if cut.factor else 0
        return scaled

    return hook


def check_channel(module: nn.Module, output: Any, channel: int) -> None:
    """Raise ``DataError`` where what a layer gave has no such channel."""
    if not isinstance(output, Tensor) or output.dim() < 2:
        raise DataError("What {layer} gives has no channels to cut.", "Choose another layer.", layer=code_of(module))
    if not 0 <= channel < output.shape[1]:
        raise DataError(
            "{layer} gives {shape}: it has no channel {channel}.",
            "Count from 0 to {last}.",
            layer=code_of(module),
            shape=Shape(output.shape),
            channel=channel,
            last=output.shape[1] - 1,
        )


def find_layer(model: nn.Module, name: str) -> nn.Module:
    """The layer of that name, as ``activations`` names it. Raises ``DataError`` where there is none."""
    leaves = dict(find_leaves(model))
    if name not in leaves:
        names = ", ".join(leaves)[:400]
        raise DataError("The network has no layer {name}.", "Choose one of {names}.", name=name[:40], names=names)
    return leaves[name]
