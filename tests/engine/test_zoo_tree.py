"""A network's tree is what PyTorch would print of it, without its weights."""

import pytest

from netcore.zoo.catalogue import find_entry
from netcore.zoo.tree import module_tree
from netcore.zoo.weights import build_architecture


def test_a_resnet_consists_of_four_layers_of_blocks():
    tree = module_tree(find_entry("resnet18"))
    assert (tree.name, tree.kind, tree.parameters) == ("", "ResNet", 11_689_512)
    assert [child.name for child in tree.children] == [
        *("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "fc")
    ]
    convolution, layer1 = tree.children[0], tree.children[4]
    assert convolution.detail == "3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False"
    assert (convolution.parameters, convolution.children) == (9408, ())
    assert [(block.name, block.kind) for block in layer1.children] == [("0", "BasicBlock"), ("1", "BasicBlock")]


@pytest.mark.parametrize("name", ["efficientnet_lite0", "vit_b_16", "regnet_y_400mf", "densenet121"])
def test_no_module_and_no_parameter_is_left_out(name):
    entry = find_entry(name)
    tree = module_tree(entry)
    assert tree.modules == len(list(build_architecture(entry).modules()))
    assert tree.parameters == entry.parameters
