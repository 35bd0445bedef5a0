"""Shapes layer by layer, problems in words, and mends that work."""

import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from netcore.errors import StackError
from netcore.model.mend import fit_layer
from netcore.model.presets import get_preset, list_presets
from netcore.model.ready_made import ReadyMade, list_ready_made
from netcore.model.shape import Shape
from netcore.model.stack import Stack
from netcore.model.trace import trace
from netcore.settings import MAX_BATCH
from tests.engine.model_strategies import layers

SPECS = [preset.stack for preset in list_presets()] + list(list_ready_made())


def test_course_network_takes_the_shapes_of_the_course():
    result = trace(get_preset("mlp").stack, 64)
    assert [str(layer.output_shape) for layer in result.layers] == ["[64, 784]", "[64, 128]", "[64, 128]", "[64, 10]"]
    assert [layer.code for layer in result.layers] == ["Flatten()", "Linear(784, 128)", "ReLU()", "Linear(128, 10)"]
    assert [layer.parameters for layer in result.layers] == [0, 100_480, 0, 1_290]
    assert [layer.flops for layer in result.layers] == [0, 2 * 64 * 784 * 128, 0, 2 * 64 * 128 * 10]
    assert result.activation_bytes == 4 * 64 * (784 + 128 + 128 + 10)
    assert (result.parameters, result.problem, result.notice) == (101_770, None, None)
    assert result.output_shape == (64, 10)


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_trace_agrees_with_a_real_forward_pass(spec):
    result = trace(spec, 3)
    model = spec.build(0).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        logits = model(torch.zeros(3, 1, 28, 28))
    assert result.output_shape == logits.shape
    assert result.flops == counter.get_total_flops()
    assert result.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert result.problem is None
    assert result.notice is None
    if not isinstance(spec, Stack):
        assert trace(model, 3) == result


def test_a_module_that_is_given_is_neither_changed_nor_copied():
    model = get_preset("cnn").stack.build(0).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    trace(model, 2)
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_a_layer_that_runs_twice_counts_its_parameters_once():
    layer = nn.Linear(28, 28)
    result = trace(nn.Sequential(layer, layer), 1)
    assert [item.parameters for item in result.layers] == [812, 0]
    assert result.parameters == 812


class Attention(nn.Module):
    """The 28 rows of an image look at each other."""

    def __init__(self, width=28):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        rows = x.squeeze(1)
        return self.fc(self.attention(rows, rows, rows)[0].flatten(1))


def test_attention_has_a_row_of_its_own_with_shapes_parameters_and_flops():
    model = Attention()
    result = trace(model, 2)
    assert [(layer.name, layer.output_shape) for layer in result.layers] == [
        ("attention", (2, 28, 28)),
        ("fc", (2, 10)),
    ]
    assert result.layers[0].input_shape == (2, 28, 28)
    assert result.layers[0].parameters == sum(value.numel() for value in model.attention.parameters())
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.train()(torch.zeros(2, 1, 28, 28))
    assert result.flops == counter.get_total_flops()
    assert sum(layer.parameters for layer in result.layers) == result.parameters


def test_attention_of_another_width_is_told_by_its_shape():
    problem = trace(Attention(32), 2).problem
    assert str(problem.refusal).startswith("MultiheadAttention() cannot take [2, 28, 28].")


def test_own_lines_of_forward_that_fail_are_not_blamed_on_the_layer_before():
    class Wrong(nn.Sequential):
        def forward(self, x):
            return super().forward(x) + torch.zeros(3, 3)

    problem = trace(Wrong(nn.Flatten(), nn.Linear(784, 10)), 2).problem
    assert problem.place == 2
    assert str(problem.refusal).startswith(
        "Linear(in_features=784, out_features=10, bias=True) gave [2, 10], and the lines of forward() after it fail."
    )


def test_table_goes_as_far_as_the_layer_that_fails_and_the_mend_is_offered():
    stack = Stack.parse("conv2d(1,16,3,padding=1), maxpool2d(2), flatten, linear(784,10)")
    result = trace(stack, 2)
    assert [layer.name for layer in result.layers] == ["0", "1", "2"]
    assert result.output_shape is None
    assert result.problem.place == 3
    assert str(result.problem.refusal) == (
        "Linear(784, 10) takes 784 features, and gets 3136: [2, 3136]. Set in_features = 3136."
    )
    assert result.problem.label == "in_features = 3136"
    assert trace(result.problem.mended, 2).output_shape == (2, 10)


