"""Which channel of a layer a network needs most: each is switched off alone. Knows nothing of screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from netcore.cores import map_over_cores
from netcore.data.mnist import load_mnist
from netcore.errors import DataError
from netcore.model.forward import to_input
from netcore.model.inside.surgery import Cut, check_channel, cut_copy, find_layer, scale
from netcore.model.tensors import code_of
from netcore.model.trace import find_leaves

IMAGES = 250
"""Of the test part, the first ones."""
MAX_CHANNELS = 128
_TOGETHER = 8


@dataclass(frozen=True)
class Effect:
    """How good a network is on the test images."""

    channel: int
    """The one that is switched off, or -1 where none is."""
    accuracy: float
    """In [0, 1]."""
    loss: float
    """Mean cross-entropy in nats."""


@dataclass(frozen=True)
class Ranking:
    """The channels of one layer, the one that costs most first."""

    before: Effect
    effects: tuple[Effect, ...]
    """Of the first ``MAX_CHANNELS`` channels at most."""
    channels: int
    """How many the layer has."""
    images: int
    """How many were looked at."""


def rank_channels(model: nn.Module, *, layer: str, cuts: tuple[Cut, ...] = ()) -> Ranking:
    """Switch off each channel of ``layer`` alone, besides the ``cuts``, and measure in eval() what that costs.

    What costs most in accuracy is first, then what costs most in loss. Raises ``DataError`` where there is no such
    layer, where it does not run or gives no channels, and for a cut that cannot be made.
    """
    images = to_input(load_mnist("test").images[:IMAGES])
    before, channels = _begin(model, layer, cuts, images)

    def switch_off(several: range) -> list[Effect]:
        private = _prepare(model, layer, cuts, images)
        module, effects = find_layer(private, layer), []
        for channel in several:
            handle = module.register_forward_hook(scale(Cut(layer, channel, 0.0)))
            effects.append(_judge(private, images, channel))
            handle.remove()
        return effects

    tried = range(min(channels, MAX_CHANNELS))
    parts = [tried[start : start + _TOGETHER] for start in tried[::_TOGETHER]]
    effects = [effect for part in map_over_cores(switch_off, parts) for effect in part]
    effects.sort(key=lambda effect: (effect.accuracy, -effect.loss))
    return Ranking(before, tuple(effects), channels, IMAGES)


def _begin(model: nn.Module, layer: str, cuts: tuple[Cut, ...], images: Tensor) -> tuple[Effect, int]:
    """How good the network is with all channels, and how many of them the layer has."""
    private = cut_copy(model, cuts).eval()
    module, seen = find_layer(private, layer), []

    def look(module: nn.Module, given: Any, output: Any) -> None:
        check_channel(module, output, 0)
        seen.append(output.shape[1])

    module.register_forward_hook(look)
    before = _judge(private, images, -1)
    if not seen:
        raise DataError("{layer} does not run.", "Choose another layer.", layer=code_of(module))
    return before, int(seen[0])


def _prepare(model: nn.Module, layer: str, cuts: tuple[Cut, ...], images: Tensor) -> nn.Module:
    """A private copy in which the layers up to ``layer`` give again, uncomputed, what they gave for these images.

    Nothing that they get depends on the channels of ``layer``. Layers that also run after it are left alone.
    """
    private = cut_copy(model, cuts).eval()
    calls: list[tuple[nn.Module, Any]] = []
    leaves = [module for _, module in find_leaves(private)]
    for module in leaves:
        module.forward = _note(module.forward, module, calls)
    _judge(private, images, -1)
    target = find_layer(private, layer)
    end = next(place for place, (module, _) in enumerate(calls) if module is target)
    late = {module for module, _ in calls[end + 1 :]}
    for module in leaves:
        outputs = [output for caller, output in calls if caller is module]
        del module.forward  # the class's own again
        if outputs and module not in late and all(isinstance(output, Tensor) for output in outputs):
            module.forward = _repeat(outputs)
    return private


def _note(forward: Callable[..., Any], module: nn.Module, calls: list[tuple[nn.Module, Any]]) -> Callable[..., Any]:
    """``forward``, with what it gives written down as it is now: what follows may change it in place."""

    def noted(*given: Any, **named: Any) -> Any:
        output = forward(*given, **named)
        calls.append((module, output.clone() if isinstance(output, Tensor) else output))
        return output

    return noted


def _repeat(outputs: list[Tensor]) -> Callable[..., Tensor]:
    """A ``forward`` that gives these one after the other, round and round."""
    turn = cycle(outputs)
    return lambda *given, **named: next(turn).clone()


def _judge(private: nn.Module, images: Tensor, channel: int) -> Effect:
    with torch.inference_mode():
        logits = private(images)
    labels = load_mnist("test").labels[: len(logits)]
    accuracy = (logits.argmax(1) == labels).double().mean().item()
    return Effect(channel, accuracy, functional.cross_entropy(logits, labels).item())
