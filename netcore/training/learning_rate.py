"""The learning rate of a training as it moves: by its schedule, and by a person's wish. Knows nothing of files."""

from __future__ import annotations

import math
from typing import Any

import torch

from netcore.errors import CheckpointError
from netcore.training.config import TrainingConfig
from netcore.training.history import thin
from netcore.training.schedules import SCHEDULES

# What a wish scales: where a schedule begins, peaks and ends.
_LANDMARKS = ("initial_lr", "max_lr", "min_lr")
# What moves in torch's schedulers; all else in them follows from the settings and is never taken from a file.
_MOVING = ("last_epoch", "_step_count", "best", "num_bad_epochs", "cooldown_counter")
_CURE = "Delete it and train again, or go on from the run's other checkpoint."


class LearningRate:
    """What the optimizer's steps are multiplied by, step after step."""

    def __init__(self, config: TrainingConfig, optimizer: torch.optim.Optimizer) -> None:
        self.kind = SCHEDULES[config.schedule]
        self.first = config.learning_rate
        self.base = config.learning_rate
        scheduler = getattr(torch.optim.lr_scheduler, self.kind.torch_class)
        self.optimizer = optimizer
        self.scheduler = scheduler(optimizer, **config.schedule_arguments())
        self._rates: list[float] = []
        self.landmarks = {name: self._group[name] for name in _LANDMARKS if name in self._group}

    @property
    def now(self) -> float:
        """The learning rate of the next step."""
        return float(self._group["lr"])

    def change_base(self, rate: float) -> None:
        """Go on as if the run had been given ``rate``: a schedule keeps its shape and its place, scaled.

        The landmarks are scaled from their first values, so that two changes end in the same bits as the last alone.
        """
        if rate == self.base:
            return
        self._group["lr"] *= rate / self.base
        self._place(rate)

    def after_step(self) -> None:
        """A batch is done."""
        if self.kind.each_step:
            self._rates.append(self.now)
            self.scheduler.step()

    def after_epoch(self, validation_loss: float) -> None:
        """An epoch is done and measured."""
        if not self.kind.each_step:
            self.scheduler.step(*([validation_loss] if self.kind.watches_loss else []))

    def take_rates(self, most: int) -> tuple[float, ...]:
        """The rates of the steps since it was asked last, ``most`` of them evenly spread; empty where all are equal."""
        rates, self._rates = self._rates, []
        return tuple(thin(rates, most)) if len(set(rates)) > 1 else ()

    def state(self) -> dict[str, Any]:
        """All that moves, in plain numbers, from which ``restore`` goes on with the very same rates."""
        moving = {name: value for name, value in self.scheduler.state_dict().items() if name in _MOVING}
        return {"base": self.base, "now": self.now, "scheduler": moving}

    def restore(self, state: object) -> None:
        """Go on where ``state`` was taken. Raises ``CheckpointError`` for anything else, with nothing changed."""
        fresh = self.state()
        if not isinstance(state, dict) or set(state) != set(fresh):
            raise CheckpointError("The checkpoint does not say where its learning rate is.", _CURE)
        rates, moving = (state["base"], state["now"]), state["scheduler"]
        expected = fresh["scheduler"]
        if not all(type(rate) is float and math.isfinite(rate) and rate >= 0 for rate in rates) or not state["base"]:
            raise CheckpointError("The checkpoint's learning rate is no rate that a training has.", _CURE)
        if (
            not isinstance(moving, dict)
            or set(moving) != set(expected)
            or not all(type(value) is type(expected[name]) and value >= 0 for name, value in moving.items())
        ):
            raise CheckpointError("The checkpoint belongs to another schedule of the learning rate.", _CURE)
        self._place(state["base"])
        self._group["lr"] = state["now"]
        self.scheduler.load_state_dict(moving)

    @property
    def _group(self) -> dict[str, Any]:
        # Asked for each time: the optimizer makes a new one when it is restored.
        return self.optimizer.param_groups[0]

    def _place(self, base: float) -> None:
        self.base = base
        scale = base / self.first
        self._group.update({name: value * scale for name, value in self.landmarks.items()})
        if hasattr(self.scheduler, "base_lrs"):
            self.scheduler.base_lrs = [self.first * scale]
