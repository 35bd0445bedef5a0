"""The same input in ``train()`` and in ``eval()``: what differs, and because of which layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from netcore.errors import StackError
from netcore.model.shape import Shape
from netcore.model.tensors import copy_network
from netcore.seeds import seeded

MAX_PASSES = 200
MAX_EFFECTS = 12
"""So many layers are tried by themselves."""
_EFFECT_PASSES = 5


@dataclass(frozen=True)
class ModeDependent:
    """A layer whose ``forward`` asks for the mode, as Dropout and BatchNorm do."""

    name: str
    """As in ``named_modules()``; empty for the network itself."""
    kind: str


@dataclass(frozen=True)
class ModeEffect:
    """What one layer alone does to the logits: it in train(), all others in eval()."""

    layer: ModeDependent
    spread: float
    """The largest standard deviation over the passes of any logit of any image."""
    difference: float
    """The largest distance between a logit's mean over the passes and with all in eval()."""


@dataclass(frozen=True)
class RunningStatistics:
    """The running statistics of one BatchNorm layer, one number a feature or channel."""

    name: str
    mean_before: tuple[float, ...]
    mean_after: tuple[float, ...]
    variance_before: tuple[float, ...]
    variance_after: tuple[float, ...]


ModeVerdict = Literal["ignored", "cloud", "shift", "same"]


@dataclass(frozen=True)
class ModeComparison:
    """What the mode changes."""

    train_logits: tuple[tuple[float, ...], ...]
    """Of the first image, ``[passes, classes]``: one row a pass."""
    eval_logits: tuple[tuple[float, ...], ...]
    train_spread: float
    """The largest standard deviation over the passes of any logit of any image: 0 where all passes are equal."""
    eval_spread: float
    difference: float
    """The largest distance between a logit's mean over the passes in train() and in eval()."""
    layers: tuple[ModeDependent, ...]
    effects: tuple[ModeEffect, ...]
    """Of the first ``MAX_EFFECTS`` of ``layers``, in their order."""
    statistics: tuple[RunningStatistics, ...]
    """Before all passes, and after those in train(); those in eval() move nothing."""

    @property
    def verdict(self) -> ModeVerdict:
        """What was measured, whatever the layers are:

        ``ignored``: eval() scatters too, so something does not ask for the mode; ``cloud``: train() scatters and
        eval() keeps still; ``shift``: neither scatters, and the two differ; ``same``: all passes are equal.
        """
        if self.eval_spread:
            return "ignored"
        return "cloud" if self.train_spread else "shift" if self.difference else "same"


def compare_modes(model: nn.Module, batch: Tensor, passes: int, seed: int = 0) -> ModeComparison:
    """Send ``batch`` (``[N, 1, 28, 28]``) through a private copy, ``passes`` times in eval() and then in train().

    What is drawn at random comes from ``seed``. Raises ``StackError`` for ``passes`` outside ``1..MAX_PASSES``, and
    where a BatchNorm gets one value a feature in train(): one value has no spread to normalise by.
    """
    if type(passes) is not int or not 1 <= passes <= MAX_PASSES:
        raise StackError(
            "The comparison has {passes} passes.",
            "Choose a whole number from 1 to {most}.",
            passes=passes,
            most=MAX_PASSES,
        )
    private = _copy_for_train(model)
    norms = {name: module for name, module in private.named_modules() if isinstance(module, _BatchNorm)}
    before = {name: _read_statistics(module) for name, module in norms.items()}
    with seeded(seed), torch.inference_mode():
        private.eval()
        still = torch.stack([private(batch) for _ in range(passes)])
        private.train()
        moving = torch.stack([private(batch) for _ in range(passes)])
    layers = find_mode_dependent(model)
    after = {name: _read_statistics(module) for name, module in norms.items()}
    return ModeComparison(
        train_logits=tuple(map(tuple, moving[:, 0].tolist())),
        eval_logits=tuple(map(tuple, still[:, 0].tolist())),
        train_spread=moving.std(dim=0, correction=0).max().item(),
        eval_spread=still.std(dim=0, correction=0).max().item(),
        difference=_distance(moving, still),
        layers=layers,
        effects=tuple(_measure_effect(model, layer, batch, still, passes, seed) for layer in layers[:MAX_EFFECTS]),
        statistics=tuple(
            RunningStatistics(name, before[name][0], after[name][0], before[name][1], after[name][1]) for name in norms
        ),
    )


def _measure_effect(
    model: nn.Module, layer: ModeDependent, batch: Tensor, still: Tensor, passes: int, seed: int
) -> ModeEffect:
    private = _copy_for_train(model).eval()
    private.get_submodule(layer.name).training = True  # not train(): that is handed down to its children
    with seeded(seed), torch.inference_mode():
        moving = torch.stack([private(batch) for _ in range(min(passes, _EFFECT_PASSES))])
    return ModeEffect(
        layer=layer,
        spread=moving.std(dim=0, correction=0).max().item(),
        difference=_distance(moving, still),
    )


def _distance(moving: Tensor, still: Tensor) -> float:
    # In double precision, so that the mean of equal passes is what each of them gives.
    return (moving.double().mean(dim=0) - still.double().mean(dim=0)).abs().max().item()


def _copy_for_train(model: nn.Module) -> nn.Module:
    private = copy_network(model)
    refuse_single_values(private)
    return private


def find_mode_dependent(model: nn.Module) -> tuple[ModeDependent, ...]:
    """The layers that train() and eval() treat differently: those whose ``forward`` reads ``self.training``."""
    return tuple(
        ModeDependent(name, type(module).__name__)
        for name, module in model.named_modules()
        if "training" in type(module).forward.__code__.co_names
    )


def refuse_single_values(private: nn.Module) -> None:
    """Let every BatchNorm of a private copy raise ``StackError``, in words, where torch would stop with its own."""
    for module in private.modules():
        if isinstance(module, _BatchNorm):
            module.register_forward_pre_hook(_refuse_single_value)


def _read_statistics(module: _BatchNorm) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if module.running_mean is None or module.running_var is None:  # track_running_stats=False
        return (), ()
    return tuple(module.running_mean.tolist()), tuple(module.running_var.tolist())


def _refuse_single_value(module: nn.Module, args: tuple[Any, ...]) -> None:
    shape = Shape(args[0].shape)
    if module.training and args[0].numel() == shape[1]:
        raise StackError(
            "In train(), {kind} normalises by the spread of the batch, and {shape} has one value a feature.",
            "Take a batch of 2 images or more, or switch to eval().",
            kind=type(module).__name__,
            shape=shape,
        )
