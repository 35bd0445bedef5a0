"""The arithmetic that is told for a number comes to the number that the layer gave, whatever its settings."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from netcore.model.inside.arithmetic import PRODUCTS, TERMS, explain
from netcore.seeds import seeded

pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
seeds = st.integers(0, 2**16)


def pick(data, output):
    return tuple(data.draw(st.integers(0, size - 1)) for size in output.shape)


def assert_told(module, x, place, flattens=()):
    output = module(x)
    origin = explain(module, x, output, place, flattens)
    assert origin.value == pytest.approx(output[place].item(), rel=1e-4, abs=1e-5, nan_ok=True)
    return origin


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    groups=st.integers(1, 3),
    per_group=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    kernel=pairs,
    stride=pairs,
    dilation=pairs,
    padding=st.one_of(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.sampled_from(["same", "valid"])),
    mode=st.sampled_from(["zeros", "reflect", "replicate", "circular"]),
    bias=st.booleans(),
    seed=seeds,
)
def test_convolution_of_any_setting(data, groups, per_group, kernel, stride, dilation, padding, mode, bias, seed):
    with seeded(seed):
        module = nn.Conv2d(
            groups * per_group[0],
            groups * per_group[1],
            kernel,
            1 if padding == "same" else stride,
            padding,
            dilation,
            groups,
            bias,
            mode,
        )
        x = torch.randn(1, groups * per_group[0], 9, 8)
    output = module(x)
    origin = assert_told(module, x, pick(data, output))
    assert sum(product.total for product in origin.products) + origin.rest + origin.bias == pytest.approx(origin.value)
    for product in origin.products:
        cells = zip(product.window.values, product.kernel, strict=True)
        total = sum(a * b for values, weights in cells for a, b in zip(values, weights, strict=True))
        assert total == pytest.approx(product.total)
        if mode == "zeros":
            for row, values in zip(product.window.rows, product.window.values, strict=True):
                for column, value in zip(product.window.columns, values, strict=True):
                    inside = 0 <= row < 9 and 0 <= column < 8
                    assert value == (x[0, product.window.channel, row, column].item() if inside else 0)


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(), kernel=pairs, stride=pairs, dilation=pairs, ceil=st.booleans(), include=st.booleans(), seed=seeds
)
def test_pooling_of_any_setting(data, kernel, stride, dilation, ceil, include, seed):
    padding = tuple(data.draw(st.integers(0, size // 2)) for size in kernel)
    divisor = data.draw(st.none() | st.integers(1, 5))
    with seeded(seed):
        x = torch.randn(1, 2, 9, 8)
    for module in (
        nn.MaxPool2d(kernel, stride, padding, dilation, ceil_mode=ceil),
        nn.AvgPool2d(kernel, stride, padding, ceil, include, divisor),
    ):
        origin = assert_told(module, x, pick(data, module(x)))
        row, column = origin.winner
        values = origin.window.values
        assert values[row][column] == max(value for line in values for value in line)
        if origin.kind == "max":
            place = origin.window.rows[row], origin.window.columns[column]
            assert x[0, origin.window.channel, place[0], place[1]].item() == values[row][column]


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize("padding", [0, 1])
def test_the_last_windows_of_a_mean_end_where_the_padding_ends(padding, include):
    module = nn.AvgPool2d(3, 2, padding, ceil_mode=True, count_include_pad=include)
    x = torch.arange(72.0).reshape(1, 1, 9, 8)
    for row in range(module(x).shape[2]):
        for column in range(module(x).shape[3]):
            assert_told(module, x, (0, 0, row, column))


@settings(max_examples=40, deadline=None)
@given(data=st.data(), size=st.tuples(st.integers(1, 9), st.integers(1, 8)), seed=seeds)
def test_adaptive_pooling_to_any_size(data, size, seed):
    with seeded(seed):
        x = torch.randn(1, 2, 9, 8)
    for module in (nn.AdaptiveAvgPool2d(size), nn.AdaptiveMaxPool2d(size)):
        assert_told(module, x, pick(data, module(x)))


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    affine=st.booleans(),
    track=st.booleans(),
    train=st.booleans(),
    images=st.integers(2, 3),
    seed=seeds,
)
def test_batchnorm_in_both_modes(data, affine, track, train, images, seed):
    with seeded(seed):
        for module, shape in ((nn.BatchNorm2d, (images, 3, 4, 5)), (nn.BatchNorm1d, (images, 3))):
            norm = module(3, affine=affine, track_running_stats=track)
            for values in norm.state_dict().values():
                values.add_(torch.rand(()).to(values.dtype))
            x = torch.randn(shape)
            norm.train(train)
            origin = assert_told(norm, x, pick(data, x))
            assert origin.kind == ("norm_batch" if train or not track else "norm_running")


@settings(max_examples=40, deadline=None)
@given(data=st.data(), shape=st.sampled_from([(5,), (4, 5), (3, 4, 5)]), affine=st.booleans(), seed=seeds)
def test_layernorm_over_any_axes(data, shape, affine, seed):
    with seeded(seed):
        norm = nn.LayerNorm(shape, elementwise_affine=affine)
        x = torch.randn(1, 3, 4, 5)
    assert_told(norm, x, pick(data, x))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), features=st.integers(1, 40), bias=st.booleans(), tokens=st.booleans(), seed=seeds)
def test_linear_on_vectors_and_on_rows_of_them(data, features, bias, tokens, seed):
    with seeded(seed):
        module = nn.Linear(features, 3, bias)
        x = torch.randn(1, 4, features) if tokens else torch.randn(1, features)
    origin = assert_told(module, x, pick(data, module(x)))
    told = sum(term.value * term.weight for term in origin.terms)
    assert told + origin.rest + origin.bias == pytest.approx(origin.value, abs=1e-6)
    assert len(origin.terms) + origin.others == features
    sizes = [abs(term.value * term.weight) for term in origin.terms]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    "module",
    [
        nn.ReLU(),
        nn.ReLU(inplace=True),
        nn.LeakyReLU(0.2),
        nn.GELU(),
        nn.SiLU(),
        nn.ELU(0.7),
        nn.Tanh(),
        nn.Sigmoid(),
        nn.Softmax(1),
        nn.Softmax(-1),
        nn.Identity(),
        nn.Dropout(0.5).eval(),
        nn.Dropout(0.5),
        nn.Dropout2d(0.5),
        nn.Dropout(1.0),
        nn.Flatten(),
        nn.Unflatten(1, (2, 3)),
    ],
    ids=repr,
)
@given(data=st.data(), seed=seeds)
@settings(max_examples=15, deadline=None)
def test_functions_of_single_numbers_and_moves(module, data, seed):
    with seeded(seed):
        x = 5 * torch.randn(1, 6, 2, 3)
        before = x.clone()
        output = module(x)
    place = pick(data, output)
    origin = explain(module, before, output, place)
    assert origin.value == pytest.approx(output[place].item(), rel=1e-4, abs=1e-6)


def test_a_softmax_of_large_logits_is_told_without_an_overflow():
    origin = assert_told(nn.Softmax(1), torch.tensor([[1000.0, 999.0]]), (0, 0))
    assert origin.value == pytest.approx(1 / (1 + math.exp(-1)))


def test_flatten_says_on_which_map_and_where_the_number_stood():
    x = torch.arange(24.0).reshape(1, 2, 3, 4)
    origin = explain(nn.Flatten(), x, nn.Flatten()(x), (0, 17))
    assert dict(origin.numbers) == {"x": 17.0, "channel": 1, "row": 1, "column": 1}


def test_of_many_inputs_the_largest_parts_are_told_and_the_rest_is_summed():
    linear = assert_told(nn.Linear(300, 2), torch.randn(1, 300), (0, 1))
    assert (len(linear.terms), linear.others) == (TERMS, 300 - TERMS)
    convolved = assert_told(nn.Conv2d(40, 2, 3), torch.randn(1, 40, 5, 5), (0, 1, 2, 0))
    assert (len(convolved.products), convolved.others) == (PRODUCTS, 40 - PRODUCTS)


def test_a_linear_behind_feature_maps_has_pictures_as_weights():
    origin = assert_told(nn.Linear(2 * 3 * 4, 5), torch.randn(1, 24), (0, 4), flattens=(2, 3, 4))
    assert origin.weights.values.shape == origin.inputs.values.shape == (2, 3, 4)


@pytest.mark.parametrize("module", [nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.BatchNorm2d(1).eval(), nn.Linear(6, 2)])
def test_broken_numbers_are_carried_through(module):
    x = torch.full((1, 1, 6, 6), float("nan"))
    assert_told(module, x, (0, 0, 0, 0))


def test_of_a_kind_that_is_not_known_nothing_is_told():
    module = nn.ConvTranspose2d(1, 1, 2)
    x = torch.ones(1, 1, 3, 3)
    assert explain(module, x, module(x), (0, 0, 0, 0)) is None
