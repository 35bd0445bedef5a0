"""The learning rate over a run: which schedules there are, and what torch's class is called with. Needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netcore.training.config import TrainingConfig


@dataclass(frozen=True)
class ScheduleKind:
    """One of ``torch.optim.lr_scheduler``'s classes, and how we use it."""

    torch_class: str
    arguments: Callable[[TrainingConfig], dict[str, Any]]
    """What the class is called with, under torch's own names."""
    uses: tuple[str, ...] = ()
    """The settings that it needs beside the learning rate."""
    each_step: bool = False
    """Whether it moves after every batch; the others move after every epoch."""
    watches_loss: bool = False
    """Whether it is told the validation loss."""
    is_planned: bool = False
    """Whether it is laid out over the epochs of the run from the beginning, so that none can be added."""


# The one place to add a schedule. https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
SCHEDULES: Mapping[str, ScheduleKind] = MappingProxyType(
    {
        "constant": ScheduleKind("ConstantLR", lambda config: {"factor": 1.0}),
        "step": ScheduleKind(
            "StepLR",
            lambda config: {"step_size": config.schedule_epochs, "gamma": config.schedule_factor},
            uses=("schedule_epochs", "schedule_factor"),
        ),
        # Loshchilov and Hutter, SGDR, 2017, without its restarts.
        "cosine": ScheduleKind("CosineAnnealingLR", lambda config: {"T_max": config.epochs}, is_planned=True),
        # Smith and Topin, Super-convergence, 2018; the momentum stays where the settings put it.
        "one_cycle": ScheduleKind(
            "OneCycleLR",
            lambda config: {
                "max_lr": config.learning_rate,
                "total_steps": config.epochs * config.steps,
                "cycle_momentum": False,
            },
            each_step=True,
            is_planned=True,
        ),
        "plateau": ScheduleKind(
            "ReduceLROnPlateau",
            lambda config: {"factor": config.schedule_factor, "patience": config.schedule_epochs},
            uses=("schedule_epochs", "schedule_factor"),
            watches_loss=True,
        ),
    }
)
