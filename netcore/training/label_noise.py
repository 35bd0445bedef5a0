"""Digits with wrong labels, on purpose: to see a network learn mistakes by heart. Knows nothing of networks."""

from __future__ import annotations

import torch

from netcore.data.mnist import CLASSES, Digits


def mislabel(digits: Digits, share: float, seed: int) -> Digits:
    """The digits, ``share`` of them (in [0, 1], rounded to whole digits) with a label that is not theirs.

    Which ones, and which of the nine other labels, ``seed`` decides. The labels are a copy, the images are shared
    (Zhang et al., Understanding deep learning requires rethinking generalization, 2017).
    """
    generator = torch.Generator().manual_seed(seed)
    wrong = torch.randperm(len(digits), generator=generator)[: round(share * len(digits))]
    labels = digits.labels.clone()
    labels[wrong] = (labels[wrong] + torch.randint(1, CLASSES, (len(wrong),), generator=generator)) % CLASSES
    return Digits(digits.images, labels)
