"""Which digits come when: the split, and the batches of an epoch. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from netcore.data.mnist import Digits
from netcore.model.forward import to_input
from netcore.seeds import derive_seed
from netcore.training.augmentation import augment
from netcore.training.config import TrainingConfig
from netcore.training.label_noise import mislabel

EVALUATION_BATCH = 1000


def split_digits(digits: Digits, config: TrainingConfig) -> tuple[Digits, Digits]:
    """The digits to learn from and those held back, drawn without overlap by the seed of the config.

    Wrong labels, where the config asks for some, are only among the ones to learn from.
    Raises ``ConfigError`` where the config asks for more digits than there are.
    """
    config.check_split(len(digits))
    wanted = config.training_size + config.validation_size
    order = _permutation(len(digits), derive_seed(config.seed, "split"))
    learning = digits.take(order[: config.training_size])
    if config.label_noise:
        learning = mislabel(learning, config.label_noise, derive_seed(config.seed, "label noise"))
    return learning, digits.take(order[config.training_size : wanted])


def training_batches(digits: Digits, config: TrainingConfig, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch in batches: ``float32 [N, 1, 28, 28]`` in [0, 1] and ``int64 [N]``, in the order of (seed, epoch).

    The order, and how each image is moved and turned, depend on nothing that happened before, so a resumed run sees
    the batches of the uninterrupted one. The whole epoch is shuffled once, as bytes; a batch is then a slice, with no
    Python for a single image.
    """
    order = _permutation(len(digits), derive_seed(config.seed, "shuffle", epoch))
    shuffled = batches(digits.take(order), config.batch_size)
    if not (config.shift or config.rotation):
        return shuffled
    generator = torch.Generator().manual_seed(derive_seed(config.seed, "augmentation", epoch))
    return (
        (augment(images, shift=config.shift, rotation=config.rotation, generator=generator), labels)
        for images, labels in shuffled
    )


def batches(digits: Digits, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """The digits in their order, ``size`` at a time; the last batch may be smaller."""
    for images, labels in zip(digits.images.split(size), digits.labels.split(size), strict=True):
        yield to_input(images), labels


def _permutation(count: int, seed: int) -> Tensor:
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))
