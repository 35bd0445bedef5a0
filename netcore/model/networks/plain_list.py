"""A trap: layers in a plain list are not registered. They run, and they do not learn."""

import torch
from torch import nn


class PlainList(nn.Module):
    """[N, 1, 28, 28] to logits [N, classes]. parameters() and state_dict() know the last layer only."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.layers = [nn.Linear(28 * 28, 64), nn.Linear(64, 64)]  # the mend: nn.ModuleList([...])
        self.relu = nn.ReLU()
        self.head = nn.Linear(64, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of a batch of images."""
        x = x.flatten(1)
        for layer in self.layers:
            x = self.relu(layer(x))
        return self.head(x)
