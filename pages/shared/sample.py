"""The digit that a visitor looks at, wherever it comes from. Knows neither widgets nor networks."""

from __future__ import annotations

from dataclasses import dataclass

from netcore.training.config import MNIST_TRAINING_DIGITS

SPLITS = ("test", "train")
COUNTS = {"train": MNIST_TRAINING_DIGITS, "test": 10_000}
"""So that a page can draw its controls before the images are read; a test compares."""


@dataclass(frozen=True)
class Place:
    """Where an MNIST image stands: its part and its index in it."""

    split: str
    index: int


@dataclass(frozen=True)
class Sample:
    """A digit as a network sees it."""

    pixels: str
    """784 grey levels as ``netcore.data.grey.pack`` writes them; 0 is background and 255 is ink."""
    label: int | None = None
    """The digit that it is; None where nobody has said so."""
    place: Place | None = None
    """Where it stands in MNIST; None for one's own."""
