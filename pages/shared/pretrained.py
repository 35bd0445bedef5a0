"""Cached doors to the zoo engine. Whatever comes out of a cache is shared by all visitors and never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from PIL import Image

from netcore.data.photos import ExamplePhoto, decode_photo
from netcore.errors import PhotoError, WorkerError

if TYPE_CHECKING:
    from netcore.data.saved import Taken
    from netcore.zoo.catalogue import ZooEntry
    from netcore.zoo.copies import ModeAnswers
    from netcore.zoo.fetches import Fetch
    from netcore.zoo.inference import Classification, NetworkInput
    from netcore.zoo.reset import ResetReport
    from netcore.zoo.tree import ModuleNode
    from netcore.zoo.weights import LoadedModel


@dataclass(frozen=True)
class Photo:
    """A decoded picture and what a person calls it. Lives in memory only."""

    name: str
    digest: str
    image: Image.Image


def open_example(example: ExamplePhoto, title: str) -> Photo:
    """One of the example pictures, decoded."""
    return open_upload(title, example.path.read_bytes())


def open_upload(name: str, data: bytes) -> Photo:
    """An upload as pixels. Raises ``PhotoError``."""
    digest = hashlib.sha256(data).hexdigest()
    image = _decode(digest, name, data)
    if isinstance(image, Image.Image):
        return Photo(name, digest, image)
    raise PhotoError(**image)


def entries() -> tuple[ZooEntry, ...]:
    """The whole catalogue, the bundled network first."""
    from netcore.zoo.catalogue import catalogue

    return catalogue()


def state(entry: ZooEntry) -> str:
    """``bundled``, ``on disk`` or ``can be downloaded``, as it is now."""
    from netcore.zoo.weights import weights_state

    return weights_state(entry)


def source(entry: ZooEntry, *, own_weights: bool) -> str:
    """The PyTorch lines that classify with this network and reset it."""
    from netcore.export.zoo import classification_source

    return classification_source(entry, own_weights=own_weights)


def start_fetch(entry: ZooEntry, who: str, *, anew: bool = False) -> None:
    """Download the weights in the background, whoever leaves the page. Once for all who ask.

    With ``anew``, a file in their place that is not the published one is replaced.
    """
    from netcore.zoo.fetches import fetches

    fetches().start(entry, who, anew=anew)


def cancel_fetch(entry: ZooEntry, who: str) -> None:
    """Let ``who`` wait no longer; the download ends with the last one who does."""
    from netcore.zoo.fetches import fetches

    fetches().cancel(entry, who)


def kept_bytes(entry: ZooEntry) -> int:
    """How much is here of a download that broke off or was cancelled."""
    from netcore.zoo.download import partial_path
    from netcore.zoo.weights import weights_path

    part = partial_path(weights_path(entry))
    return part.stat().st_size if part.is_file() else 0


def find_fetch(entry: ZooEntry, who: str = "") -> Fetch:
    """How far that download is, whoever began it, or how the last one ended; and whether ``who`` waits for it."""
    from netcore.zoo.fetches import fetches

    return fetches().find(entry, who)


def load(name: str, *, own_weights: bool = False, path: Path | None = None) -> LoadedModel:
    """The network with its weights, frozen: shared by all who hold the same one.

    Raises ``OwnWeightsError`` where they are not the published ones and ``own_weights`` does not say that these are
    wanted; ``WeightsError`` for all else.
    """
    from netcore.zoo.cache import model_cache

    return model_cache().load(name, own_weights=own_weights, path=path)


def own_file(entry: ZooEntry, folder: Path) -> Path | None:
    """The weights file that this workspace has brought for the network, or None."""
    from netcore.zoo.uploads import upload_path

    path = upload_path(entry, folder)
    return path if path.is_file() else None


def keep_upload(entry: ZooEntry, data: bytes, folder: Path) -> Taken:
    """Take an uploaded weights file for this workspace, and return how it fits. Raises ``WeightsError``."""
    from netcore.zoo import uploads

    return uploads.keep_upload(entry, data, folder)


def count_tensors(entry: ZooEntry) -> int:
    """How many tensors the network's ``state_dict`` has."""
    from netcore.zoo.weights import build_architecture

    return len(build_architecture(entry).state_dict())


