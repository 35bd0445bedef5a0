"""Which pixels speak for a class: held against what can be worked out by hand."""

import numpy
import pytest
import torch
from torch import nn

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.errors import DataError
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.forward import forward_digits, to_input
from netcore.model.inside.attribution import Attribution, attribute
from netcore.model.presets import get_preset, list_presets
from netcore.model.ready_made import list_ready_made
from netcore.seeds import seeded

IMAGE = load_mnist("test").images[0]
GIVEN = {"images": pack(IMAGE), "highest": 1, "mode": "eval", "seed": 0}
X = to_input(IMAGE.unsqueeze(0))

DEAF = '''
import torch
from torch import nn


class Deaf(nn.Module):
    """No gradient comes back to the pixels."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 28)

    def forward(self, x):
        return self.conv(x.detach()).flatten(1)
'''


def build(*layers):
    with seeded(3):
        return nn.Sequential(*(layer() for layer in layers)).eval().requires_grad_(False)


def test_of_a_linear_network_the_pixels_add_up_to_the_logit():
    model = build(nn.Flatten, lambda: nn.Linear(784, 10))
    told = attribute(model, **GIVEN, target=6)
    assert told.saliency.values[0] == pytest.approx((model[1].weight[6].view(28, 28) * X[0, 0]).numpy(), abs=1e-6)
    assert told.saliency.values.sum() + model[1].bias[6].item() == pytest.approx(told.logit, abs=1e-5)
    assert told.logit == pytest.approx(forward_digits(model, IMAGE.unsqueeze(0)).logits[0][6])


@pytest.mark.parametrize("inplace", [False, True])
def test_class_activation_is_the_maps_weighed_by_their_mean_gradient(inplace):
    model = build(
        lambda: nn.Conv2d(1, 4, 5),
        lambda: nn.Conv2d(4, 3, 3, stride=2),
        lambda: nn.ReLU(inplace),
        nn.Flatten,
        lambda: nn.Linear(363, 10),
    )
    told = attribute(model, **GIVEN, target=2)
    maps = model[1](model[0](X))
    gradient = model[4].weight[2].view(3, 11, 11) * (maps[0] > 0)
    expected = (gradient.mean((1, 2), keepdim=True) * maps[0]).sum(0).relu()
    assert told.class_activation.layer == "1"
    assert told.class_activation.map.values[0] == pytest.approx(expected.numpy(), abs=1e-6)


@pytest.mark.parametrize("network", [preset.stack for preset in list_presets()] + list(list_ready_made()), ids=str)
def test_every_network_says_which_pixels_speak_and_only_one_with_places_where(network):
    model = network.build(0).eval().requires_grad_(False)
    told = attribute(model, **GIVEN, target=7)
    assert told.saliency.values.shape == (1, 28, 28)
    assert numpy.all(told.saliency.values[0][IMAGE.numpy() == 0] == 0)
    has_places = any(isinstance(module, nn.Conv2d) for module in model.modules())
    assert (told.class_activation is not None) == has_places
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


def test_a_convolution_that_leaves_one_place_says_not_where():
    model = build(lambda: nn.Conv2d(1, 5, 3), lambda: nn.Conv2d(5, 10, 26), nn.Flatten)
    assert attribute(model, **GIVEN, target=0).class_activation.layer == "0"


@pytest.mark.parametrize("target", [-1, 10])
def test_a_class_that_is_not_there_is_refused(target):
    with pytest.raises(DataError, match=r"no class -?\d+: its logits are \[1, 10\]\. Choose one from 0 to 9\."):
        attribute(get_preset("mlp").stack.build(0).eval(), **GIVEN, target=target)


def test_where_no_gradient_comes_back_nothing_is_claimed(here):
    source = CustomSource(DEAF)
    told = attribute(source.build(0), **GIVEN, target=1)
    assert (told.saliency, told.class_activation) == (None, None)
    assert confined.ask(Attribution, "netcore.model.inside.attribution:attribute", source, **GIVEN, target=1) == told
    confined.nursery().close()


def test_dropout_in_training_mode_draws_from_the_seed():
    model = get_preset("mlp_dropout").stack.build(0).eval()
    given = {**GIVEN, "mode": "train", "target": 7}
    assert attribute(model, **given) == attribute(model, **given)
    assert attribute(model, **given) != attribute(model, **{**given, "seed": 1})


def test_broken_weights_give_broken_pixels_and_no_error():
    model = get_preset("cnn").stack.build(0).eval().requires_grad_(False)
    model[0].weight.fill_(float("nan"))
    told = attribute(model, **GIVEN, target=7)
    assert numpy.isnan(told.saliency.values).any()
    assert torch.tensor(told.logit).isnan()
