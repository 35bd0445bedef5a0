"""The MNIST digits that look most like one: by the distance of their pixels. Knows nothing of networks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from netcore.cores import map_over_cores
from netcore.data.grey import unpack
from netcore.data.mnist import Split, load_mnist
from netcore.errors import DataError

MAX_NEIGHBOURS = 100

_CHUNK = 1000
"""Digits whose pixels become float32 at a time: 3 MB, which stay in a processor's cache; all 60,000 would be 188 MB."""


@dataclass(frozen=True)
class Neighbour:
    """An MNIST digit, and how far it is from another one."""

    index: int
    label: int
    distance: float
    """The Euclidean distance of the two images, 784 pixels from 0 to 1: 0 for the same image, at most 28."""


def nearest(
    pixels: str, *, split: Split = "train", count: int = 10, without: int | None = None
) -> tuple[Neighbour, ...]:
    """The ``count`` digits of ``split`` nearest to a digit, the nearest first: what a network without weights knows.

    ``pixels`` is one digit as ``netcore.data.grey.pack`` writes it; ``without`` is the index of one that does not
    count, the digit itself. Raises ``DataError`` for ``count`` outside ``1..MAX_NEIGHBOURS``, and for anything but one
    digit.
    """
    if type(count) is not int or not 1 <= count <= MAX_NEIGHBOURS:
        raise DataError(
            "{count} neighbours were asked for.",
            "Ask for a whole number from 1 to {most}.",
            count=count,
            most=MAX_NEIGHBOURS,
        )
    asked = unpack(pixels)
    if len(asked) != 1:
        raise DataError("These are {count} digits.", "Ask for the neighbours of one.", count=len(asked))
    digits = load_mnist(split)
    distances = _distances(asked.flatten().float(), digits.images.flatten(1))
    if without is not None:
        distances[without] = torch.inf
    found = distances.topk(count, largest=False)
    return tuple(
        Neighbour(index, int(digits.labels[index]), distance / 255)
        for distance, index in zip(found.values.tolist(), found.indices.tolist(), strict=True)
    )


def _distances(one: Tensor, many: Tensor) -> Tensor:
    """Of ``float32 [784]`` from each row of ``uint8 [N, 784]``, in grey levels.

    Differences, and not |a|² - 2ab + |b|² with a matrix product: as fast here, and 0 for the same image.
    """

    def measure(chunk: Tensor) -> Tensor:
        with torch.inference_mode():
            return torch.linalg.vector_norm(chunk.float() - one, dim=1)

    return torch.cat(map_over_cores(measure, many.split(_CHUNK)))
