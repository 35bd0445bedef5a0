"""One training step, and what became of each tensor: how far it moved, is it saved, did ``.to()`` reach it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.sgd import sgd

from netcore.data.mnist import load_mnist
from netcore.model.forward import to_input
from netcore.model.mend import CLASSES
from netcore.model.shape import Shape

LEARNING_RATE = 0.1
"""Of the one step of SGD."""
DTYPE = torch.float64


@dataclass(frozen=True)
class TensorProof:
    """What became of one tensor."""

    name: str
    shape: Shape
    gradient: float | None
    """The length (L2) of its gradient; None where it got none."""
    moved: float
    """How far the step moved it: the length (L2) of the difference."""
    saved: bool
    """Whether ``state_dict()`` holds it."""
    converted: bool | None
    """Whether ``model.to(torch.float64)`` reached it; None for whole numbers, which it leaves alone."""


def take_batch(size: int) -> tuple[Tensor, Tensor]:
    """The first ``size`` digits of MNIST as a network takes them, ``[size, 1, 28, 28]``, and their labels."""
    digits = load_mnist("test")
    return to_input(digits.images[:size]), digits.labels[:size]


def prove(
    model: nn.Module, parameters: Sequence[Tensor], tensors: Sequence[tuple[str, Tensor]], batch: Tensor, labels: Tensor
) -> tuple[TensorProof, ...]:
    """Take one step of SGD with ``parameters`` in train(), then convert the model, and compare.

    ``parameters`` are those that an optimizer made before the first forward pass knows.
    One answer for each of ``tensors``, names as in the network. ``model`` is used up: it is another one afterwards.
    """
    before = [tensor.detach().clone() for _, tensor in tensors]
    for _, tensor in tensors:
        if tensor.is_leaf:
            tensor.grad = None
    output = model.train()(batch)
    fits = output.shape == (len(batch), CLASSES)
    loss = functional.cross_entropy(output, labels) if fits else output.float().square().mean()
    if loss.requires_grad:
        loss.backward()
    _take_step([parameter for parameter in parameters if parameter.grad is not None])
    gradients = [_length(tensor) for _, tensor in tensors]
    moved = [_distance(old, tensor) for old, (_, tensor) in zip(before, tensors, strict=True)]
    saved = {id(tensor) for tensor in model.state_dict(keep_vars=True).values()}
    kept = [id(tensor) in saved for _, tensor in tensors]
    own = {id(tensor): name for name, tensor in model.named_buffers()}
    names = [own.get(id(tensor), "") for _, tensor in tensors]
    model.to(DTYPE)
    buffers = dict(model.named_buffers())  # .to() converts a parameter, and puts a new tensor in place of a buffer
    return tuple(
        TensorProof(
            name=name,
            shape=Shape(tensor.shape),
            gradient=gradients[place],
            moved=moved[place],
            saved=kept[place],
            converted=buffers.get(names[place], tensor).dtype == DTYPE if tensor.is_floating_point() else None,
        )
        for place, (name, tensor) in enumerate(tensors)
    )


@torch.no_grad()
def _take_step(parameters: list[Tensor]) -> None:
    """What ``torch.optim.SGD(parameters, lr).step()`` does; the class itself would import torch's compiler first."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    sgd(
        parameters,
        gradients,
        [None] * len(parameters),
        weight_decay=0.0,
        momentum=0.0,
        lr=LEARNING_RATE,
        dampening=0.0,
        nesterov=False,
        maximize=False,
    )


def _distance(before: Tensor, after: Tensor) -> float:
    return (after.detach().double() - before.double()).norm().item()


def _length(tensor: Tensor) -> float | None:
    return tensor.grad.double().norm().item() if tensor.is_leaf and tensor.grad is not None else None
