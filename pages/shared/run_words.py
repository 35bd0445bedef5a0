"""What a run was asked to do, and what came of it, in a sentence each. Knows no widget."""

from __future__ import annotations

from netcore.training.advice import name_changes
from netcore.training.config import OPTIMIZERS, TrainingConfig
from netcore.training.verdict import Verdict
from pages.shared import text

say = text.page("training")

_ALWAYS_TOLD = ("epochs", "learning_rate", "batch_size", "training_size", "validation_size", "seed", "optimizer")
_TOLD_WITH_THE_SCHEDULE = ("schedule_epochs", "schedule_factor")


def describe(config: TrainingConfig) -> str:
    """The settings that a person compares runs by: the usual ones always, the others where they are not the default."""
    usual = say(
        "about",
        epochs=config.epochs,
        learning_rate=f"{config.learning_rate:g}",
        batch_size=config.batch_size,
        training=text.number(config.training_size),
        validation=text.number(config.validation_size),
        seed=config.seed,
    )
    return ", ".join((usual, *describe_others(config)))


def describe_others(config: TrainingConfig) -> list[str]:
    """The settings that are not the default, each in a few words, without those that ``describe`` always tells."""
    named = name_changes(TrainingConfig(), config)
    if not OPTIMIZERS[config.optimizer].momentum:
        named.pop("momentum", None)
    return [_describe_one(name, config) for name in named if name not in (*_ALWAYS_TOLD, *_TOLD_WITH_THE_SCHEDULE)]


def describe_changes(before: TrainingConfig, after: TrainingConfig) -> str:
    """The settings of ``after`` that are others than those of ``before``, as the form calls them."""
    return ", ".join(f"{say(name).lower()} {value:g}" for name, value in name_changes(before, after).items())


def describe_verdict(verdict: Verdict) -> str:
    """What came of a training, in a sentence."""
    return say(
        f"verdict_{verdict.kind}",
        epoch=verdict.epoch,
        accuracy=text.percent(verdict.lowest.validation_accuracy),
        loss=text.number(verdict.lowest.validation_loss),
        last_accuracy=text.percent(verdict.last.validation_accuracy),
        last_loss=text.number(verdict.last.validation_loss),
    )


def _describe_one(name: str, config: TrainingConfig) -> str:
    value = getattr(config, name)
    if name == "schedule":
        return say(f"about_{value}", epochs=config.schedule_epochs, factor=f"{config.schedule_factor:g}")
    if name == "label_noise":
        value = text.percent(value)
    elif name == "frozen":
        value = len(value)
    return say(f"about_{name}", value=f"{value:g}" if isinstance(value, float) else value)