@pytest.mark.parametrize(
    ("text", "words", "label"),
    [
        (
            "linear(784,10)",
            "Linear(784, 10) takes rows of 784 features, and gets [2, 1, 28, 28]. Put Flatten() before it.",
            "+ Flatten()",
        ),
        (
            "conv2d(3,8,3)",
            "Conv2d(3, 8, 3) takes 3 channels, and gets 1: [2, 1, 28, 28]. Set in_channels = 1.",
            "in_channels = 1",
        ),
        (
            "conv2d(1,8,3), conv2d(1,8,3)",
            "Conv2d(1, 8, 3) takes 1 channel, and gets 8: [2, 8, 26, 26]. Set in_channels = 8.",
            "in_channels = 8",
        ),
        (
            "flatten, conv2d(1,8,3)",
            "Conv2d(1, 8, 3) takes pictures [N, C, H, W], and gets [2, 784]. Put Unflatten(1, (1, 28, 28)) before it.",
            "+ Unflatten(1, (1, 28, 28))",
        ),
        (
            "conv2d(1,8,64)",
            "Conv2d(1, 8, 64) looks through a window of 64, larger than the picture it gets: [2, 1, 28, 28]."
            " Set kernel_size = 28.",
            "kernel_size = 28",
        ),
        (
            "maxpool2d(28), maxpool2d(2)",
            "MaxPool2d(2) looks through a window of 2, larger than the picture it gets: [2, 1, 1, 1]."
            " Set kernel_size = 1.",
            "kernel_size = 1",
        ),
        (
            "batchnorm2d(32)",
            "BatchNorm2d(32) takes 32 features or channels, and gets 1: [2, 1, 28, 28]. Set num_features = 1.",
            "num_features = 1",
        ),
        (
            "flatten, batchnorm2d(32)",
            "BatchNorm2d(32) takes pictures [N, C, H, W], and gets [2, 784]. Use BatchNorm1d(784) instead.",
            "BatchNorm1d(784)",
        ),
        (
            "batchnorm1d(1)",
            "BatchNorm1d(1) takes rows [N, features], and gets [2, 1, 28, 28]. Use BatchNorm2d(1) instead.",
            "BatchNorm2d(1)",
        ),
        (
            "layernorm((3,28))",
            "LayerNorm((3, 28)) takes inputs that end with (3, 28), and gets [2, 1, 28, 28]."
            " Set normalized_shape = (28, 28).",
            "normalized_shape = (28, 28)",
        ),
        (
            "flatten, unflatten(1,(1,27,27))",
            "Unflatten(1, (1, 27, 27)) folds an axis of 729, and that axis has 784: [2, 784]."
            " Set unflattened_size = (1, 28, 28).",
            "unflattened_size = (1, 28, 28)",
        ),
        (
            "flatten, dropout2d(0.2)",
            "Dropout2d(p=0.2) drops whole channels of pictures [N, C, H, W], and gets [2, 784]."
            " Use Dropout(p=0.2) instead.",
            "Dropout(p=0.2)",
        ),
        (
            "flatten, softmax(3)",
            "Softmax(3) works along axis 3, and gets [2, 784], whose last axis is number 1. Set dim = 1.",
            "dim = 1",
        ),
    ],
)
def test_every_mismatch_is_said_in_words_and_its_mend_brings_the_batch_through(text, words, label):
    problem = trace(Stack.parse(text), 2).problem
    assert str(problem.refusal) == words
    assert problem.label == label
    assert trace(problem.mended, 2).problem is None


