"""What every layer made of an image: the numbers of one real pass, bounded, and the network is as it was."""

import copy
import threading

import numpy
import pytest
import torch
from torch import nn

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.errors import DataError, StackError
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.forward import to_input
from netcore.model.inside.activations import MAP_NUMBERS, PAGE, WEIGHT_NUMBERS, Activations, activations
from netcore.model.inside.closeup import Closeup, look_closely
from netcore.model.presets import get_preset, list_presets
from netcore.model.ready_made import list_ready_made
from netcore.model.stack import Stack
from netcore.seeds import seeded
from netcore.training.passes import pinned
from netcore.worker.plain import from_plain, to_plain

IMAGE = load_mnist("test").images[4]
GIVEN = {"images": pack(IMAGE), "highest": 1, "mode": "eval", "seed": 0}
NETWORKS = [preset.stack for preset in list_presets()] + list(list_ready_made())

ODD = '''
import torch
from torch import nn
import torch.nn.functional as F


class Odd(nn.Module):
    """A layer used twice, a branch, an addition, a reshape and relu without layers, a sum in place."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.twice = nn.Conv2d(4, 4, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.left = nn.Linear(784 * 4, 20)
        self.head = nn.Linear(20, 10)

    def forward(self, x):
        x = self.relu(self.conv(x))
        y = self.twice(x)
        y = self.twice(F.relu(y))
        x += y
        x = self.relu(x)
        x = self.left(x.view(len(x), -1))
        return self.head(x) * 2
'''


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_every_layer_is_told_with_the_numbers_of_a_plain_forward_hook(network):
    model = network.build(0).eval()
    told = activations(model, **GIVEN, count=100)
    outputs = []
    plain = copy.deepcopy(model)
    for module in plain.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda module, given, output: outputs.append(output.detach().clone()))
    plain(to_input(IMAGE.unsqueeze(0)))
    assert told.total == len(told.layers) == len(outputs)
    for layer, output in zip(told.layers, outputs, strict=True):
        assert layer.output_shape == tuple(output.shape)
        shown = layer.maps.values
        expected = output[0].reshape(layer.maps.total, -1, shown.shape[2])[: len(shown)].numpy()
        assert numpy.array_equal(shown, expected)
        assert layer.spread.mean == pytest.approx(output.mean().item(), abs=1e-6)
        assert layer.spread.zeros == pytest.approx((output == 0).float().mean().item())
        assert shown.size <= MAP_NUMBERS
        assert layer.weights is None or layer.weights.maps.values.size <= WEIGHT_NUMBERS


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_network_is_as_it_was(network):
    model = network.build(0).eval()
    before = copy.deepcopy(model.state_dict())
    for mode in ("eval", "train"):
        try:
            activations(model, **{**GIVEN, "mode": mode})
        except StackError:
            assert mode == "train"
    assert not model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_what_forward_did_itself_is_said_where_it_shows(here):
    told = activations(CustomSource(ODD).build(0), **GIVEN)
    names = [(layer.name, layer.use, layer.follows_unseen) for layer in told.layers]
    assert names == [
        ("conv", 1, False),
        ("relu", 1, False),
        ("twice", 1, False),
        ("twice", 2, True),
        ("relu", 2, True),
        ("left", 1, True),
        ("head", 1, False),
    ]
    assert told.ends_unseen


def test_a_linear_behind_a_view_in_forward_shows_its_weights_as_pictures(here):
    left = activations(CustomSource(ODD).build(0), **GIVEN).layers[5]
    assert left.weights.columns == 4
    assert left.weights.maps.values.shape[1:] == (28, 28)


def test_a_relu_in_place_is_told_with_what_it_got(here):
    found = look_closely(CustomSource(ODD).build(0), **GIVEN, step=1, channel=2, row=9, column=9)
    conv = look_closely(CustomSource(ODD).build(0), **GIVEN, step=0, channel=2, row=9, column=9)
    assert dict(found.origin.numbers)["x"] == pytest.approx(conv.value)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_arithmetic_of_every_layer_comes_to_its_number(network):
    model = network.build(1).eval()
    layers = activations(model, **GIVEN, count=100).layers
    for layer in layers:
        shown = layer.maps.values
        place = layer.maps.total - 1, shown.shape[1] // 2, shown.shape[2] // 3
        found = look_closely(model, **GIVEN, step=layer.step, channel=place[0], row=place[1], column=place[2])
        assert found.origin.value == pytest.approx(found.value, rel=1e-4, abs=1e-5), layer.code
        assert found.map.values.reshape(-1)[0] == found.map.values[0, 0, 0]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"channel": 16}, "it has no channel 16. Count from 0 to 15."),
        ({"channel": 0, "row": 28}, "it has no row 28. Count from 0 to 27."),
        ({"channel": -1}, "no channel -1"),
    ],
)
def test_a_place_that_is_not_there_is_refused(place, words):
    with pytest.raises(DataError, match="Conv2d") as refusal:
        look_closely(get_preset("cnn").stack.build(0).eval(), **GIVEN, step=0, **place)
    assert words in str(refusal.value)


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(DataError, match=r"no layer 99 on this image's way\. Choose one of 4"):
        look_closely(get_preset("mlp").stack.build(0).eval(), **GIVEN, step=99, channel=0)


