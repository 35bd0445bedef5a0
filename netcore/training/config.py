"""What a training is asked to do, checked. Knows nothing of networks, and does not need torch."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from netcore.errors import ConfigError
from netcore.settings import MAX_BATCH, MAX_EPOCHS, MAX_SEED, MAX_THREADS
from netcore.training.schedules import SCHEDULES

MNIST_TRAINING_DIGITS = 60_000
LEAST_LEARNING_RATE = 1e-8


@dataclass(frozen=True)
class OptimizerKind:
    """What one of ``torch.optim``'s classes takes of our settings."""

    momentum: bool
    """Whether it has an argument called momentum."""
    fused: bool
    """Whether torch has a fused kernel for it on the CPU: the same update in one pass over the memory."""
    learning_rate: float
    """A learning rate to begin with."""


# The one place to add an optimizer: the name of its class in torch.optim.
OPTIMIZERS = MappingProxyType(
    {
        "SGD": OptimizerKind(momentum=True, fused=True, learning_rate=0.05),
        "Adam": OptimizerKind(momentum=False, fused=True, learning_rate=0.001),
        "AdamW": OptimizerKind(momentum=False, fused=True, learning_rate=0.001),
        "RMSprop": OptimizerKind(momentum=True, fused=False, learning_rate=0.001),
    }
)

PRECISIONS = ("float32", "bfloat16")
"""The names of torch's types in which a training step may compute."""

