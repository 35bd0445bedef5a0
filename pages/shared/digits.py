"""MNIST images for the screen: which there are, and their pixels. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from PIL import Image

from netcore.seeds import derive_seed
from pages.shared.sample import Place, Sample

_HELD = "digit_held"


@st.cache_data(max_entries=22, show_spinner=False)
def indices_of(split: str, label: int | None) -> list[int]:
    """The places of all images of a digit, or of all images where ``label`` is None, in order."""
    from netcore.data.mnist import load_mnist

    labels = load_mnist(split).labels
    return list(range(len(labels))) if label is None else (labels == label).nonzero().flatten().tolist()


@st.cache_data(max_entries=2, show_spinner=False)
def labels_of(split: str) -> list[int]:
    """The labels of all images of a part, in order."""
    from netcore.data.mnist import load_mnist

    labels: list[int] = load_mnist(split).labels.tolist()
    return labels


def sample_at(place: Place) -> Sample:
    """The MNIST image at ``place``, with its label."""
    from netcore.data.grey import pack
    from netcore.data.mnist import load_mnist

    found = load_mnist(place.split)
    return Sample(pack(found.images[place.index]), int(found.labels[place.index]), place)


def picture_of(sample: Sample, side: int) -> Image.Image:
    """The digit ``side`` pixels wide and high, each of its 28 x 28 pixels a sharp square."""
    image = Image.frombytes("L", (28, 28), bytes.fromhex(sample.pixels))
    return image.resize((side, side), Image.Resampling.NEAREST)


def hold(sample: Sample) -> None:
    """Make this the digit that the other pages can take too, as long as the visitor stays."""
    st.session_state[_HELD] = sample


def held() -> Sample | None:
    """The digit that was looked at last on the samples page; None where none was."""
    sample: Sample | None = st.session_state.get(_HELD)
    return sample


def samples_at(split: str, indices: Sequence[int]) -> list[Sample]:
    """The MNIST images at these places of a part, with their labels."""
    return [sample_at(Place(split, index)) for index in indices]


def sheet_of(samples: Sequence[Sample], columns: int) -> Image.Image:
    """Many digits as one picture, row after row, two pixels between."""
    gap = 2
    cell = 28 + gap
    rows = -(-len(samples) // columns)
    sheet = Image.new("L", (columns * cell - gap, rows * cell - gap))
    for place, sample in enumerate(samples):
        row, column = divmod(place, columns)
        sheet.paste(picture_of(sample, 28), (column * cell, row * cell))
    return sheet


def step_from(split: str, label: int | None, index: int, direction: int) -> int:
    """The next (``direction`` 1) or previous (-1) image of the digit, from ``index`` on, round and round."""
    indices = indices_of(split, label)
    if direction > 0:
        return next((place for place in indices if place > index), indices[0])
    return next((place for place in reversed(indices) if place < index), indices[-1])


def draw_at_random(split: str, label: int | None, clicks: int) -> int:
    """An image of the digit; another for each number of clicks."""
    indices = indices_of(split, label)
    return indices[derive_seed(clicks, split, str(label)) % len(indices)]
