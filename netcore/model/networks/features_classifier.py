"""A CNN for [N, 1, 28, 28] in two groups, ``features`` and ``classifier``, as AlexNet and VGG are."""

import torch
from torch import nn


class FeaturesClassifier(nn.Module):
    """[N, 1, 28, 28] to logits [N, classes]. ``features`` finds what is in the image, ``classifier`` decides."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),  # [N, 16, 28, 28]
            nn.ReLU(),
            nn.MaxPool2d(2),  # [N, 16, 14, 14]
            nn.Conv2d(16, 32, 3, padding=1),  # [N, 32, 14, 14]
            nn.ReLU(),
            nn.MaxPool2d(2),  # [N, 32, 7, 7]
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),  # [N, 1568]
            nn.Dropout(0.3),
            nn.Linear(32 * 7 * 7, 64),  # [N, 64]
            nn.ReLU(),
            nn.Linear(64, classes),  # [N, classes]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The logits of a batch of images."""
        return self.classifier(self.features(x))