_WHOLE = MappingProxyType(
    {
        "epochs": (1, MAX_EPOCHS),
        "batch_size": (1, MAX_BATCH),
        "training_size": (1, MNIST_TRAINING_DIGITS - 1),
        "validation_size": (1, MNIST_TRAINING_DIGITS - 1),
        "seed": (0, MAX_SEED),
        "threads": (1, MAX_THREADS),
        "schedule_epochs": (1, MAX_EPOCHS),
        "patience": (0, MAX_EPOCHS),
        "shift": (0, 8),
    }
)
_REAL = MappingProxyType(
    {
        "learning_rate": (LEAST_LEARNING_RATE, 10.0),
        "momentum": (0.0, 0.999),
        "weight_decay": (0.0, 1.0),
        "schedule_factor": (0.01, 0.99),
        "max_norm": (0.0, 1000.0),
        "rotation": (0.0, 45.0),
        "label_noise": (0.0, 1.0),
    }
)
# What a run or checkpoint that was written before a setting existed means by its absence.
_MEANT_BEFORE = MappingProxyType(
    {
        "schedule": "constant",
        "schedule_epochs": 2,
        "schedule_factor": 0.1,
        "patience": 0,
        "max_norm": 0.0,
        "shift": 0,
        "rotation": 0.0,
        "label_noise": 0.0,
        "precision": "float32",
        "frozen": None,
    }
)
_MAX_FROZEN, _MAX_NAME = 1000, 200


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of a run. One that exists is within the limits; the constructor raises ``ConfigError`` otherwise.

    Everything that decides the result to the last bit is in it, the number of threads included: sums are added up in
    another order with two threads than with one.
    """

    epochs: int = 5
    batch_size: int = 64
    optimizer: str = "Adam"
    learning_rate: float = 0.001
    momentum: float = 0.9
    """For the optimizers that have one (``OPTIMIZERS``); the others leave it alone."""
    weight_decay: float = 0.0
    training_size: int = 50_000
    """Digits that the network learns from."""
    validation_size: int = 10_000
    """Digits held back, whose loss decides which epoch is the best."""
    seed: int = 0
    """Of first weights, of the split, and with the number of the epoch, of shuffling and Dropout."""
    threads: int = 1
    schedule: str = "constant"
    """One of ``SCHEDULES``: how the learning rate changes from its first value."""
    schedule_epochs: int = 2
    """The step schedule lowers the rate every so many epochs; plateau, after more than so many without progress."""
    schedule_factor: float = 0.1
    """What these two multiply the rate by."""
    patience: int = 0
    """After so many epochs without a lower validation loss the run ends; 0 never ends it early."""
    max_norm: float = 0.0
    """Gradients that are longer than this, all taken as one vector, are shortened to it; 0 leaves them alone."""
    shift: int = 0
    """Training digits are moved by up to so many pixels, each epoch anew."""
    rotation: float = 0.0
    """And turned by up to so many degrees."""
    label_noise: float = 0.0
    """The share of training digits that get a wrong label."""
    precision: str = "float32"
    """One of ``PRECISIONS``: what the layers compute in while they learn. Weights and measurements stay float32."""
    frozen: tuple[str, ...] | None = None
    """The parameters that do not learn, by name; None leaves that to the network."""

    def __post_init__(self) -> None:
        for name, (least, most) in _WHOLE.items():
            _check_whole(name, getattr(self, name), least, most)
        for name, bounds in _REAL.items():
            _check_real(name, getattr(self, name), *bounds)
        _check_name("optimizer", self.optimizer, OPTIMIZERS)
        _check_name("schedule", self.schedule, SCHEDULES)
        _check_name("precision", self.precision, PRECISIONS)
        _check_frozen(self.frozen)
        self.check_split(MNIST_TRAINING_DIGITS)
        if self.batch_size > self.training_size:
            raise ConfigError(
                "A batch of {batch} is more than the {training} digits to learn from.",
                "Take a smaller batch or more digits.",
                batch=self.batch_size,
                training=self.training_size,
            )

    def check_split(self, digits: int) -> None:
        """Raise ``ConfigError`` where ``digits`` are fewer than the ones to learn from and the ones held back."""
        if self.training_size + self.validation_size > digits:
            raise ConfigError(
                "{training} digits to learn from and {validation} held back are more than the {all} there are.",
                "Take fewer of either.",
                training=self.training_size,
                validation=self.validation_size,
                all=digits,
            )

    @property
    def steps(self) -> int:
        """Batches in an epoch, the last and smaller one included."""
        return math.ceil(self.training_size / self.batch_size)

    def optimizer_arguments(self) -> dict[str, float]:
        """What ``torch.optim``'s class is called with, under torch's own names."""
        momentum = {"momentum": self.momentum} if OPTIMIZERS[self.optimizer].momentum else {}
        return {"lr": self.learning_rate, **momentum, "weight_decay": self.weight_decay}

    def schedule_arguments(self) -> dict[str, Any]:
        """What ``torch.optim.lr_scheduler``'s class is called with, under torch's own names."""
        return SCHEDULES[self.schedule].arguments(self)

    def lengthened(self, epochs: int) -> TrainingConfig:
        """These settings with ``epochs`` epochs in all, and no early stop: whoever asks for more wants them.

        Raises ``ConfigError`` where the schedule was laid out over the epochs of before.
        """
        if epochs != self.epochs and SCHEDULES[self.schedule].is_planned:
            raise ConfigError(
                "The {schedule} schedule was laid out over {epochs} epochs, and at their end the learning rate is at "
                "its lowest.",
                "Start a new run with more epochs.",
                schedule=self.schedule.replace("_", "-"),
                epochs=self.epochs,
            )
        return replace(self, epochs=epochs, patience=0)

    def to_json(self) -> dict[str, Any]:
        """JSON types from which ``from_json`` makes an equal one."""
        return {**asdict(self), "frozen": None if self.frozen is None else list(self.frozen)}

    @classmethod
    def from_json(cls, value: object) -> TrainingConfig:
        """The settings that ``to_json`` wrote, every value checked again. Raises ``ConfigError`` for anything else."""
        names = {field.name for field in fields(cls)}
        complete = complete_settings(value) if isinstance(value, dict) else {}
        if set(complete) != names:
            raise ConfigError("These are not saved training settings.", "Choose the settings again.")
        frozen = complete["frozen"]
        return cls(**{**complete, "frozen": tuple(frozen) if isinstance(frozen, list) else frozen})


def complete_settings(saved: dict[str, Any]) -> dict[str, Any]:
    """Saved settings, and what the ones meant that did not exist yet when they were saved."""
    return {**_MEANT_BEFORE, **saved}


def check_learning_rate(value: object) -> float:
    """``value`` as a learning rate that a run may have. Raises ``ConfigError`` where it is none."""
    _check_real("learning_rate", value, *_REAL["learning_rate"])
    return float(value)  # type: ignore[arg-type]  # a number, it was just checked


def _check_name(setting: str, value: object, known: Collection[str]) -> None:
    if not isinstance(value, str) or value not in known:
        raise ConfigError(
            f"There is no {setting} called {{value}} here.",
            "Choose one of {names}.",
            value=_short(value),
            names=", ".join(known),
        )


def _check_frozen(frozen: object) -> None:
    names = frozen if isinstance(frozen, tuple) else () if frozen is None else (None,)
    if len(names) > _MAX_FROZEN or not all(isinstance(name, str) and len(name) <= _MAX_NAME for name in names):
        raise ConfigError(
            "The frozen parameters are {value}.",
            "Give the names of at most {most} parameters.",
            value=_short(frozen),
            most=_MAX_FROZEN,
        )


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if type(value) is not int or not least <= value <= most:
        _refuse(name, value, "a whole number", least, most)


def _check_real(name: str, value: object, least: float, most: float) -> None:
    # A comparison with nan is false, so nan is refused here as well.
    if type(value) not in (int, float) or not least <= value <= most:  # type: ignore[operator]
        _refuse(name, value, "a number", least, most)


def _refuse(name: str, value: object, kind: str, least: float, most: float) -> None:
    raise ConfigError(
        "The setting {setting} is {value}.",
        f"Give it {kind} from {{least}} to {{most}}.",
        setting=name.replace("_", " "),
        value=_short(value),
        least=least,
        most=most,
    )


def _short(value: object) -> str:
    # Python refuses to write an int of thousands of digits.
    return "beyond 10^18" if isinstance(value, int) and abs(value) > 10**18 else str(value)[:40]
