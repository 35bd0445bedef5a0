"""The digit that a visitor looks at, wherever it comes from. Knows neither widgets nor networks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PIL import Image

from netcore.training.config import MNIST_TRAINING_DIGITS

if TYPE_CHECKING:
    from netcore.data.digits import DigitOptions, Region

SPLITS = ("test", "train")
COUNTS = {"train": MNIST_TRAINING_DIGITS, "test": 10_000}
"""So that a page can draw its controls before the images are read; a test compares."""


@dataclass(frozen=True)
class Place:
    """Where an MNIST image stands: its part and its index in it."""

    split: str
    index: int


@dataclass(frozen=True)
class Picture:
    """A picture with one's own digits on it."""

    name: str
    """What it is called in keys: a drawing keeps its name while one draws on."""
    digest: str
    """Another one for every other picture."""
    image: Image.Image = field(compare=False, repr=False)


@dataclass(frozen=True)
class Own:
    """Where a digit of one's own comes from."""

    picture: Picture
    region: Region | None
    """Where it lies among others on the picture; None where it is alone."""
    options: DigitOptions
    """Which steps made it ready."""


@dataclass(frozen=True)
class Sample:
    """A digit as a network sees it."""

    pixels: str
    """784 grey levels as ``netcore.data.grey.pack`` writes them; 0 is background and 255 is ink."""
    label: int | None = None
    """The digit that it is; None where nobody has said so."""
    place: Place | None = None
    """Where it stands in MNIST; None for one's own."""
    own: Own | None = None
    """Where one's own comes from; None for MNIST's."""
    highest: int = 1
    """What full ink is to the network: 1, or 255 where one's own is not scaled."""
