"""Inside a network: its tensors, and what train() and eval() change."""

import copy

import pytest
import torch
from torch import nn

from netcore.errors import StackError
from netcore.model.modes import MAX_EFFECTS, MAX_PASSES, ModeDependent, compare_modes, find_mode_dependent
from netcore.model.parameters import BINS, describe_parameter, describe_parameters, list_tensors
from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack


@pytest.fixture
def batch():
    return torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def test_parameters_are_told_by_name_shape_count_and_histogram():
    model = get_preset("mlp").stack.build(0)
    infos = describe_parameters(model)
    assert [(info.name, str(info.shape), info.count) for info in infos] == [
        ("1.weight", "[128, 784]", 100_352),
        ("1.bias", "[128]", 128),
        ("3.weight", "[10, 128]", 1_280),
        ("3.bias", "[10]", 10),
    ]
    weight = model[1].weight
    assert infos[0].mean == pytest.approx(weight.mean().item(), abs=1e-6)
    assert infos[0].std == pytest.approx(weight.std().item(), rel=1e-3)
    assert (infos[0].minimum, infos[0].maximum) == (weight.min().item(), weight.max().item())
    assert all(info.trainable and not info.buffer for info in infos)
    for info in infos:
        assert len(info.histogram.counts) == BINS
        assert sum(info.histogram.counts) == info.count


def test_buffers_stand_after_the_parameters_and_do_not_learn():
    infos = {info.name: info for info in describe_parameters(nn.BatchNorm1d(3))}
    assert list(infos) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert infos["running_var"].buffer
    assert not infos["running_var"].trainable
    assert infos["running_var"].histogram.counts[BINS // 2] == 3
    assert str(infos["num_batches_tracked"].shape) == "[]"


def test_frozen_parameters_are_flagged():
    trainable = {info.name: info.trainable for info in describe_parameters(ReadyMade("frozen").build(0))}
    assert trainable == {"backbone.0.weight": False, "backbone.0.bias": False, "head.weight": True, "head.bias": True}


def test_weights_that_are_not_finite_are_described_all_the_same():
    layer = nn.Linear(2, 1)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[float("nan"), 1.0]]))
        layer.bias.fill_(float("inf"))
    weight, bias = describe_parameters(layer)
    assert weight.mean != weight.mean
    assert sum(weight.histogram.counts) == 1
    assert bias.maximum == float("inf")
    assert sum(bias.histogram.counts) == 0


def test_one_tensor_is_told_as_all_of_them_are_and_the_list_names_the_same():
    model = Stack.parse("flatten, linear(784,1500), batchnorm1d(1500), linear(1500,10)").build(0)
    infos = describe_parameters(model)
    assert [(entry.name, entry.shape, entry.count, entry.buffer) for entry in list_tensors(model)] == [
        (info.name, info.shape, info.count, info.buffer) for info in infos
    ]
    for info in infos:
        assert describe_parameter(model, info.name) == info
    large = model[1].weight.detach().double()
    assert (infos[0].mean, infos[0].std) == pytest.approx((large.mean().item(), large.std().item()), rel=1e-5)
    with pytest.raises(KeyError):
        describe_parameter(model, "9.weight")


def test_dropout_scatters_the_logits_in_train_and_not_in_eval(batch):
    model = get_preset("mlp_dropout").stack.build(0)
    comparison = compare_modes(model, batch, 10)
    assert comparison.train_spread > 0.01
    assert comparison.eval_spread == 0
    assert (len(comparison.train_logits), len(comparison.train_logits[0])) == (10, 10)
    assert [(layer.name, layer.kind) for layer in comparison.layers] == [("3", "Dropout"), ("6", "Dropout")]
    assert comparison.statistics == ()
    assert compare_modes(model, batch, 10) == comparison
    assert compare_modes(model, batch, 10, seed=1) != comparison


def test_batch_norm_moves_its_statistics_in_train_and_the_model_that_was_given_stays(batch):
    model = get_preset("cnn").stack.build(0)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    comparison = compare_modes(model, batch, 3)
    first = comparison.statistics[0]
    assert (first.name, len(first.mean_before)) == ("1", 16)
    assert first.mean_before == (0.0,) * 16
    assert first.mean_after != first.mean_before
    assert first.variance_after != first.variance_before
    assert comparison.train_spread == 0
    assert comparison.difference > 0.01
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert model.training


def test_each_layer_is_tried_alone_and_says_what_it_does(batch):
    model = Stack.parse(
        "flatten, linear(784,16), batchnorm1d(16), dropout(p=0), dropout(p=0.5), linear(16,10), batchnorm1d(10)"
    ).build(0)
    norm, idle, drop, last = compare_modes(model, batch, 5).effects
    assert [effect.layer.name for effect in (norm, idle, drop, last)] == ["2", "3", "4", "6"]
    assert norm.spread == 0 < norm.difference
    assert (idle.spread, idle.difference) == (0, 0)
    assert drop.spread > 0.1
    assert last.difference > 0
    alone = copy.deepcopy(model).eval()
    with torch.inference_mode():
        before = alone(batch)
        alone[6].train()
        assert last.difference == pytest.approx((alone(batch) - before).abs().max().item())


def test_a_network_that_asks_for_the_mode_itself_is_tried_without_its_layers(batch):
    (effect,) = compare_modes(ReadyMade("conditional").build(0), batch, 3).effects
    assert effect.layer == ModeDependent("", "SkipInTraining")
    assert effect.difference > 0


def test_no_more_layers_than_the_limit_are_tried_alone(batch):
    model = Stack.parse("flatten, " + "dropout(p=0.1), " * (MAX_EFFECTS + 3) + "linear(784,10)").build(0)
    comparison = compare_modes(model, batch, 2)
    assert (len(comparison.layers), len(comparison.effects)) == (MAX_EFFECTS + 3, MAX_EFFECTS)


def test_without_dropout_and_batch_norm_the_mode_changes_nothing(batch):
    comparison = compare_modes(get_preset("mlp").stack.build(0), batch, 2)
    assert (comparison.difference, comparison.train_spread, comparison.layers) == (0, 0, ())


def test_a_class_that_asks_for_the_mode_is_found():
    found = find_mode_dependent(ReadyMade("conditional").build(0))
    assert [(layer.name, layer.kind) for layer in found] == [("", "SkipInTraining")]


def test_batch_norm_with_a_batch_of_one_is_explained():
    model = Stack.parse("flatten, linear(784,4), batchnorm1d(4), linear(4,10)").build(0)
    with pytest.raises(StackError) as caught:
        compare_modes(model, torch.rand(1, 1, 28, 28), 2)
    assert str(caught.value) == (
        "In train(), BatchNorm1d normalises by the spread of the batch, and [1, 4] has one value a feature. "
        "Take a batch of 2 images or more, or switch to eval()."
    )


@pytest.mark.parametrize("passes", [0, MAX_PASSES + 1, 1.5, True])
def test_passes_out_of_range_are_refused(passes, batch):
    with pytest.raises(StackError, match=f"The comparison has {passes} passes."):
        compare_modes(get_preset("mlp").stack.build(0), batch, passes)
