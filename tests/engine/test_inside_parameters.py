"""A parameter as pictures: the very numbers, in the form in which one sees what they look for."""

import numpy
import pytest
import torch

from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.inside.activations import Weights
from netcore.model.inside.parameters import NUMBERS, picture_parameter
from netcore.model.presets import get_preset
from netcore.model.stack import Stack
from tests.engine.good_classes import wrap

QUESTION = "netcore.model.inside.parameters:picture_parameter"


@pytest.mark.parametrize(
    ("preset", "name", "columns", "shape"),
    [
        ("mlp", "1.weight", 1, (16, 28, 28)),
        ("mlp", "3.weight", 1, (1, 10, 128)),
        ("mlp", "3.bias", 1, (1, 1, 10)),
        ("cnn", "0.weight", 1, (16, 3, 3)),
        ("cnn", "4.weight", 16, (512, 3, 3)),
        ("cnn", "9.weight", 32, (257, 7, 7)),
        ("cnn", "1.running_mean", 1, (1, 1, 16)),
        ("cnn", "1.num_batches_tracked", 1, (1, 1, 1)),
    ],
)
def test_a_tensor_is_shown_as_what_its_layer_makes_of_its_input(preset, name, columns, shape):
    model = get_preset(preset).stack.build(0)
    found = picture_parameter(model, name=name, first=0)
    assert (found.columns, found.maps.values.shape) == (columns, shape)
    numbers = model.state_dict()[name].float().flatten()[: numpy.prod(shape)]
    assert torch.equal(torch.from_numpy(found.maps.values.copy()).flatten(), numbers)


def test_the_pages_of_a_large_tensor_follow_each_other():
    model = get_preset("mlp").stack.build(0)
    second = picture_parameter(model, name="1.weight", first=16)
    assert second.maps.first == 16
    assert numpy.array_equal(second.maps.values[0].flatten(), model[1].weight[16].detach().numpy())
    assert second.maps.values.size <= NUMBERS


@pytest.mark.parametrize("name", ["9.weight", "", "1"])
def test_a_name_that_is_none_gives_nothing(name):
    assert picture_parameter(get_preset("mlp").stack.build(0), name=name, first=0) is None


def test_layers_that_do_not_fit_are_shown_all_the_same():
    model = Stack.parse("conv2d(1,4,3), linear(784,10)").build(0)
    assert picture_parameter(model, name="1.weight", first=0).maps.values.shape == (1, 10, 784)


def test_a_students_class_is_asked_in_a_process_of_its_own():
    found = confined.ask(Weights | None, QUESTION, CustomSource(wrap()), name="fc.weight", first=0)
    assert found.maps.values.shape == (10, 28, 28)
