"""A network's run line by line on something that one has chosen: cached doors to it. Draws nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import streamlit as st
from PIL import Image

from netcore.errors import NetcoreError
from netcore.model.problem import Problem
from netcore.model.spec import NetworkSpec, fingerprint
from pages.shared import engine
from pages.shared.engine import Network
from pages.shared.pretrained import Photo

if TYPE_CHECKING:
    from netcore.model.stepping.closeup import Closeup
    from netcore.model.stepping.stops import Recording
    from netcore.zoo.weights import LoadedModel

T = TypeVar("T")


class Run(Protocol):
    """What the view of a breakpoint needs to know."""

    @property
    def identity(self) -> str:
        """Another one for every other network."""

    @property
    def count(self) -> int:
        """How many images the batch has."""

    @property
    def is_own(self) -> bool:
        """Whether the text is the network's alone: of any other, only what ran is shown."""

    def read_source(self) -> str:
        """The text at whose lines the network stops."""

    def record(self) -> Recording:
        """All its stops."""

    def look(self, place: int, name: str, image: int) -> Closeup:
        """The tensor ``name`` at the stop ``place``, closely; of a batch, its image ``image``."""

    def explain(self, problem: Problem) -> NetcoreError:
        """What to say of what ended the run."""


@dataclass(frozen=True)
class DigitRun:
    """The network in hand on a batch of digits.

    It is asked in a process of its own, a stack too: it is built anew there, and autograd follows it.
    """

    network: Network
    images: str
    """The digits as ``netcore.data.grey.pack`` writes them."""
    count: int
    is_own: bool = True

    @property
    def identity(self) -> str:
        """The network's fingerprint."""
        return fingerprint(self.network.spec)

    def read_source(self) -> str:
        """Its class, or the class that says the same as a stack."""
        return _source(self.network.spec, self.identity)

    def record(self) -> Recording:
        """All its stops, in the mode in hand."""
        return _record(self.network, engine.identity_of(self.network), self.network.mode, self.images)

    def look(self, place: int, name: str, image: int) -> Closeup:
        """The tensor ``name`` at the stop ``place`` of such a run, closely; of a batch, its image ``image``."""
        network = self.network
        return _look(network, engine.identity_of(network), network.mode, self.images, place, name, image)

    def explain(self, problem: Problem) -> NetcoreError:
        """The words of the trace, where that met the same: it knows the shapes too."""
        traced = engine.trace_of(self.network.spec, self.count).problem
        return traced.refusal if traced and traced.line in (0, problem.line) else problem.refusal


@dataclass(frozen=True)
class PhotoRun:
    """A pretrained network on a photo. It is asked here: it is torchvision's, shared by all, and nothing changes it."""

    loaded: LoadedModel
    photo: Photo
    count: int = 1
    is_own: bool = False

    @property
    def identity(self) -> str:
        """The weights that it has."""
        return self.loaded.identity

    def read_source(self) -> str:
        """The file that holds its class."""
        from netcore.zoo.stepping import source_of

        return source_of(self.loaded)

    def record(self) -> Recording:
        """All its stops."""
        return _record_photo(self.identity, self.photo.digest, self.loaded, self.photo.image)

    def look(self, place: int, name: str, image: int) -> Closeup:
        """The tensor ``name`` at the stop ``place`` of such a run, closely."""
        return _look_at_photo(self.identity, self.photo.digest, self.loaded, self.photo.image, place, name)

    def explain(self, problem: Problem) -> NetcoreError:
        """What ended the run, as it was said."""
        return problem.refusal


@st.cache_data(max_entries=128, show_spinner=False)
def _source(_spec: NetworkSpec, identity: str) -> str:
    from netcore.model.stepping.asking import source_of

    return source_of(_spec)


@st.cache_data(max_entries=32, show_spinner=False)
def _record(_network: Network, identity: str, mode: str, images: str) -> Recording:
    from netcore.model.stepping.stops import Recording

    return _ask(_network, Recording, "record_stops", images=images)


@st.cache_data(max_entries=128, show_spinner=False)
def _look(_network: Network, identity: str, mode: str, images: str, place: int, name: str, image: int) -> Closeup:
    from netcore.model.stepping.closeup import Closeup

    return _ask(_network, Closeup, "look_at_tensor", images=images, place=place, name=name, image=image)


def _ask(network: Network, answer: type[T], question: str, **given: object) -> T:
    question = f"netcore.model.stepping.asking:{question}"
    return engine.ask_apart(network, answer, question, mode=network.mode, seed=network.seed, **given)


@st.cache_data(max_entries=16, show_spinner=False)
def _record_photo(identity: str, digest: str, _loaded: LoadedModel, _image: Image.Image) -> Recording:
    from netcore.zoo.stepping import record_photo

    return record_photo(_loaded, _image)


@st.cache_data(max_entries=128, show_spinner=False)
def _look_at_photo(
    identity: str, digest: str, _loaded: LoadedModel, _image: Image.Image, place: int, name: str
) -> Closeup:
    from netcore.zoo.stepping import look_at_photo

    return look_at_photo(_loaded, _image, place=place, name=name)
