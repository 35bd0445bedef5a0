"""A network for [N, 1, 28, 28] whose backbone is frozen: random features that stay, and a head that learns."""

import torch
from torch import nn


class FrozenBackbone(nn.Module):
    """[N, 1, 28, 28] to logits [N, classes]. The optimiser moves ``head`` only."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Conv2d(1, 32, 5, stride=2),  # [N, 32, 12, 12]
            nn.ReLU(),
            nn.MaxPool2d(2),  # [N, 32, 6, 6]
            nn.Flatten(),  # [N, 1152]
        )
        self.backbone.requires_grad_(False)
        self.head = nn.Linear(32 * 6 * 6, classes)  # [N, classes]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of a batch of images."""
        return self.head(self.backbone(x))
