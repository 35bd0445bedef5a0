"""Settings to begin with: some that work, and some that fail for a reason worth seeing. Knows no words for them."""

from __future__ import annotations

from dataclasses import dataclass

from netcore.training.config import TrainingConfig


@dataclass(frozen=True)
class Recipe:
    """Settings under a name."""

    name: str
    is_good: bool
    """Whether the course's network learns well with them."""
    config: TrainingConfig


_RECIPES = (
    Recipe("course", True, TrainingConfig()),
    Recipe("one_cycle", True, TrainingConfig(optimizer="SGD", learning_rate=0.1, schedule="one_cycle")),
    Recipe("early_stop", True, TrainingConfig(epochs=40, patience=3)),
    Recipe("augmented", True, TrainingConfig(epochs=10, schedule="cosine", shift=2, rotation=10.0)),
    Recipe("too_fast", False, TrainingConfig(epochs=3, optimizer="SGD", learning_rate=1.0)),
    Recipe("exploding", False, TrainingConfig(epochs=3, optimizer="SGD", learning_rate=10.0, weight_decay=1.0)),
    Recipe("too_slow", False, TrainingConfig(epochs=3, optimizer="SGD", learning_rate=1e-5)),
    Recipe(
        "few_steps",
        False,
        TrainingConfig(epochs=3, batch_size=1024, optimizer="SGD", learning_rate=0.01, momentum=0.0),
    ),
    Recipe("few_digits", False, TrainingConfig(epochs=40, training_size=500)),
    Recipe("wrong_labels", False, TrainingConfig(epochs=40, training_size=5000, label_noise=0.4)),
)


def list_recipes() -> tuple[Recipe, ...]:
    """All of them, the course's settings first, the good before the bad."""
    return _RECIPES
