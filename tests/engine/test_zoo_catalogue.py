"""The catalogue is torchvision's own, and every network in it can be built as it was published."""

import re

import pytest
from torchvision import models

from netcore.errors import WeightsError
from netcore.zoo.catalogue import catalogue, find_entry
from netcore.zoo.weights import build_architecture


def test_the_catalogue_is_the_bundled_network_and_all_of_torchvisions_classification_models():
    names = [entry.name for entry in catalogue()]
    assert names == ["efficientnet_lite0", *models.list_models(module=models)]
    assert [entry.name for entry in catalogue() if entry.is_bundled] == ["efficientnet_lite0"]


def test_figures_are_those_that_torchvision_publishes():
    entry = find_entry("resnet18")
    assert (entry.family, entry.weights_name) == ("ResNet", "ResNet18_Weights.IMAGENET1K_V1")
    assert (entry.top1, entry.top5, entry.parameters, entry.gflops) == (69.758, 89.078, 11_689_512, 1.814)
    assert (entry.megabytes, entry.input_side, entry.file_name) == (44.661, 224, "resnet18-f37072fd.pth")


def test_every_file_name_carries_the_digits_that_verify_it():
    assert all(re.search(r"-[0-9a-f]{8,}\.pth$", entry.file_name) for entry in catalogue())


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_every_architecture_is_the_published_one_and_leaves_nothing_that_the_file_does_not_fill(entry):
    model = build_architecture(entry)
    assert sum(parameter.numel() for parameter in model.parameters()) == entry.parameters
    assert {name for name, _ in model.named_buffers()} <= set(model.state_dict())


def test_an_unknown_name_is_refused():
    with pytest.raises(WeightsError, match=r"no pretrained network called 'resnet19'\. Choose one of the 81"):
        find_entry("resnet19")
