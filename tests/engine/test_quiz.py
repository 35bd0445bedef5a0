"""Questions about a network: one right answer among wrong ones, whatever the network."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netcore.errors import StackError
from netcore.model.parameters import describe_parameters
from netcore.model.presets import list_presets
from netcore.model.quiz import ask_parameters, ask_shape, draw_learning_layer
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack
from netcore.model.trace import trace
from tests.engine.model_strategies import layers

NETWORKS = [preset.stack for preset in list_presets()] + [ReadyMade("residual"), ReadyMade("two_heads")]


def tensors_of(network, layer):
    infos = describe_parameters(network.build(0))
    return [info.shape for info in infos if info.name.startswith(f"{layer.name}.") and not info.buffer]


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_four_different_options_hold_the_right_one(network, seed):
    traced = trace(network)
    shape = ask_shape(traced, seed)
    assert shape.answer == shape.layer.output_shape
    layer = draw_learning_layer(traced, seed)
    count = ask_parameters(traced, tensors_of(network, layer), layer, seed)
    assert count.answer == layer.parameters > 0
    for question in (shape, count):
        assert len(set(question.options)) == 4
        assert question.answer in question.options


@given(stack=st.lists(layers(), min_size=1, max_size=3).map(tuple), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_any_stack_gives_questions_with_different_options_or_none(stack, seed):
    try:
        traced = trace(Stack(stack))
    except StackError:
        return
    question = ask_shape(traced, seed)
    if question is None:
        assert not traced.layers
        return
    assert len(set(question.options)) == 4
    assert all(all(size > 0 for size in shape) for shape in question.options if shape != question.answer)


def test_forgetting_the_bias_is_among_the_options():
    network = Stack.parse("flatten, linear(784,10)")
    traced = trace(network)
    layer = draw_learning_layer(traced, 0)
    assert 7840 in ask_parameters(traced, tensors_of(network, layer), layer, 0).options


def test_the_right_option_is_not_always_at_the_same_place():
    traced = trace(NETWORKS[0])
    places = {(question := ask_shape(traced, seed)).options.index(question.answer) for seed in range(20)}
    assert len(places) == 4


def test_a_network_without_parameters_or_layers_that_run_is_not_asked_about_them():
    assert draw_learning_layer(trace(Stack.parse("flatten, relu")), 0) is None
    assert ask_shape(trace(Stack.parse("linear(3, 4)")), 0) is None
