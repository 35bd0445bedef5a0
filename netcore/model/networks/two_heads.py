"""One trunk with two heads for [N, 1, 28, 28]: which digit, and even or odd."""

import torch
from torch import nn


class TwoHeads(nn.Module):
    """[N, 1, 28, 28] to logits [N, classes]; ``both`` also gives the second head's logits [N, 2].

    ``forward`` returns what training needs, the digit's logits. They lean on the second head: the logit of "even" is
    added to the even digits and that of "odd" to the odd ones, so one loss on the digits trains both heads.
    """

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.flatten = nn.Flatten()  # [N, 784]
        self.trunk = nn.Linear(28 * 28, 128)  # [N, 128]
        self.relu = nn.ReLU()
        self.digit_head = nn.Linear(128, classes)  # [N, classes]
        self.parity_head = nn.Linear(128, 2)  # [N, 2]: even, odd
        self.parity: torch.Tensor
        self.register_buffer("parity", torch.arange(classes) % 2)  # 0 for an even digit, 1 for an odd one

    def both(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The logits of the digit [N, classes] and of its parity [N, 2], each from its own head."""
        x = self.relu(self.trunk(self.flatten(x)))
        return self.digit_head(x), self.parity_head(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The digit's logits, each raised by what the second head says of its parity."""
        digit, parity = self.both(x)
        return digit + parity[:, self.parity]