@pytest.mark.parametrize(
    ("text", "label", "mended"),
    [
        ("flatten, linear(784,128)", "out_features = 10", "flatten, linear(784,10)"),
        ("flatten, linear(784,128), relu", "+ Linear(128, 10)", "flatten, linear(784,128), relu, linear(128,10)"),
        ("maxpool2d(2)", "+ Flatten(), Linear(196, 10)", "maxpool2d(2), flatten, linear(196,10)"),
        ("flatten, linear(784,10), softmax(1)", "− Softmax(1)", "flatten, linear(784,10)"),
        ("flatten, linear(784,10), relu", "− ReLU()", "flatten, linear(784,10)"),
        ("flatten, linear(784,10), sigmoid, flatten", "− Sigmoid()", "flatten, linear(784,10), flatten"),
        ("flatten, linear(784,10), tanh, identity", "− Tanh()", "flatten, linear(784,10), identity"),
    ],
)
def test_an_output_that_is_not_ten_logits_is_noticed_and_mended(text, label, mended):
    result = trace(Stack.parse(text), 2)
    assert result.problem is None
    assert result.notice.label == label
    assert str(result.notice.mended) == mended
    assert trace(result.notice.mended, 2).notice is None


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (
            "relu",
            "ReLU() stands on the logits: those below 0 become 0 without a gradient, so a class can stop learning.",
        ),
        ("sigmoid", "Sigmoid() stands on the logits: they stay between 0 and 1, and the loss never falls below 1.46."),
        ("tanh", "Tanh() stands on the logits: they stay between -1 and 1, and the loss never falls below 0.797."),
    ],
)
def test_what_stands_on_the_logits_of_a_stack_is_named_with_what_it_does(last, sentence):
    notice = trace(Stack.parse(f"flatten, linear(784,10), {last}"), 2).notice
    assert str(notice.refusal).startswith(sentence)


@pytest.mark.parametrize("last", ["leakyrelu", "gelu", "batchnorm1d(10)", "dropout(0.1)", "identity"])
def test_what_lets_logits_reach_all_numbers_is_left_in_peace(last):
    assert trace(Stack.parse(f"flatten, linear(784,10), {last}"), 2).notice is None


def test_a_network_with_nothing_to_learn_is_noticed():
    notice = trace(Stack.parse("adaptiveavgpool2d((2,5)), flatten"), 2).notice
    assert str(notice.refusal).startswith("The network has no parameters: there is nothing to train.")
    assert notice.mended is None


@pytest.mark.parametrize(
    ("kind", "shape", "layer"),
    [
        ("Linear", (2, 3136), "linear(3136,128)"),
        ("Conv2d", (2, 16, 14, 14), "conv2d(16,32,3)"),
        ("BatchNorm1d", (2, 128), "batchnorm1d(128)"),
        ("LayerNorm", (2, 300), "layernorm(300)"),
        ("BatchNorm2d", (2, 128), "batchnorm2d(32)"),
        ("ReLU", (2, 128), "relu"),
    ],
)
def test_a_new_layer_begins_with_sizes_that_fit_where_they_can(kind, shape, layer):
    assert str(fit_layer(kind, Shape(shape))) == layer


@given(st.lists(layers(), min_size=1, max_size=6).map(lambda chosen: Stack(tuple(chosen))))
@settings(deadline=None, max_examples=150)
def test_mending_again_and_again_ends_in_a_network_that_really_runs(stack):
    for _ in range(40):
        result = trace(stack, 2)
        wrong = result.problem or result.notice
        if wrong is None or wrong.mended is None:
            break
        stack = wrong.mended
    else:
        pytest.fail(f"never ends: {stack}")
    if wrong is None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert stack.build(0).train()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


@pytest.mark.parametrize("batch", [0, -1, MAX_BATCH + 1, 2.5, True, None])
def test_a_batch_out_of_range_is_refused_with_the_value(batch):
    with pytest.raises(StackError, match=f"The batch has {batch} images. Choose a whole number from 1 to {MAX_BATCH}."):
        trace(get_preset("mlp").stack, batch)


def test_more_memory_than_allowed_is_a_problem_and_takes_none():
    problem = trace(Stack.parse("conv2d(1,4096,3,padding=1), relu"), 512).problem
    assert problem.place == 0
    assert "takes 6,577 MB, and 537 MB are the limit. Choose a smaller batch, at most 41." in str(problem.refusal)
    assert trace(Stack.parse("conv2d(1,4096,3,padding=1), flatten"), 20).problem is None


def test_any_module_that_fails_is_told_by_its_layer_and_its_shape():
    problem = trace(ReadyMade("residual").build(0), 2, (3, 32, 32)).problem
    assert str(problem.refusal).startswith(
        "Conv2d(1, 16, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1)) cannot take"
    )
    assert problem.mended is None
