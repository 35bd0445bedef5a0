"""A trap: F.dropout does not know the mode of the network. In eval() it still sets values to zero at random."""

import torch
import torch.nn.functional as F
from torch import nn


class ForgetsTheMode(nn.Module):
    """[N, 1, 28, 28] to logits [N, classes]. Its answers change from one call to the next, in eval() too."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 128)
        self.fc2 = nn.Linear(128, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of a batch of images."""
        x = F.relu(self.fc1(x.flatten(1)))
        x = F.dropout(x, 0.5)  # the mend: F.dropout(x, 0.5, training=self.training), or nn.Dropout
        return self.fc2(x)
