"""Digits moved and turned a little, in another way each epoch, so that a network sees more than there are."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from netcore.model.forward import to_input
from netcore.seeds import derive_seed


def augment(images: Tensor, *, shift: int, rotation: float, generator: torch.Generator) -> Tensor:
    """Each of ``images`` (``float32 [N, 1, S, S]`` in [0, 1]) moved and turned by itself, in [0, 1] again.

    By whole pixels from ``-shift`` to ``shift`` both ways, and by degrees from ``-rotation`` to ``rotation`` about the
    middle, all drawn from ``generator``; what comes in from outside is background. All images go through one call of
    torch's ``affine_grid`` and ``grid_sample`` (Jaderberg et al., Spatial transformer networks, 2015).
    """
    count, side = len(images), images.shape[-1]
    angle = (2 * torch.rand(count, generator=generator) - 1) * math.radians(rotation)
    pixels = torch.randint(-shift, shift + 1, (count, 2), generator=generator)
    # The grid says for each pixel of the result where it comes from: the way back. It runs from -1 to 1.
    move = -2.0 * pixels / side
    cosine, sine = angle.cos(), angle.sin()
    turn = torch.stack((cosine, sine, -sine, cosine), dim=1).view(count, 2, 2)
    back = torch.cat((turn, turn @ move.unsqueeze(2)), dim=2)
    grid = functional.affine_grid(back, list(images.shape), align_corners=False)
    # Between pixels the weights add up to 1 but for the last bit.
    return functional.grid_sample(images, grid, align_corners=False).clamp_(0, 1)


def show_augmented(image: Tensor, count: int, *, shift: int, rotation: float, seed: int) -> Tensor:
    """``count`` ways in which a network may see ``image`` (``uint8 [S, S]``), ``uint8 [count, S, S]``."""
    generator = torch.Generator().manual_seed(derive_seed(seed, "shown"))
    images = to_input(image.expand(count, *image.shape))
    seen = augment(images, shift=shift, rotation=rotation, generator=generator)
    return seen.squeeze(1).mul(255).round().byte()
