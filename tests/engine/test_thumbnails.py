"""Small pictures of what each layer gives: every pixel is a number of the layer, black for the smallest."""

import pytest
import torch

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.model.forward import to_input
from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack
from netcore.model.thumbnails import MAX_NUMBERS, MAX_THUMBNAILS, thumbnails
from netcore.model.trace import trace

DIGIT = load_mnist("test").images[0]


def draw(model):
    return thumbnails(model, images=pack(DIGIT), highest=1, mode="eval", seed=0)


def pixels(picture):
    return torch.tensor(list(bytes.fromhex(picture.levels))).reshape(picture.height, picture.width)


def grey(numbers):
    return ((numbers - numbers.min()) / (numbers.max() - numbers.min()) * 255).round()


def test_maps_stand_in_rows_of_four_and_a_vector_is_a_strip():
    model = get_preset("lenet5").stack.build(0).eval()
    drawn = draw(model)
    with torch.inference_mode():
        maps = model[0](to_input(DIGIT[None]))[0]
        vector = model[:8](to_input(DIGIT[None]))[0]
    seen = pixels(drawn[0])
    assert seen.shape == (28 + 1 + 28, 4 * 29 - 1)
    for channel in range(6):
        top, left = 29 * (channel // 4), 29 * (channel % 4)
        assert (seen[top : top + 28, left : left + 28] - grey(maps)[channel]).abs().max() <= 1
    assert (seen[29:, 58:] == 0).all()  # two places are left
    assert (pixels(drawn[7])[0] - grey(vector)).abs().max() <= 1
    assert drawn[6].width == MAX_NUMBERS


@pytest.mark.parametrize("network", [get_preset("cnn").stack, ReadyMade("residual")], ids=["stack", "class"])
def test_there_is_one_for_each_layer_that_the_trace_tells_of(network):
    drawn = draw(network.build(0))
    assert [picture.name for picture in drawn] == [layer.name for layer in trace(network).layers]


def test_an_addition_between_two_layers_is_told():
    drawn = draw(ReadyMade("residual").build(0))
    assert [picture.name for picture in drawn if picture.follows_unseen] == ["block1.relu2", "block2.relu2"]


def test_numbers_that_are_none_and_equal_numbers_can_be_drawn():
    model = Stack.parse("flatten, linear(784,10), relu").build(0)
    torch.nn.init.constant_(model[1].weight, float("nan"))
    assert all(set(pixels(picture).flatten().tolist()) == {0} for picture in draw(model)[1:])


def test_of_very_many_layers_the_first_are_drawn():
    model = torch.nn.Sequential(*[torch.nn.ReLU() for _ in range(MAX_THUMBNAILS + 5)])
    assert len(draw(model)) == MAX_THUMBNAILS
