"""Whether a network can be trained with given settings at all, found before time is spent. Trains nothing."""

from __future__ import annotations

import copy

import torch
from torch import nn

from netcore.data.mnist import CLASSES, SIDE
from netcore.errors import ConfigError, StackError
from netcore.seeds import seeded
from netcore.training.config import TrainingConfig
from netcore.training.freezing import freeze
from netcore.training.optimizers import learning_parameters
from netcore.training.passes import computing_in


def check_network(model: nn.Module, config: TrainingConfig) -> None:
    """Try a copy of ``model`` on every batch size that will come.

    Raises ``StackError`` where it has nothing to learn with, does not take ``[N, 1, 28, 28]`` or does not end in
    ``[N, 10]``, and ``ConfigError`` where only a batch of one digit is too small for it, or the precision, or where
    something shall be frozen that it does not have.
    """
    model = copy.deepcopy(model)
    freeze(model, config.frozen)
    if not learning_parameters(model):
        cure = "Let one learn on the Model page." if config.frozen else "Add a layer with weights, such as Linear."
        raise StackError("The network has no parameters that learn.", cure)
    left_over = config.training_size % config.batch_size or config.batch_size
    for size in sorted({config.batch_size, left_over, 2}, reverse=True):
        _try_batch(model, config, size)
    if config.precision != "float32":
        _try_precision(model, config)


def _try_batch(model: nn.Module, config: TrainingConfig, size: int) -> None:
    try:
        with seeded(0), torch.no_grad():
            output = copy.deepcopy(model).train()(torch.zeros(size, 1, SIDE, SIDE))
    except (RuntimeError, ValueError, IndexError) as error:
        if size > 1:
            raise StackError(
                "The network does not take a batch of {size} digits [{size}, 1, 28, 28].",
                "See on the Model page where its layers do not fit.",
                size=size,
            ) from error
        # Two digits went through just before, so only their number can be the reason.
        raise ConfigError(
            "{training} digits in batches of {batch} leave a batch of 1, and BatchNorm needs at least 2.",
            "Choose another batch size.",
            training=config.training_size,
            batch=config.batch_size,
        ) from error
    if not torch.is_tensor(output) or output.shape != (size, CLASSES):
        raise StackError(
            "The network ends in {shape}, and telling ten digits apart needs [N, 10].",
            "Let it end in Linear(..., 10).",
            shape=str(list(output.shape)) if torch.is_tensor(output) else type(output).__name__,
        )


def _try_precision(model: nn.Module, config: TrainingConfig) -> None:
    try:
        with seeded(0), computing_in(config.precision):
            output = copy.deepcopy(model).train()(torch.zeros(config.batch_size, 1, SIDE, SIDE))
        output.float().sum().backward()
    except RuntimeError as error:
        raise ConfigError(
            "The network takes its digits in float32, but not in {precision}.",
            "Choose float32.",
            precision=config.precision,
        ) from error
