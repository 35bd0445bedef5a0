"""The mean of many digits as a digit. Knows nothing of why these were chosen."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.errors import DataError


def mean_digit(split: str, indices: Sequence[int]) -> str:
    """The mean image of the digits at ``indices``, as ``netcore.data.grey.pack`` writes it: what they have in common.

    Raises ``DataError`` where there are none.
    """
    if not indices:
        raise DataError("There is no digit to take the mean of.", "Choose at least one.")
    chosen = load_mnist(split).images[torch.tensor(indices)]
    mean = chosen.sum(dim=0, dtype=torch.int64).div(len(indices)).round()
    return pack(mean.to(torch.uint8))
