"""What a run was asked to do, in one sentence. Knows its settings, not what came of them."""

from __future__ import annotations

from netcore.training.config import TrainingConfig
from pages.shared import text

say = text.page("training")


def describe(config: TrainingConfig) -> str:
    """The settings that a person compares runs by: the usual ones always, the others where they do something."""
    usual = say(
        "about",
        epochs=config.epochs,
        learning_rate=f"{config.learning_rate:g}",
        batch_size=config.batch_size,
        training=text.number(config.training_size),
        validation=text.number(config.validation_size),
        seed=config.seed,
    )
    others = (
        say(f"about_{config.schedule}", epochs=config.schedule_epochs, factor=f"{config.schedule_factor:g}"),
        say("about_patience", patience=config.patience) if config.patience else "",
        say("about_max_norm", norm=f"{config.max_norm:g}") if config.max_norm else "",
        say("about_shift", shift=config.shift) if config.shift else "",
        say("about_rotation", rotation=f"{config.rotation:g}") if config.rotation else "",
        say("about_label_noise", share=text.percent(config.label_noise)) if config.label_noise else "",
        say("about_frozen", count=len(config.frozen)) if config.frozen is not None else "",
        say("about_precision", precision=config.precision) if config.precision != "float32" else "",
    )
    return ", ".join((usual, *filter(None, others)))
