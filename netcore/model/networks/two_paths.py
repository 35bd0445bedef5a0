"""Two paths for [N, 1, 28, 28] side by side, joined by concat, as in an Inception block (Szegedy et al., 2015)."""

import torch
from torch import nn


class TwoPaths(nn.Module):
    """[N, 1, 28, 28] to logits [N, classes]. A small and a large kernel look at the same image; cat joins channels."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.small = nn.Conv2d(1, 8, 3, padding=1)  # [N, 8, 28, 28]
        self.large = nn.Conv2d(1, 8, 7, padding=3)  # [N, 8, 28, 28]
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(4)  # [N, 16, 7, 7]
        self.flatten = nn.Flatten()  # [N, 784]
        self.fc = nn.Linear(16 * 7 * 7, classes)  # [N, classes]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of a batch of images."""
        x = torch.cat([self.small(x), self.large(x)], dim=1)  # [N, 8 + 8, 28, 28]
        x = self.pool(self.relu(x))
        return self.fc(self.flatten(x))
