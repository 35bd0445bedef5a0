"""A residual CNN for [N, 1, 28, 28]. A block learns what to add to its input (He et al., 2015)."""

import torch
from torch import nn


class ResidualBlock(nn.Module):
    """Two convolutions whose result is added to the input; the shape stays [N, channels, H, W]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.relu2 = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Two paths from x: through the convolutions, and straight on."""
        path = self.relu1(self.norm1(self.conv1(x)))
        path = self.norm2(self.conv2(path))
        return self.relu2(x + path)


class ResidualCNN(nn.Module):
    """[N, 1, 28, 28] to logits [N, classes]."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, stride=2, padding=1)  # [N, 16, 14, 14]
        self.relu = nn.ReLU()
        self.block1 = ResidualBlock(16)  # [N, 16, 14, 14]
        self.pool = nn.MaxPool2d(2)  # [N, 16, 7, 7]
        self.block2 = ResidualBlock(16)  # [N, 16, 7, 7]
        self.flatten = nn.Flatten()  # [N, 784]
        self.fc = nn.Linear(16 * 7 * 7, classes)  # [N, classes]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of a batch of images."""
        x = self.block1(self.relu(self.stem(x)))
        x = self.block2(self.pool(x))
        return self.fc(self.flatten(x))
