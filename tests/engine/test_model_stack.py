"""Stacks: written, read, refused with the value and the cure, built the same for the same seed."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.errors import StackError
from netcore.export.source import sequential_source
from netcore.model.catalogue import list_kinds
from netcore.model.layers import make_layer, start_layer
from netcore.model.presets import get_preset, list_presets
from netcore.model.ready_made import ReadyMade, list_ready_made
from netcore.model.spec import fingerprint, spec_from_json, spec_to_json
from netcore.model.stack import Stack, find_stack, read_stack
from netcore.settings import MAX_LAYERS
from tests.engine.model_strategies import layers

MLP = "flatten, linear(784,128), relu, linear(128,10)"


@given(st.lists(layers(), min_size=1, max_size=8).map(lambda chosen: Stack(tuple(chosen))))
@settings(deadline=None)
def test_every_stack_is_found_again_in_its_text_and_in_its_json(stack):
    assert Stack.parse(str(stack)) == stack
    assert Stack.from_json(stack.to_json()) == stack
    assert spec_from_json(spec_to_json(stack)) == stack
    assert hash(Stack.parse(str(stack))) == hash(stack)


@pytest.mark.parametrize("kind", list_kinds(), ids=lambda kind: kind.name)
def test_every_layer_of_the_catalogue_builds_and_counts_its_parameters_as_torch_does(kind):
    layer = start_layer(kind.name)
    module = layer.build()
    assert type(module).__name__ == kind.name
    assert layer.parameters == sum(parameter.numel() for parameter in module.parameters())
    for argument in kind.arguments:
        if argument.type == "bool":
            other = layer.change(**{argument.name: False})
            assert other.parameters == sum(parameter.numel() for parameter in other.build().parameters())


def test_text_may_be_written_as_people_write_it():
    stack = Stack.parse(
        "  nn.Flatten(),\n nn.Linear(28*28, out_features=128) , RELU,batch_norm1d(128), Linear(128, 10), "
    )
    assert str(stack) == "flatten, linear(784,128), relu, batchnorm1d(128), linear(128,10)"


@pytest.mark.parametrize(
    "text",
    [
        "nn.Sequential(nn.Flatten(), nn.Linear(784, 10))",
        "model = torch.nn.Sequential(\n    torch.nn.Flatten(),  # a row\n    torch.nn.Linear(784, 10),\n)\n",
        "[flatten, linear(784,10)]",
        "nn.Sequential(nn.Sequential(nn.Flatten()), nn.Linear(784, 10))",
    ],
)
def test_code_of_pytorch_is_read_as_it_is_pasted(text):
    assert str(Stack.parse(text)) == "flatten, linear(784,10)"


@given(st.lists(layers(), min_size=1, max_size=8).map(lambda chosen: Stack(tuple(chosen))))
@settings(deadline=None, max_examples=30)
def test_our_own_code_is_read_back_even_where_a_field_swallowed_its_line_breaks(stack):
    source = sequential_source(stack)
    assert Stack.parse(source) == stack
    assert Stack.parse(source.replace("\n", " ")) == stack


SCRIPT = """\
# A first network
import torch.nn as nn
from collections import OrderedDict

nbClasses = 10
sizes = [784, 32]

