"""A network for [N, 1, 28, 28] with a condition in ``forward``: stochastic depth (Huang et al., 2016)."""

import torch
from torch import nn


class SkipInTraining(nn.Module):
    """[N, 1, 28, 28] to logits [N, classes]. In train(), the middle layer is skipped for a part of the batches."""

    def __init__(self, classes: int = 10, skip: float = 0.3) -> None:
        super().__init__()
        self.skip = skip
        self.flatten = nn.Flatten()  # [N, 784]
        self.fc1 = nn.Linear(28 * 28, 128)  # [N, 128]
        self.relu1 = nn.ReLU()
        self.middle = nn.Linear(128, 128)  # [N, 128]
        self.relu2 = nn.ReLU()
        self.fc2 = nn.Linear(128, classes)  # [N, classes]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of a batch of images; which layers ran depends on the mode and on chance."""
        x = self.relu1(self.fc1(self.flatten(x)))
        if self.training:
            if torch.rand(()).item() >= self.skip:
                x = x + self.relu2(self.middle(x))
        else:
            x = x + (1 - self.skip) * self.relu2(self.middle(x))  # the expected value of what training saw
        return self.fc2(x)
