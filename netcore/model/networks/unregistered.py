"""A trap: a layer without self. It belongs to no network: not trained, not saved, new at every call."""

import torch
from torch import nn


class WithoutSelf(nn.Module):
    """[N, 1, 28, 28] to logits [N, classes]. One of its two layers is made anew, at random, in every forward pass."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(128, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of a batch of images."""
        fc1 = nn.Linear(28 * 28, 128)  # the mend: self.fc1 = nn.Linear(28 * 28, 128) in __init__
        x = self.relu(fc1(self.flatten(x)))
        return self.fc2(x)
