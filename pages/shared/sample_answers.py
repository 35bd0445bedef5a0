"""Cached doors to what the samples page asks of networks and of MNIST. Draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import digits, engine
from pages.shared.engine import Network
from pages.shared.sample import Place, Sample

if TYPE_CHECKING:
    from netcore.data.neighbours import Neighbour
    from netcore.model.thumbnails import Thumbnail
    from netcore.model.unbatched import Unbatched
    from netcore.training.survey import Survey


def survey_of(network: Network) -> Survey:
    """What the network says of each of the 10,000 test digits, in ``eval()``.

    Asked in a process of its own, of whatever network: it takes up to a second, in which no page shall wait.
    Raises ``StackError`` where the digits cannot go through it or do not come out as ten logits.
    """
    engine.check_logits(network, 1)
    return _survey(network, engine.identity_of(network))


def thumbnails_of(network: Network, sample: Sample) -> tuple[Thumbnail, ...]:
    """A small picture of what each layer gives for the digit."""
    return _thumbnails(network, engine.identity_of(network), network.mode, sample.pixels, sample.highest)


def unbatched_of(network: Network, sample: Sample) -> Unbatched:
    """What the network does with the digit without its batch axis."""
    return _unbatched(network, engine.identity_of(network), network.mode, sample.pixels)


def neighbours_of(sample: Sample, count: int) -> tuple[Neighbour, ...]:
    """The training digits whose pixels are nearest, without the digit itself where it is one of them."""
    place = sample.place
    return _neighbours(sample.pixels, count, place.index if place and place.split == "train" else None)


def mean_of(split: str, label: int) -> Sample:
    """The mean image of all digits of a part that are ``label``."""
    return Sample(_mean(split, label))


def mean_taken(network: Network, label: int) -> tuple[Sample, int] | None:
    """The mean of the test digits that the network takes for ``label``, and how many they are; None for none."""
    from netcore.data.mean import mean_digit

    indices = [index for index, said in enumerate(survey_of(network).predictions) if said == label]
    return (Sample(mean_digit("test", indices)), len(indices)) if indices else None


def answers_source(network: Network) -> str:
    """The script that gives what ``survey_of`` gives."""
    from netcore.export.browse import answers_source

    return answers_source(network.spec, seed=network.seed, trained=network.is_trained)


def neighbours_source(place: Place, count: int) -> str:
    """The script that gives what ``neighbours_of`` gives."""
    from netcore.export.browse import neighbours_source

    return neighbours_source(split=place.split, index=place.index, count=count)


@st.cache_data(max_entries=64, show_spinner=False)
def _survey(_network: Network, identity: str) -> Survey:
    from netcore.training.survey import Survey

    return engine.ask_apart(_network, Survey, "netcore.training.survey:survey_mnist")


@st.cache_data(max_entries=64, show_spinner=False)
def _thumbnails(_network: Network, identity: str, mode: str, pixels: str, highest: int) -> tuple[Thumbnail, ...]:
    from netcore.model.thumbnails import Thumbnail

    question, given = "netcore.model.thumbnails:thumbnails", {"images": pixels, "highest": highest}
    found: tuple[Thumbnail, ...]
    found = engine.ask(_network, tuple[Thumbnail, ...], question, **given, mode=mode, seed=_network.seed)
    return found


@st.cache_data(max_entries=64, show_spinner=False)
def _unbatched(_network: Network, identity: str, mode: str, pixels: str) -> Unbatched:
    from netcore.model.unbatched import Unbatched

    question = "netcore.model.unbatched:call_unbatched"
    return engine.ask(_network, Unbatched, question, image=pixels, mode=mode, seed=_network.seed)


@st.cache_data(max_entries=64, show_spinner=False)
def _neighbours(pixels: str, count: int, without: int | None) -> tuple[Neighbour, ...]:
    from netcore.data.neighbours import nearest

    return nearest(pixels, count=count, without=without)


@st.cache_data(max_entries=20, show_spinner=False)
def _mean(split: str, label: int) -> str:
    from netcore.data.mean import mean_digit

    return mean_digit(split, digits.indices_of(split, label))