def test_dropout_in_training_mode_draws_from_the_seed():
    model = get_preset("mlp_dropout").stack.build(0).eval()
    first, again, other = (activations(model, **{**GIVEN, "mode": "train", "seed": seed}) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_one_image_through_batchnorm_of_features_in_training_mode_is_explained():
    model = Stack.parse("flatten, batchnorm1d(784), linear(784, 10)").build(0).eval()
    with pytest.raises(StackError, match="one value a feature"):
        activations(model, **{**GIVEN, "mode": "train"})


def test_broken_weights_are_counted_and_shown():
    model = get_preset("mlp").stack.build(0).eval()
    with torch.no_grad():
        model[1].weight[3] = float("nan")
        model[3].weight.fill_(float("inf"))
    layers = activations(model, **GIVEN).layers
    assert layers[1].spread.broken == 1
    assert layers[3].spread.broken == 10
    assert numpy.isnan(layers[3].spread.mean)
    text = to_plain(activations(model, **GIVEN))
    assert from_plain(Activations, text).layers[1].spread == layers[1].spread


def test_three_hundred_layers_are_told_a_page_at_a_time():
    model = nn.Sequential(nn.Flatten(), *[nn.Linear(784, 784) for _ in range(2)], *[nn.Tanh() for _ in range(297)])
    told = activations(model, **GIVEN, first=290)
    assert told.total == 300
    assert [layer.step for layer in told.layers] == list(range(290, 300))
    assert len(activations(model, **GIVEN).layers) == PAGE


def test_a_giant_layer_is_shown_in_part():
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 8000), nn.ReLU(), nn.Linear(8000, 10)).eval()
    told = activations(model, **GIVEN)
    assert (told.layers[1].maps.total, len(told.layers[1].maps.values)) == (8000, 8000)
    assert len(told.layers[1].weights.maps.values) == 6
    assert len(to_plain(told)) < 300_000
    found = look_closely(model, **GIVEN, step=3, channel=9)
    assert found.origin.value == pytest.approx(found.value, abs=1e-4)
    assert found.weights.every == 2


def test_a_feature_map_larger_than_the_limit_is_thinned_out():
    model = nn.Sequential(nn.Upsample(scale_factor=8), nn.Conv2d(1, 4, 3)).eval()
    layer = activations(model, **GIVEN).layers[1]
    assert layer.output_shape == (1, 4, 222, 222)
    assert layer.maps.every == 2
    assert layer.maps.values.shape == (1, 111, 111)


def test_two_visitors_at_once_see_each_their_own_image():
    model = get_preset("cnn").stack.build(0).eval().requires_grad_(False)
    images = load_mnist("test").images[:8]
    alone = [activations(model, **{**GIVEN, "images": pack(image)}) for image in images]
    seen = [[] for _ in images]

    def look(place):
        seen[place] += [activations(model, **{**GIVEN, "images": pack(images[place])}) for _ in range(5)]

    threads = [threading.Thread(target=look, args=(place,)) for place in range(len(images))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(told == alone[place] for place, all_told in enumerate(seen) for told in all_told)


def test_a_class_answers_from_a_confined_process_as_it_would_here(here):
    source = CustomSource(ODD)
    question = "netcore.model.inside.activations:activations"
    told = confined.ask(Activations, question, source, weights_seed=3, **GIVEN)
    with pinned(1), seeded(0):  # a confined process has one thread, and another number gives other last bits
        assert told == activations(source.build(3), **GIVEN)
    found = confined.ask(
        Closeup, "netcore.model.inside.closeup:look_closely", source, weights_seed=3, **GIVEN, step=5, channel=7
    )
    assert found.origin.value == pytest.approx(found.value, abs=1e-5)
    assert found.weights.values.shape == (4, 28, 28)
    confined.nursery().close()
