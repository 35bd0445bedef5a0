"""What to train with instead, after a training that went wrong: worked out from its settings. Pure, without torch.

The settings that are far from what usually works are put back to it; where none is, what is left to try is shorter
steps, or more of them. The tests train with what is advised here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any, Literal

from netcore.errors import DivergedError
from netcore.training.config import LEAST_LEARNING_RATE, MNIST_TRAINING_DIGITS, OPTIMIZERS, TrainingConfig
from netcore.training.verdict import Kind

Trouble = Kind | Literal["diverged"]
"""A verdict's kind, or that the loss stopped being a number, which leaves no verdict."""

_DEFAULT = TrainingConfig()
_TOO_FAST, _TOO_SLOW = 4.0, 0.1
"""Times the usual step."""
_MOST_MOMENTUM = 0.95
_MOST_BATCH = 256
_FEW_DIGITS = 10_000
_MOST_DECAY = 0.01
"""For the optimizers that add the decay to the gradient. https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html"""
_MOST_DECOUPLED_DECAY = 0.001
"""The share of every weight that a step of AdamW takes away."""
_LEAST_NORM = 0.05
_CLIPPED, _SLOWER = 1.0, 0.1
_IN_WORDS = MappingProxyType({"max_norm": "gradients clipped to"})


def advise(config: TrainingConfig, trouble: Trouble) -> TrainingConfig | None:
    """The settings to train the same network with from the beginning; None where these need no change.

    ``trouble`` is what went wrong with ``config``.
    """
    changes: dict[str, Any] = {}
    for find in _REMEDIES.get(trouble, ()):
        changes.update(find(replace(config, **changes)))
    if not changes and trouble in _LAST_RESORTS:
        changes = _LAST_RESORTS[trouble](config)
    advised = replace(config, **changes)
    return None if advised == config else advised


def name_changes(before: TrainingConfig, after: TrainingConfig) -> dict[str, Any]:
    """The settings in which ``after`` differs from ``before``, with their new values."""
    old = asdict(before)
    return {name: value for name, value in asdict(after).items() if value != old[name]}


def refuse_divergence(config: TrainingConfig, error: DivergedError, epoch: int) -> DivergedError:
    """``error`` with its epoch, with what in the settings can have caused it, and with a cure that fits them."""
    advised = advise(config, "diverged") or config
    changes = (
        f"{_IN_WORDS.get(name, name.replace('_', ' '))} {value:g}"
        for name, value in name_changes(config, advised).items()
    )
    return DivergedError(
        f"In epoch {{epoch}}: {error.what} {_explain(config)}",
        "Train again with {changes}.",
        **error.values,
        epoch=epoch,
        changes=" and ".join(changes),
    )


def _explain(config: TrainingConfig) -> str:
    """Why a training with these settings can diverge, in a sentence."""
    usual = _usual(config)
    if _decays_too_much(config):
        each = config.weight_decay * config.learning_rate
        return (
            f"Weight decay {config.weight_decay:g} at learning rate {config.learning_rate:g} takes {each:.3g} times "
            "every weight away from it at each step."
        )
    if config.learning_rate > _TOO_FAST * usual.learning_rate:
        rates = f"{config.learning_rate:g}", f"{usual.learning_rate:g}"
        return f"Learning rate {rates[0]} is far above {rates[1]}, which is usual for {config.optimizer}."
    if _has_momentum(config) and config.momentum > _MOST_MOMENTUM:
        return f"Momentum {config.momentum:g} adds up {1 / (1 - config.momentum):.0f} steps."
    return "The steps were too long for this network."


def _step(config: TrainingConfig) -> float:
    """The length of a step that momentum has built up, in learning rates."""
    return config.learning_rate / (1 - config.momentum if _has_momentum(config) else 1)


def _usual(config: TrainingConfig) -> TrainingConfig:
    return replace(config, learning_rate=OPTIMIZERS[config.optimizer].learning_rate, momentum=_DEFAULT.momentum)


def _has_momentum(config: TrainingConfig) -> bool:
    return OPTIMIZERS[config.optimizer].momentum


def _decays_too_much(config: TrainingConfig) -> bool:
    # AdamW takes its decay from the weight itself; the others add it to the gradient, which the optimizer then scales.
    if config.optimizer == "AdamW":
        return config.learning_rate * config.weight_decay > _MOST_DECOUPLED_DECAY
    return config.weight_decay > _MOST_DECAY


def _lift_decay(config: TrainingConfig) -> dict[str, Any]:
    return {"weight_decay": _DEFAULT.weight_decay} if _decays_too_much(config) else {}


def _shorten_steps(config: TrainingConfig) -> dict[str, Any]:
    usual = _usual(config)
    changes: dict[str, Any] = {}
    if _has_momentum(config) and config.momentum > _MOST_MOMENTUM:
        changes["momentum"] = usual.momentum
    if config.learning_rate > _TOO_FAST * usual.learning_rate:
        changes["learning_rate"] = usual.learning_rate
    return changes


def _lengthen_steps(config: TrainingConfig) -> dict[str, Any]:
    usual = _usual(config)
    if _step(config) >= _TOO_SLOW * _step(usual):
        return {}
    momentum = {"momentum": usual.momentum} if _has_momentum(config) else {}
    return {"learning_rate": usual.learning_rate, **momentum}


def _take_more_steps(config: TrainingConfig) -> dict[str, Any]:
    return {"batch_size": _DEFAULT.batch_size} if config.batch_size > _MOST_BATCH else {}


def _clip_less(config: TrainingConfig) -> dict[str, Any]:
    return {"max_norm": _CLIPPED} if 0 < config.max_norm < _LEAST_NORM else {}


def _right_labels(config: TrainingConfig) -> dict[str, Any]:
    return {"label_noise": 0.0} if config.label_noise else {}


def _take_more_digits(config: TrainingConfig) -> dict[str, Any]:
    most = min(_DEFAULT.training_size, MNIST_TRAINING_DIGITS - config.validation_size)
    return {"training_size": most} if config.training_size < min(_FEW_DIGITS, most) else {}


def _take_shorter_steps(config: TrainingConfig) -> dict[str, Any]:
    shorter = float(f"{config.learning_rate * _SLOWER:.4g}")
    return {"learning_rate": max(shorter, LEAST_LEARNING_RATE), "max_norm": min(config.max_norm or _CLIPPED, _CLIPPED)}


def _move_digits(config: TrainingConfig) -> dict[str, Any]:
    return {} if config.shift or config.rotation else {"shift": 2, "rotation": 10.0}


Remedy = Callable[[TrainingConfig], dict[str, Any]]
"""Changes of settings that are wrong in its own way; empty where they are not."""

_SHORTER = (_lift_decay, _shorten_steps)
_LONGER = (_lift_decay, _lengthen_steps, _take_more_steps, _clip_less)
_REMEDIES: Mapping[Trouble, tuple[Remedy, ...]] = MappingProxyType(
    {
        "diverged": _SHORTER,
        "collapsed": _SHORTER,
        "unsteady": _SHORTER,
        "guesses": (*_SHORTER, *_LONGER, _right_labels),
        "slow": (*_SHORTER, *_LONGER, _right_labels),
        "overfits": (_right_labels, _take_more_digits),
    }
)
_LAST_RESORTS: Mapping[Trouble, Remedy] = MappingProxyType(
    {
        **dict.fromkeys(("diverged", "guesses", "collapsed", "unsteady"), _take_shorter_steps),
        "overfits": _move_digits,
    }
)
