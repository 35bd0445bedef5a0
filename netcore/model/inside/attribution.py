"""Which pixels speak for a class, by gradients. Knows nothing of how it is drawn.

Two methods from one call of ``torch.autograd.grad``: gradient times input (Shrikumar et al., Not just a black box,
2016) and Grad-CAM (Selvaraju et al., 2017).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from netcore.errors import DataError
from netcore.model.inside.maps import Maps, to_maps
from netcore.model.inside.watching import Call, to_batch, watch
from netcore.model.shape import Shape
from netcore.model.tensors import code_of

_ALL = 28 * 28


@dataclass(frozen=True)
class ClassActivation:
    """Where the last convolution speaks for the class, on its own grid."""

    layer: str
    """As in ``named_modules()``."""
    code: str
    shape: Shape
    """Of what the convolution gives."""
    map: Maps
    """``[1, height, width]``: the sum of the feature maps, each times its mean gradient; 0 where that is negative."""


@dataclass(frozen=True)
class Attribution:
    """What speaks for one class in one digit."""

    target: int
    logit: float
    saliency: Maps | None
    """``[1, 28, 28]``: the logit's gradient times each pixel; negative where ink speaks against the class.

    None where no gradient comes from the logit to the pixels.
    """
    class_activation: ClassActivation | None
    """None where there is no convolution with places, or no gradient reaches it."""


def attribute(model: nn.Module, *, images: str, highest: int, mode: str, seed: int, target: int) -> Attribution:
    """What speaks for class ``target`` in one digit, as ``netcore.data.grey.pack`` writes it.

    Raises ``DataError`` where the network has no such class, and ``StackError`` where BatchNorm gets a single value a
    feature in training mode.
    """
    found = _LastConvolution()
    pixels = to_batch(images, highest).requires_grad_()
    with torch.enable_grad():
        logits, _ = watch(model, pixels.clone(), found.visit, mode=mode, seed=seed)
        if not 0 <= target < logits.shape[1]:
            raise DataError(
                "The network has no class {target}: its logits are {shape}.",
                "Choose one from 0 to {last}.",
                target=target,
                shape=Shape(logits.shape),
                last=logits.shape[1] - 1,
            )
        logit = logits[0, target]
        gradient = torch.autograd.grad(logit, pixels, allow_unused=True)[0] if logit.requires_grad else None
    saliency = to_maps((gradient * pixels)[0], _ALL) if gradient is not None else None
    return Attribution(target, logit.item(), saliency, found.describe())


class _LastConvolution:
    """Keeps what the last convolution gave, and the gradient that comes back to it."""

    def __init__(self) -> None:
        self._seen: _Seen | None = None

    def visit(self, call: Call) -> None:
        """Look at one call of a layer while the network runs."""
        output = call.output
        if isinstance(call.module, nn.Conv2d) and output.dim() == 4 and output[0, 0].numel() > 1:
            self._seen = _Seen(call.name, code_of(call.module), output.detach().clone())
            if output.requires_grad:
                # A hook of the tensor, which belongs to the value of now: a ReLU may overwrite it in place.
                output.register_hook(self._seen.gradients.append)

    def describe(self) -> ClassActivation | None:
        """The class activation, once the gradient has come back."""
        seen = self._seen
        if seen is None or not seen.gradients:
            return None
        weights = seen.gradients[0].mean((2, 3), keepdim=True)
        camera = (weights * seen.maps).sum(1).relu()
        return ClassActivation(seen.layer, seen.code, Shape(seen.maps.shape), to_maps(camera, _ALL))


@dataclass(frozen=True)
class _Seen:
    layer: str
    code: str
    maps: Tensor
    gradients: list[Tensor] = field(default_factory=list)