model = nn.Sequential(OrderedDict([
    ("flat", nn.Flatten()),  # [N, 784]
    ("hidden", nn.Linear(*sizes, bias=True,)),
    ("out", nn.Linear(in_features=sizes[-1], out_features=nbClasses)),
])).to("cpu")
print(model)
"""
BLOCK = """\
classes = ...
net = nn.Sequential(
nn.Flatten(), # (N, 1, H, W) → (N, HxW)
nn.Linear(28*28, 16), # première couche (cachée)
nn.Linear(16, classes) # sortie (scores)
)
"""


@pytest.mark.parametrize(
    ("text", "stack", "assumed"),
    [
        (SCRIPT, "flatten, linear(784,32), linear(32,10)", ()),
        (BLOCK, "flatten, linear(784,16), linear(16,10)", (("classes", 10),)),
        (BLOCK.replace("\n", ""), "flatten, linear(784,16), linear(16,10)", (("classes", 10),)),
        (BLOCK.replace("\n", " ").replace("...", "7"), "flatten, linear(784,16), linear(16,7)", ()),
        (
            "flatten, linear(input_size, num_classes)",
            "flatten, linear(784,10)",
            (("input_size", 784), ("num_classes", 10)),
        ),
        ("def make(n):\n    return nn.Sequential(nn.Linear(3, n))\nmodel = make(4)", "linear(3,4)", ()),
        ("part = nn.Sequential(nn.ReLU())\nmodel = nn.Sequential(part, nn.Tanh())\nx = 1", "relu, tanh", ()),
        ("!pip install torch\nmodel = nn.Sequential(nn.ReLU())", "relu", ()),
    ],
)
def test_script_that_makes_a_sequential_is_read_as_its_stack(text, stack, assumed):
    read = read_stack(text)
    assert (str(read.stack), read.assumed) == (stack, assumed)


@pytest.mark.parametrize(
    "layers",
    ['[("flat", nn.Flatten()), ("fc1", nn.Linear(784, 10))]', '{"flat": nn.Flatten(), "fc1": nn.Linear(784, 10)}'],
)
def test_names_of_layers_that_a_stack_does_not_keep_are_told(layers):
    read = read_stack(f"net = nn.Sequential(OrderedDict({layers}))")
    assert (str(read.stack), read.names) == ("flatten, linear(784,10)", ("flat", "fc1"))
    assert read_stack(SCRIPT).names == ("flat", "hidden", "out")
    assert read_stack("flatten, linear(784,10)").names == ()


def test_stack_is_looked_for_only_where_a_script_has_no_class():
    assert str(find_stack(SCRIPT).stack) == "flatten, linear(784,32), linear(32,10)"
    assert find_stack("print(1)") is None and find_stack("class (") is None
    assert find_stack(f"{SCRIPT}\nclass A(nn.Module):\n    pass\n") is None
    with pytest.raises(StackError, match=r"This text is a class\. Choose Turn it into a class"):
        read_stack("class A(nn.Module):\n    pass\n")


def test_stride_of_pooling_follows_its_window_as_in_torch():
    assert str(Stack.parse("maxpool2d(3)")) == "maxpool2d(3)"
    assert str(Stack.parse("maxpool2d(3, stride=3)")) == "maxpool2d(3)"
    assert str(Stack.parse("maxpool2d(3, stride=2)")) == "maxpool2d(3,stride=2)"
    assert make_layer("MaxPool2d", 3, stride=2).build().stride == 2


def test_a_pair_of_equals_is_the_same_network_as_one_number():
    assert fingerprint(Stack.parse("conv2d(1,8,(3,3))")) == fingerprint(Stack.parse("conv2d(1,8,3)"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flatten, liner(784,128)", "Layer 1: There is no layer called liner. Did you mean Linear?"),
        ("linear(784)", "Layer 0: Linear needs out_features. Write it like linear(784,128)."),
        (
            "relu(3)",
            "Layer 0: ReLU was given too many values: 1. Leave its brackets empty: here, ReLU takes no arguments.",
        ),
        (
            "linear(1,2,size=3)",
            "Layer 0: Linear cannot take size. It takes each of these once: in_features, out_features",
        ),
        ("linear(1,in_features=1)", "Layer 0: Linear cannot take in_features."),
        (
            "linear(-3,2)",
            "Layer 0: Linear has in_features = -3. in_features must be a whole number from 1 to 1,000,000.",
        ),
        ("linear(2.5,3)", "Layer 0: Linear has in_features = 2.5."),
        ("linear(True,3)", "Layer 0: Linear has in_features = True."),
        (
            "linear(1000000000,1000000000)",
            "in_features = 1000000000. in_features must be a whole number from 1 to 1,000,0",
        ),
        ("linear(100000,100000)", "Layer 0, Linear(100000, 100000), brings the network to 10,000,100,000 parameters"),
        ("dropout(1.5)", "Layer 0: Dropout has p = 1.5. p must be a number from 0 to 1."),
        ("conv2d(1,8,(3,3,3))", "Layer 0: Conv2d has kernel_size = (3, 3, 3)."),
        ("unflatten(1,784)", "unflattened_size must be 2 to 4 whole numbers from 1 to 1,000,000 in brackets."),
        ("linear(**a)", "Layer 0: linear(**a) cannot be read."),
        ("linear(in_features=1,in_features=2)", "cannot be read."),
        ("linear(9*" + "9" * 20 + ",3)", "cannot be read."),
        ("a.b.c(1)", "Layer 0: a.b.c is not a layer. Write layers like linear(784,128), with commas between them."),
        ("1, 2", "Layer 0: 1 is not a layer."),
        ("flatten, F.relu", "Layer 1: F.relu is not a layer."),
        ("nn.ReLU(inplace=True)", "ReLU cannot take inplace. Leave its brackets empty: here, ReLU takes no arguments."),
        ("nn.Sequential()", "The network has 0 layers."),
        ("nn.Sequential(relu, x=1)", "Layer 0: There is no layer called Sequential."),
        ("model =", "The text is empty."),
        ("linear(784, width)", "Layer 0: width has no value in this text. Write its number in its place."),
        ("linear(784,128", "The text cannot be read as a list of layers."),
        ("(" * 500, "The text cannot be read as a list of layers."),
        ("relu;relu", "The character ; in relu;relu means nothing here."),
        ("", "The text is empty."),
        ("relu," * 2000, "The text has 10000 characters."),
        ("relu," * (MAX_LAYERS + 1), f"The network has {MAX_LAYERS + 1} layers. Give it 1 to {MAX_LAYERS} layers."),
    ],
)
def test_text_that_is_no_network_is_refused_with_the_value_and_the_cure(text, message):
    with pytest.raises(StackError) as caught:
        Stack.parse(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"layers": "relu"},
        {"layers": []},
        {"layers": [3]},
        {"layers": [{"layer": 3}]},
        {"layers": [{"layer": "Linear", "in_features": "784", "out_features": 10}]},
        {"layers": [{"layer": "Linear", "in_features": None, "out_features": 10}]},
        {"layers": [{"layer": "ReLU", "kind_name": "Linear"}]},
        {"layers": [{"layer": "Dropout", "p": float("nan")}]},
        {"layers": [{"layer": "ReLU"}] * 100_000},
        {"layers": [{"layer": "__import__"}]},
    ],
)
def test_json_that_is_no_network_is_refused(value):
    with pytest.raises(StackError):
        Stack.from_json(value)
    with pytest.raises(StackError):
        spec_from_json({"kind": "stack", **value} if isinstance(value, dict) else value)


def test_same_seed_gives_the_same_weights_and_another_seed_gives_others():
    stack = Stack.parse(MLP)
    first, again, other = (stack.build(seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["1.weight"], other["1.weight"])


def test_editing_makes_a_new_stack_and_leaves_the_old_one():
    stack = Stack.parse(MLP)
    relu = make_layer("Tanh")
    assert str(stack.insert(1, relu)) == "flatten, tanh, linear(784,128), relu, linear(128,10)"
    assert str(stack.replace(2, relu)) == "flatten, linear(784,128), tanh, linear(128,10)"
    assert str(stack.replace(2)) == "flatten, linear(784,128), linear(128,10)"
    assert str(stack.swap(0, 2)) == "relu, linear(784,128), flatten, linear(128,10)"
    assert str(stack) == MLP


def test_course_preset_is_the_course_network():
    assert get_preset("mlp").stack == Stack.parse(MLP)
    assert get_preset("mlp").stack.parameters == 101_770


@pytest.mark.parametrize("preset", list_presets(), ids=lambda preset: preset.name)
def test_every_preset_gives_ten_logits(preset):
    assert preset.stack.build(0)(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


@pytest.mark.parametrize("network", list_ready_made(), ids=lambda network: network.name)
def test_every_ready_made_class_gives_ten_logits_learns_and_runs_from_its_source_alone(network):
    model = network.build(5)
    batch = torch.rand(4, 1, 28, 28)
    logits = model(batch)
    assert logits.shape == (4, 10)
    logits.sum().backward()
    assert any(parameter.grad is not None for parameter in model.parameters())
    assert spec_from_json(spec_to_json(network)) == network

    namespace: dict[str, object] = {}
    exec(compile(network.source, network.name, "exec"), namespace)
    torch.manual_seed(5)
    alone = namespace[network.class_name]()
    assert torch.equal(alone.eval()(batch), network.build(5).eval()(batch))


def test_frozen_backbone_does_not_learn():
    frozen = {name for name, item in ReadyMade("frozen").build().named_parameters() if not item.requires_grad}
    assert frozen == {"backbone.0.weight", "backbone.0.bias"}


def test_both_heads_learn_from_the_digit_alone():
    model = ReadyMade("two_heads").build(0)
    torch.nn.functional.cross_entropy(model(torch.rand(4, 1, 28, 28)), torch.tensor([0, 1, 2, 3])).backward()
    assert model.parity_head.weight.grad.abs().sum() > 0
    assert model.both(torch.rand(4, 1, 28, 28))[1].shape == (4, 2)


def test_unknown_ready_made_class_is_refused():
    with pytest.raises(StackError, match="There is no ready-made network called resnet"):
        ReadyMade("resnet")
    with pytest.raises(StackError, match="This is not a saved network"):
        spec_from_json({"kind": "ready_made", "name": 3})
