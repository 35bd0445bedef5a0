"""A photo through a pretrained network: what the network receives and what it answers. Knows nothing of files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import to_pil_image

from netcore.cores import map_over_cores
from netcore.data.decoding import check_size
from netcore.errors import PhotoError, WeightsError
from netcore.settings import MAX_PHOTOS
from netcore.zoo.weights import LoadedModel

BATCH = 2
"""Photos that go through a network together, where there are many. Measured: in larger batches what the layers hand on
no longer fits into a processor's cache, and 32 at once take longer than one by one."""


@dataclass(frozen=True)
class NetworkInput:
    """A photo as the network receives it."""

    batch: Tensor
    """``[1, 3, H, W]``, normalised."""
    picture: Image.Image
    """The same numbers with the normalisation undone, to look at: resized and cropped."""
    resized_side: int
    """The length to which the photo's short side was scaled before the crop, in pixels."""
    interpolation: str
    """How, by its name in torchvision's ``InterpolationMode``: another way moves the probabilities."""
    antialias: bool | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    """Per channel, on a scale from 0 to 1: ``(value - mean) / std`` is what is in ``batch``."""


@dataclass(frozen=True)
class Prediction:
    """One class and how much the network believes in it."""

    category: str
    index: int
    probability: float
    """Of the softmax over all classes, from 0 to 1."""
    logit: float


@dataclass(frozen=True)
class Classification:
    """What a network says of one photo."""

    predictions: tuple[Prediction, ...]
    """The ``top_k`` most probable classes, the most probable first."""
    logits: tuple[float, ...]
    """One per class, before the softmax."""
    seconds: float
    """From the RGB picture to the logits: its transforms, and its share of the forward pass of its batch."""


def prepare(photo: Image.Image, loaded: LoadedModel) -> NetworkInput:
    """The photo as ``loaded`` receives it. Raises ``PhotoError`` where it is no RGB picture of a usable size."""
    batch = _transformed(photo, loaded)
    preset = loaded.transform
    mean, std = torch.tensor(preset.mean), torch.tensor(preset.std)
    pixels = batch[0] * std[:, None, None] + mean[:, None, None]
    return NetworkInput(
        batch=batch,
        picture=to_pil_image(pixels.clamp(0, 1)),
        resized_side=preset.resize_size[0],
        interpolation=preset.interpolation.name,
        antialias=preset.antialias,
        mean=tuple(preset.mean),
        std=tuple(preset.std),
    )


def classify(loaded: LoadedModel, photos: Sequence[Image.Image], top_k: int = 5) -> tuple[Classification, ...]:
    """What the network says of each photo: its ``top_k`` classes, all logits, and the time it took.

    They go through as batches ``[N, 3, H, W]`` of at most ``BATCH``, one on each core at a time. Raises ``PhotoError``
    where one cannot be used or where there are more than ``MAX_PHOTOS``; ``WeightsError`` where the logits are no
    numbers; ``ValueError`` for a ``top_k`` out of its range.
    """
    if len(photos) > MAX_PHOTOS:
        raise PhotoError(
            "These are {count} photos.", "Choose at most {most} at a time.", count=len(photos), most=MAX_PHOTOS
        )
    if not 1 <= top_k <= len(loaded.categories):
        raise ValueError(f"top_k is {top_k} and must lie between 1 and {len(loaded.categories)}")
    classify_batch = partial(_classify_batch, loaded, top_k)
    batches = [photos[start : start + BATCH] for start in range(0, len(photos), BATCH)]
    if len(batches) == 1:
        return tuple(classify_batch(photos))
    return tuple(answer for answers in map_over_cores(classify_batch, batches) for answer in answers)


def rank(loaded: LoadedModel, logits: Tensor, top_k: int) -> tuple[Prediction, ...]:
    """The ``top_k`` most probable classes of ``logits`` (``[classes]``). Raises ``WeightsError`` for no numbers."""
    if not logits.isfinite().all():
        raise WeightsError(
            "The logits of {name} for this photo are not all numbers.",
            "Its weights are damaged or do not belong together: put the published file in their place.",
            name=loaded.entry.name,
        )
    best = logits.softmax(0).topk(top_k)
    return tuple(
        Prediction(loaded.categories[index], index, probability, float(logits[index]))
        for probability, index in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    )


def _classify_batch(loaded: LoadedModel, top_k: int, photos: Sequence[Image.Image]) -> list[Classification]:
    with torch.inference_mode():
        inputs = [_timed(partial(_transformed, photo, loaded)) for photo in photos]
        logits, seconds = _timed(lambda: loaded.model(torch.cat([tensor for tensor, _ in inputs])))
    return [
        Classification(rank(loaded, row, top_k), tuple(row.tolist()), taken + seconds / len(inputs))
        for row, (_, taken) in zip(logits, inputs, strict=True)
    ]


def _timed(function: Callable[[], Tensor]) -> tuple[Tensor, float]:
    start = time.perf_counter()
    return function(), time.perf_counter() - start


def _transformed(photo: Image.Image, loaded: LoadedModel) -> Tensor:
    if photo.mode != "RGB":
        raise PhotoError("The picture is in mode {mode}.", "Convert it to RGB first.", mode=photo.mode)
    check_size(*photo.size)
    return loaded.transform(photo).unsqueeze(0)
