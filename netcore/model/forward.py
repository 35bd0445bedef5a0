"""Digits through a network, down to logits and probabilities. Knows nothing of where network or digits come from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from netcore.model.modes import refuse_single_values
from netcore.model.tensors import copy_network
from netcore.seeds import seeded


@dataclass(frozen=True)
class Forward:
    """What a network says of N digits."""

    logits: tuple[tuple[float, ...], ...]
    """``[N, classes]``: the raw output."""
    probabilities: tuple[tuple[float, ...], ...]
    """``[N, classes]``: the softmax of each row; each sums to 1."""
    predictions: tuple[int, ...]
    """``[N]``: the class with the largest logit."""
    seconds: float
    """The time of ``model(x)`` alone."""

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the logits, ``(N, classes)``."""
        return len(self.logits), len(self.logits[0])


def to_input(images: Tensor) -> Tensor:
    """Grey levels ``uint8 [N, 28, 28]`` as what a network takes: ``float32 [N, 1, 28, 28]`` in [0, 1].

    The same numbers as torchvision's ``ToTensor`` gives for each image.
    """
    return images.unsqueeze(1).float().div(255)


def forward_digits(
    model: nn.Module, images: Tensor, *, mode: str = "eval", seed: int = 0, highest: Sequence[int] = ()
) -> Forward:
    """Logits and probabilities of ``images`` (``uint8 [N, 28, 28]``), to show what the network makes of them.

    ``highest`` says for each image what 255 is to the network, 1 where it says nothing: to see what a forgotten
    scaling costs. ``mode`` is ``"eval"`` or ``"train"``. In training mode Dropout draws from ``seed`` and BatchNorm
    would move its running statistics, so a private copy is used: the network that was given is never changed. Raises
    ``StackError`` where BatchNorm gets a single value a feature in training mode.
    """
    batch = to_input(images)
    if highest:
        batch = batch * torch.tensor(highest).view(-1, 1, 1, 1)
    private = copy_network(model) if mode == "train" else model
    if mode == "train":
        refuse_single_values(private)
    private.train(mode == "train")
    with seeded(seed), torch.inference_mode():
        started = time.perf_counter()
        logits = private(batch)
        seconds = time.perf_counter() - started
    probabilities = logits.softmax(dim=1)
    return Forward(
        logits=tuple(map(tuple, logits.tolist())),
        probabilities=tuple(map(tuple, probabilities.tolist())),
        predictions=tuple(logits.argmax(dim=1).tolist()),
        seconds=seconds,
    )
