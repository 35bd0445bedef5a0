"""Whether a network can be trained with given settings at all, found before time is spent. Trains nothing."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from netcore.data.mnist import CLASSES, SIDE
from netcore.errors import ConfigError, StackError
from netcore.model.tensors import copy_network
from netcore.seeds import seeded
from netcore.training.batches import EVALUATION_BATCH
from netcore.training.config import TrainingConfig
from netcore.training.freezing import freeze
from netcore.training.memory_format import choose_memory_format, set_memory_format
from netcore.training.optimizers import learning_parameters
from netcore.training.passes import computing_in


def check_network(model: nn.Module, config: TrainingConfig) -> str:
    """Take the steps of the training with a copy of ``model``: learn and measure, with every batch size that will come.

    Returns the memory format to run in, a name of ``MEMORY_FORMATS``: the copy went through all steps in it. Raises
    ``StackError`` where the network has nothing to learn with, does not take ``[N, 1, 28, 28]``, does not end in
    ``[N, 10]`` or does not let the loss back through, and ``ConfigError`` where only a batch of one digit is too small
    for it, or the precision, or where something shall be frozen that it does not have.
    """
    model = copy_network(model)
    freeze(model, config.frozen)
    if not learning_parameters(model):
        cure = "Let one learn on the Model page." if config.frozen else "Add a layer with weights, such as Linear."
        raise StackError("The network has no parameters that learn.", cure)
    _take_steps(model, config)
    if choose_memory_format(model) == "contiguous":
        return "contiguous"
    set_memory_format(model, "channels_last")
    try:
        _take_steps(model, config)
    except Exception:  # noqa: BLE001  a student's lines can raise anything; in rows they took all steps
        return "contiguous"
    return "channels_last"


def _take_steps(model: nn.Module, config: TrainingConfig) -> None:
    """With copies of ``model``: learn from two whole batches and the smaller last one, then measure, as an epoch does.

    Two, since a network may keep something of the batch before.
    """
    left_over = config.training_size % config.batch_size or config.batch_size
    whole = min(EVALUATION_BATCH, config.validation_size)
    private = copy_network(model)
    for size in (config.batch_size, config.batch_size, left_over):
        try:
            _learn(private, size, "float32")
        except StackError as error:
            if size > 1:
                raise
            _learn(copy_network(model), 2, "float32")  # where two go through, only their number can be the reason
            raise ConfigError(
                "{training} digits in batches of {batch} leave a batch of 1, and BatchNorm needs at least 2.",
                "Choose another batch size.",
                training=config.training_size,
                batch=config.batch_size,
            ) from error
    if config.precision != "float32":
        _try_precision(copy_network(model), config)
    with torch.no_grad():
        for size in dict.fromkeys((whole, config.validation_size % whole or whole)):
            _answer(private.eval(), size, "float32")


def _learn(model: nn.Module, size: int, precision: str) -> None:
    logits = _answer(model.train(), size, precision)
    try:
        model.zero_grad()
        functional.cross_entropy(logits.float(), torch.arange(size) % CLASSES).backward()
    except RuntimeError as error:
        raise StackError(
            "The network takes its digits, and PyTorch cannot lead the loss back through it: {reason}",
            "Look for a step that changes a tensor in place, or that cuts the way back.",
            reason=str(error).partition("\n")[0][:200],
        ) from error


def _answer(model: nn.Module, size: int, precision: str) -> torch.Tensor:
    """The logits of ``size`` digits that are noise, ``[size, 10]``."""
    try:
        with seeded(0), computing_in(precision):
            output = model(torch.rand(size, 1, SIDE, SIDE))
    except (RuntimeError, ValueError, IndexError) as error:
        raise StackError(
            "The network does not take a batch of {size} digits [{size}, 1, 28, 28].",
            "See on the Model page where its layers do not fit.",
            size=size,
        ) from error
    if not torch.is_tensor(output) or output.shape != (size, CLASSES):
        raise StackError(
            "The network ends in {shape}, and telling ten digits apart needs [N, 10].",
            "Let it end in Linear(..., 10).",
            shape=str(list(output.shape)) if torch.is_tensor(output) else type(output).__name__,
        )
    return output


def _try_precision(model: nn.Module, config: TrainingConfig) -> None:
    try:
        _learn(model, config.batch_size, config.precision)
    except StackError as error:
        raise ConfigError(
            "The network takes its digits in float32, but not in {precision}.",
            "Choose float32.",
            precision=config.precision,
        ) from error