def forget_upload(entry: ZooEntry, folder: Path) -> None:
    """Delete this workspace's own weights for the network."""
    from netcore.zoo import uploads

    uploads.forget_upload(entry, folder)


def weights_folder(entry: ZooEntry) -> str:
    """Where to put the weights file by hand."""
    from netcore.zoo.weights import weights_path

    return str(weights_path(entry).parent)


def receive(loaded: LoadedModel, photo: Photo) -> NetworkInput:
    """The photo as the network receives it."""
    from netcore.zoo.inference import prepare

    return prepare(photo.image, loaded)


def classify(loaded: LoadedModel, photos: list[Photo]) -> tuple[Classification, ...]:
    """What the pretrained network says of each photo; they go through it a few at a time."""
    digests = tuple(photo.digest for photo in photos)
    return _classify(loaded.identity, digests, loaded, [photo.image for photo in photos])


def together(count: int) -> int:
    """How many of ``count`` photos go through a network at a time."""
    from netcore.zoo.inference import BATCH

    return min(count, BATCH)


def as_csv(loaded: LoadedModel, photos: list[Photo], answers: Sequence[Classification]) -> str:
    """All answers as the text of a CSV file, one line a prediction."""
    from netcore.export.predictions import predictions_csv

    return predictions_csv(loaded, zip([photo.name for photo in photos], answers, strict=True))


def classify_after_reset(loaded: LoadedModel, photo: Photo, seed: int) -> tuple[ResetReport, Classification]:
    """What a copy says whose weights were reset with ``seed``, and the account of the reset."""
    return _classify_after_reset(loaded.identity, photo.digest, seed, loaded, photo.image)


def compare_modes(loaded: LoadedModel, photo: Photo, passes: int) -> ModeAnswers:
    """What the network says of the photo with ``eval()``, and ``passes`` times without."""
    return _compare_modes(loaded.identity, photo.digest, passes, loaded, photo.image)


def module_tree(entry: ZooEntry) -> ModuleNode:
    """The network's modules, built without weights."""
    return _module_tree(entry.name)


@st.cache_data(max_entries=64, show_spinner=False)
def _decode(digest: str, name: str, _data: bytes) -> Image.Image | dict[str, Any]:
    """The picture, or what its refusal is made of: opening a bad file is as much work as opening a good one."""
    try:
        return decode_photo(_data, name)
    except PhotoError as refusal:
        if isinstance(refusal.__cause__, WorkerError):
            raise  # the machine was busy: the next try may do better
        return {"what": refusal.what, "cure": refusal.cure, **refusal.values}


@st.cache_data(max_entries=64, show_spinner=False)
def _classify(
    identity: str, digests: tuple[str, ...], _loaded: LoadedModel, _images: list[Image.Image]
) -> tuple[Classification, ...]:
    from netcore.zoo import inference

    return inference.classify(_loaded, _images)


@st.cache_data(max_entries=128, show_spinner=False)
def _classify_after_reset(
    identity: str, digest: str, seed: int, _loaded: LoadedModel, _image: Image.Image
) -> tuple[ResetReport, Classification]:
    from netcore.zoo.copies import reset_copy
    from netcore.zoo.inference import classify

    fresh, report = reset_copy(_loaded, seed)
    return report, classify(fresh, [_image])[0]


@st.cache_data(max_entries=64, show_spinner=False)
def _compare_modes(identity: str, digest: str, passes: int, _loaded: LoadedModel, _image: Image.Image) -> ModeAnswers:
    from netcore.zoo.copies import compare_answers

    return compare_answers(_loaded, _image, passes)


@st.cache_data(max_entries=32, show_spinner=False)
def _module_tree(name: str) -> ModuleNode:
    from netcore.zoo.catalogue import find_entry
    from netcore.zoo.tree import module_tree

    return module_tree(find_entry(name))
