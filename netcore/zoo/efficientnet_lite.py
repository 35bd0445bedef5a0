"""EfficientNet-Lite0 from torchvision's building blocks. Knows nothing of where its weights lie.

EfficientNet (Tan and Le, 2019, arXiv:1905.11946) without squeeze-and-excitation, with ReLU6 in place of SiLU, and
with stem and head of fixed width: the variant that its authors published for small devices.
"""

from __future__ import annotations

import re
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import Conv2dNormActivation

_STAGES = (
    # expand, kernel, stride, input channels, output channels, blocks: table 1 of the paper
    (1, 3, 1, 32, 16, 1),
    (6, 3, 2, 16, 24, 2),
    (6, 5, 2, 24, 40, 2),
    (6, 3, 2, 40, 80, 3),
    (6, 5, 1, 80, 112, 3),
    (6, 5, 2, 112, 192, 4),
    (6, 3, 1, 192, 320, 1),
)
_norm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)
_unit = partial(Conv2dNormActivation, norm_layer=_norm, activation_layer=nn.ReLU6)


class HalvingUnit(Conv2dNormActivation):
    """Convolution of stride 2, normalisation and ReLU6: ``[N, C, H, W]`` of even sides → ``[N, D, H/2, W/2]``.

    The weights were trained in TensorFlow, whose "SAME" padding puts the odd row and column after the picture, and
    not, as PyTorch's ``padding=1`` would, before it.
    """

    def __init__(self, channels: int, out_channels: int, kernel: int, groups: int = 1) -> None:
        super().__init__(
            channels, out_channels, kernel, 2, padding=0, groups=groups, norm_layer=_norm, activation_layer=nn.ReLU6
        )
        before, after = (kernel - 2) // 2, (kernel - 1) // 2
        self.padding = (before, after, before, after)

    def forward(self, x: Tensor) -> Tensor:
        """The three steps, after padding."""
        return super().forward(functional.pad(x, self.padding))


class InvertedResidual(nn.Module):
    """Expand to ``expand`` times the channels, filter each one, project back: ``[N, C, H, W]`` → ``[N, D, h, w]``."""

    def __init__(self, expand: int, kernel: int, stride: int, channels: int, out_channels: int) -> None:
        super().__init__()
        hidden = expand * channels
        units = [_unit(channels, hidden, 1)] if expand > 1 else []
        depthwise = HalvingUnit if stride == 2 else _unit
        units.append(depthwise(hidden, hidden, kernel, groups=hidden))
        units.append(_unit(hidden, out_channels, 1, activation_layer=None))
        self.block = nn.Sequential(*units)
        self.has_shortcut = stride == 1 and channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        """The block's output, plus its input where the two have the same shape."""
        return x + self.block(x) if self.has_shortcut else self.block(x)


class EfficientNetLite0(nn.Module):
    """ImageNet classifier of 4,652,008 parameters: ``[N, 3, 224, 224]`` in ``[-1, 1]`` → logits ``[N, 1000]``."""

    def __init__(self) -> None:
        super().__init__()
        blocks = [
            InvertedResidual(
                expand, kernel, stride if index == 0 else 1, channels if index == 0 else out_channels, out_channels
            )
            for expand, kernel, stride, channels, out_channels, count in _STAGES
            for index in range(count)
        ]
        self.features = nn.Sequential(HalvingUnit(3, 32, 3), *blocks, _unit(320, 1280, 1))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

    def forward(self, x: Tensor) -> Tensor:
        """Logits ``[N, 1000]``."""
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def rename_published_keys(published: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published state_dict under the names of ``EfficientNetLite0``; the tensors stay the same objects.

    ``_blocks.3._depthwise_conv.weight`` becomes ``features.4.block.1.0.weight``. Raises ``KeyError`` for a name that
    is none of theirs.
    """
    return {_rename(key): tensor for key, tensor in published.items()}


def _rename(key: str) -> str:
    layer, _, tensor = key.rpartition(".")
    outer = {
        "_conv_stem": "features.0.0",
        "_bn0": "features.0.1",
        "_conv_head": "features.17.0",
        "_bn1": "features.17.1",
        "_fc": "classifier.1",
    }
    inner = {
        "_expand_conv": "0.0",
        "_bn0": "0.1",
        "_depthwise_conv": "1.0",
        "_bn1": "1.1",
        "_project_conv": "2.0",
        "_bn2": "2.1",
    }
    block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)", layer)
    if block is None:
        return f"{outer[layer]}.{tensor}"
    index, name = int(block[1]), inner[block[2]]
    if index == 0:  # the first block expands nothing and has one unit less
        name = f"{int(name[0]) - 1}{name[1:]}"
    return f"features.{index + 1}.block.{name}.{tensor}"
