"""Which names count as one name misspelt: a suggestion that is wrong is worse than none."""

import pytest

from netcore.model.custom.attribute_names import ALLOWED
from netcore.model.custom.names import ENTRIES
from netcore.model.custom.spelling import find_nearest, is_misspelt

MEANT = {
    "Relu": "ReLU", "Liner": "Linear", "Linaer": "Linear", "Cov2d": "Conv2d", "Conv2D": "Conv2d", "Conv": "Conv2d",
    "BatchNorm": "BatchNorm2d", "batchnorm1d": "BatchNorm1d", "MaxPool": "MaxPool2d", "Sequental": "Sequential",
    "Leaky_ReLU": "LeakyReLU", "Tahn": "Tanh", "Identiy": "Identity", "ModuleLits": "ModuleList", "Flaten": "Flatten",
}  # fmt: skip
ON_A_TENSOR = {
    "flaten": "flatten", "veiw": "view", "reshpe": "reshape", "permut": "permute", "szie": "size", "squeze": "squeeze",
    "wieght": "weight", "contigous": "contiguous", "sofmax": "softmax", "log_softmx": "log_softmax", "itmes": "items",
}  # fmt: skip
DIFFERENT = (
    ("tile", "time"), ("tan", "train"), ("fit", "fix"), ("load", "long"), ("cos", "cov"), ("conv3", "conv2"),
    ("fc2", "fc1"), ("hidden_layer_size", "hidden_size"), ("layer1", "layers2"), ("cat", "cut"), ("data", "date"),
    ("num_classes", "num_layers"), ("block", "lock_in"), ("encoder", "decode"), ("config", "confirmed"),
)  # fmt: skip


@pytest.mark.parametrize("written", MEANT)
def test_a_layer_that_was_meant_is_found(written):
    layers = sorted(name for name in ENTRIES if name.rpartition(".")[0] == "torch.nn")
    assert find_nearest(f"nn.{written}", layers) == f"torch.nn.{MEANT[written]}"


@pytest.mark.parametrize("written", ON_A_TENSOR)
def test_an_attribute_that_was_meant_is_found(written):
    assert find_nearest(written, sorted(ALLOWED)) == ON_A_TENSOR[written]


@pytest.mark.parametrize(("one", "two"), DIFFERENT)
def test_two_names_that_only_look_alike_are_two(one, two):
    assert not is_misspelt(one, two)
    assert not is_misspelt(two, one)


@pytest.mark.parametrize("written", ["time", "train", "fit", "manual", "images", "loader", "epoch"])
def test_for_a_word_of_another_kind_nothing_of_torch_is_suggested(written):
    assert find_nearest(f"torch.{written}", sorted(ENTRIES)) is None
