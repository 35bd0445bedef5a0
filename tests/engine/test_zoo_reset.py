"""The reset loop reaches what it reaches, and the report says what that is."""

import torch
from torch import nn
from torchvision import models

from netcore.zoo.reset import reset_weights
from netcore.zoo.weights import build_architecture, find_entry


def test_layers_with_reset_parameters_draw_new_weights_and_the_rest_is_named():
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    before = model[1].weight.clone()
    report = reset_weights(model)
    assert [(layer.name, layer.kind, layer.parameters) for layer in report.reset] == [
        ("1", "Linear", 100_480),
        ("3", "Linear", 1290),
    ]
    assert report.nothing_to_reset == (("Flatten", 1), ("ReLU", 1))
    assert (report.missed, report.total_parameters) == ((), 101_770)
    assert not torch.equal(model[1].weight, before)


def test_a_vision_transformer_keeps_a_quarter_of_its_weights():
    report = reset_weights(build_architecture(find_entry("vit_b_16")))
    names = [parameter.name for parameter in report.missed]
    assert names[:2] == ["class_token", "encoder.pos_embedding"]
    assert sum(name.endswith("in_proj_weight") for name in names) == 12
    assert report.missed[2].owner == "MultiheadAttention"
    assert (report.missed_parameters, report.total_parameters) == (21_413_376, 86_567_656)


def test_batchnorm_forgets_its_running_statistics_too():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    model[1].running_mean.fill_(7)
    report = reset_weights(model)
    assert (report.reset_buffers, report.kept_buffers) == (9, 0)
    assert model[1].running_mean.tolist() == [0, 0, 0, 0]


def test_other_buffers_are_counted_as_kept_also_those_of_a_layer_that_is_reset():
    model = nn.Sequential(nn.Linear(2, 2))
    model[0].register_buffer("scale", torch.ones(3))
    model.register_buffer("offset", torch.ones(5))
    report = reset_weights(model)
    assert (report.reset_buffers, report.kept_buffers) == (0, 8)


def test_shared_weights_are_counted_once():
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)
    second.weight = first.weight
    assert reset_weights(nn.Sequential(first, second)).total_parameters == 24


def test_the_same_seed_gives_the_same_weights_and_leaves_torchs_generator_alone():
    first, second, third = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
    state = torch.get_rng_state()
    reset_weights(first, seed=1)
    reset_weights(second, seed=1)
    reset_weights(third, seed=2)
    assert torch.equal(first.weight, second.weight)
    assert not torch.equal(first.weight, third.weight)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_report_agrees_with_what_really_changed():
    model = models.squeezenet1_0(weights=None)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(9)
    report = reset_weights(model)
    assert (report.missed, report.total_parameters) == ((), find_entry("squeezenet1_0").parameters)
    assert all((parameter != 9).any() for parameter in model.parameters())
