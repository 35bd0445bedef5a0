"""Which optimizer a file's ``optim_state`` is of, and how it differs from the settings to go on with.

torch saves the settings of an optimizer beside its memory, in ``param_groups``, and never the name of its class: the
names of the settings tell it, as far as they do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from netcore.data.saved import kind_of
from netcore.errors import ConfigError
from netcore.training.config import TrainingConfig

_LARGE = 1e100
"""A number beyond is no setting, and a whole one of hundreds of digits becomes no float."""
_SETTABLE = ("learning_rate", "momentum", "weight_decay")
_TORCH_NAMES = MappingProxyType({"lr": "learning_rate", "momentum": "momentum", "weight_decay": "weight_decay"})
# What a run here always has: torch's own defaults.
_FIXED: Mapping[str, Any] = MappingProxyType(
    {
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "amsgrad": False,
        "dampening": 0,
        "nesterov": False,
        "alpha": 0.99,
        "centered": False,
        "maximize": False,
    }
)
_TELLING = MappingProxyType(
    {
        "momentum_decay": "NAdam",
        "beta2_decay": "Adafactor",
        "rho": "Adadelta",
        "lr_decay": "Adagrad",
        "lambd": "ASGD",
        "etas": "Rprop",
        "nesterov": "SGD",
        "centered": "RMSprop",
        "amsgrad": "Adam",
    }
)


@dataclass(frozen=True)
class Difference:
    """A setting that the file's optimizer had otherwise."""

    setting: str
    """As the form calls it, or torch."""
    file: str
    here: str
    can_be_set: bool
    """Whether a run here can have the file's."""


@dataclass(frozen=True)
class FileOptimizer:
    """The optimizer that a file was trained with, where it is not the one to go on with."""

    differences: tuple[Difference, ...]
    optimizer: str
    learning_rate: float
    momentum: float
    weight_decay: float
    """These four are the file's, as far as a run here can have them."""

    @property
    def can_be_set(self) -> bool:
        """Whether anything would become the file's."""
        return any(difference.can_be_set for difference in self.differences)

    def applied(self, config: TrainingConfig) -> TrainingConfig:
        """``config`` with the file's settings. Raises ``ConfigError`` where a run cannot have them."""
        return replace(
            config,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
        )


def compare_optimizer(optim_state: Mapping[str, Any], config: TrainingConfig, *, planned: bool) -> FileOptimizer | None:
    """How the file's optimizer differs from that of ``config``; None where it does not, or nothing is told.

    ``planned`` says that the file's schedule goes on, so that its first learning rate counts and not the present one.
    """
    groups = optim_state.get("param_groups")
    if not isinstance(groups, list) or len(groups) != 1 or not isinstance(groups[0], dict):
        return None
    group = dict(groups[0])
    if planned and "initial_lr" in group:
        group["lr"] = group["initial_lr"]
    kind = _kind(group, config)
    found: list[Difference] = []
    wanted = config
    if kind != config.optimizer:
        wanted = _with(config, optimizer=kind) or config
        found.append(Difference("optimizer", kind, config.optimizer, wanted is not config))
    for name, setting in _TORCH_NAMES.items():
        here, theirs = wanted.optimizer_arguments().get(name), _number(group.get(name))
        if here is None or theirs is None or _is_same(theirs, here):
            continue
        chosen = _with(wanted, **{setting: theirs})
        found.append(Difference(setting.replace("_", " "), _short(theirs), _short(here), chosen is not None))
        wanted = chosen or wanted
    found += [
        Difference(name, _short(group[name]), _short(usual), can_be_set=False)
        for name, usual in _FIXED.items()
        if name in group and not _is_same(group[name], usual) and not (name == "alpha" and kind == "ASGD")
    ]
    settings = {name: getattr(wanted, name) for name in ("optimizer", *_SETTABLE)}
    return FileOptimizer(tuple(found), **settings) if found else None


def _kind(group: Mapping[str, Any], config: TrainingConfig) -> str:
    """The class that has such settings; the one of ``config`` where several have."""
    kind = next((kind for name, kind in _TELLING.items() if name in group), config.optimizer)
    if kind != "Adam":
        return kind
    if group.get("decoupled_weight_decay") is not None:
        return "AdamW" if group["decoupled_weight_decay"] else "Adam"
    # Before torch 2.7 nothing told the two apart but AdamW's own default, and without weight decay they are one.
    if group.get("weight_decay") == 0.01:
        return "AdamW"
    return config.optimizer if config.optimizer in ("Adam", "AdamW") else "Adam"


def _with(config: TrainingConfig, **settings: Any) -> TrainingConfig | None:
    try:
        return replace(config, **settings)
    except ConfigError:
        return None


def _number(value: Any) -> float | None:
    """A setting as a number, which a learning rate may also be as a tensor; None for anything else."""
    if hasattr(value, "numel") and value.numel() == 1:
        value = value.item()
    return float(value) if type(value) in (int, float) and not abs(value) >= _LARGE else None


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(_is_same(a, b) for a, b in zip(one, other, strict=True))
    if type(one) in (int, float, bool) and type(other) in (int, float, bool):
        return math.isclose(one, other, rel_tol=1e-6)
    return bool(one is other)


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_short(item) for item in value[:4])
    if type(value) in (int, float) and not abs(value) >= _LARGE:
        return f"{value:.4g}"
    return str(value)[:40] if isinstance(value, bool | str) or value is None else kind_of(value)
