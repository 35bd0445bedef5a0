"""The catalogue is torchvision's own, and every network in it can be built as it was published."""

import math
import re

import pytest
from torchvision import models

from netcore.errors import WeightsError
from netcore.zoo.catalogue import catalogue, find_entry
from netcore.zoo.weights import build_architecture


def test_the_catalogue_is_the_bundled_network_and_all_of_torchvisions_classification_models():
    names = [entry.name for entry in catalogue() if entry.is_default]
    assert names == ["efficientnet_lite0", *models.list_models(module=models)]
    assert [entry.name for entry in catalogue() if entry.is_bundled] == ["efficientnet_lite0"]


def test_every_published_set_of_weights_is_there_once_but_the_one_that_knows_no_classes():
    published = [
        str(weights) for name in models.list_models(module=models) for weights in models.get_model_weights(name)
    ]
    assert sorted(entry.weights_name for entry in catalogue()[1:]) == sorted(
        set(published) - {"VGG16_Weights.IMAGENET1K_FEATURES"}
    )
    assert len({entry.name for entry in catalogue()}) == len(catalogue())
    assert not any(math.isnan(figure) for entry in catalogue() for figure in (entry.top1, entry.top5 or 0))


def test_a_network_with_two_sets_begins_with_its_best_one():
    best, other = (entry for entry in catalogue() if entry.model == "resnet50")
    assert (best.name, best.weights, best.is_default) == ("resnet50", "IMAGENET1K_V2", True)
    assert (other.name, other.weights, other.is_default) == ("resnet50.IMAGENET1K_V1", "IMAGENET1K_V1", False)
    assert best.top1 > other.top1


def test_every_entry_names_its_recipe_and_its_paper_on_arxiv():
    for entry in catalogue():
        assert entry.paper, entry.name
        assert re.match(r"https?://arxiv\.org/abs/", entry.paper_url), entry.name
        assert entry.recipe.startswith("https://"), entry.name
    assert find_entry("resnet18").paper == "Deep Residual Learning for Image Recognition"
    assert find_entry("squeezenet1_1").paper.endswith("50x fewer parameters and <0.5MB model size")


def test_weights_under_a_licence_of_their_own_say_so():
    licensed = [entry for entry in catalogue() if entry.licence_url]
    assert len(licensed) == 12
    assert all("SWAG" in entry.weights for entry in licensed)


def test_figures_are_those_that_torchvision_publishes():
    entry = find_entry("resnet18")
    assert (entry.family, entry.weights_name) == ("ResNet", "ResNet18_Weights.IMAGENET1K_V1")
    assert (entry.top1, entry.top5, entry.parameters, entry.gflops) == (69.758, 89.078, 11_689_512, 1.814)
    assert (entry.megabytes, entry.input_side, entry.file_name) == (44.661, 224, "resnet18-f37072fd.pth")


def test_its_flops_and_bytes_are_counted_as_everywhere_else():
    entry = find_entry("resnet18")
    assert (round(entry.flops / 1e6), round(entry.file_bytes / 1e5)) == (3628, 468)


def test_every_file_name_carries_the_digits_that_verify_it():
    assert all(re.search(r"-[0-9a-f]{8,}\.pth$", entry.file_name) for entry in catalogue())


@pytest.mark.parametrize(("model", "side"), sorted({(entry.model, entry.input_side) for entry in catalogue()}))
def test_every_architecture_is_the_published_one_and_leaves_nothing_that_the_file_does_not_fill(model, side):
    entries = [entry for entry in catalogue() if (entry.model, entry.input_side) == (model, side)]
    built = build_architecture(entries[0])
    assert {sum(parameter.numel() for parameter in built.parameters())} == {entry.parameters for entry in entries}
    assert {name for name, _ in built.named_buffers()} <= set(built.state_dict())


def test_an_unknown_name_is_refused():
    with pytest.raises(WeightsError, match=r"no pretrained weights called 'resnet19'\. Choose one of the 115"):
        find_entry("resnet19")
