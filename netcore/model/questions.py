"""What is asked of a network about digits, with plain arguments. Knows nothing of who asks, or in which process."""

from __future__ import annotations

from torch import nn

from netcore.data.grey import unpack
from netcore.data.mnist import load_mnist
from netcore.model.calling import CallComparison, compare_calls
from netcore.model.forward import Forward, forward_digits, to_input
from netcore.model.modes import ModeComparison, compare_modes


def forward_packed(model: nn.Module, *, images: str, mode: str, seed: int, highest: tuple[int, ...] = ()) -> Forward:
    """``forward_digits`` for digits as ``netcore.data.grey.pack`` writes them, one's own or MNIST's."""
    return forward_digits(model, unpack(images), mode=mode, seed=seed, highest=highest)


def compare_modes_mnist(model: nn.Module, *, count: int, passes: int, seed: int) -> ModeComparison:
    """``compare_modes`` for the first ``count`` test images as one batch."""
    return compare_modes(model, to_input(load_mnist("test").images[:count]), passes, seed=seed)


def compare_calls_mnist(model: nn.Module, *, count: int, seed: int) -> CallComparison:
    """``compare_calls`` for the first ``count`` test images as one batch."""
    return compare_calls(model, to_input(load_mnist("test").images[:count]), seed)
