"""A pretrained network stopped at the lines of its class, on a photo. The network is shared: nothing changes it."""

from __future__ import annotations

import torch
from PIL import Image

from netcore.model.stepping.closeup import Closeup
from netcore.model.stepping.recording import find_source, look_at, record
from netcore.model.stepping.stops import Recording
from netcore.zoo.inference import prepare
from netcore.zoo.weights import LoadedModel


def source_of(loaded: LoadedModel) -> str:
    """The text at whose lines it stops: the file of torchvision, or of ours, that holds its class."""
    return find_source(loaded.model)


def record_photo(loaded: LoadedModel, photo: Image.Image) -> Recording:
    """Every stop of the network on the photo. Raises ``PhotoError`` where that cannot be used."""
    with torch.no_grad():
        return record(loaded.model, prepare(photo, loaded).batch, source_of(loaded), _let_through)


def look_at_photo(loaded: LoadedModel, photo: Image.Image, *, place: int, name: str) -> Closeup:
    """The tensor ``name`` at the stop ``place`` (from 0) of the same run, closely."""
    batch = prepare(photo, loaded).batch
    with torch.no_grad():
        return look_at(loaded.model, batch, source_of(loaded), _let_through, place=place, name=name, image=0)


def _let_through(error: Exception) -> None:
    """Nothing that torchvision raises is expected."""
