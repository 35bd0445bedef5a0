"""What a class draws at random in eval() too is found at its line, and mended where the function takes the mode."""

import pytest
import torch

from netcore.model.custom.source import CustomSource
from netcore.model.modes import compare_modes
from netcore.model.xray.ignored_modes import find_ignored_modes

CLASS = """\
import torch
import torch.nn.functional as F
from torch import nn


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 32)
        self.fc2 = nn.Linear(32, 10)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        x = self.fc1(x.flatten(1))
        {line}
        return self.fc2(x)
"""


pytestmark = pytest.mark.usefixtures("here")


def noisy(line):
    return CustomSource(CLASS.format(line=line))


def spread(network):
    return compare_modes(network.build(0), torch.rand(2, 1, 28, 28), 5)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x = F.dropout(x)", "F.dropout(x)"),
        ("x = F.relu(F.dropout(x, 0.5))", "F.dropout(x, 0.5)"),
        ("x = F.dropout(x, p=0.2, training=True)", "F.dropout(x, p=0.2, training=True)"),
        ("x = F.dropout(x, 0.2, True)", "F.dropout(x, 0.2, True)"),
        ("x = F.alpha_dropout(x, 0.2, True)", "F.alpha_dropout(x, 0.2, True)"),
        ("x = nn.functional.dropout(x, 0.5)", "nn.functional.dropout(x, 0.5)"),
    ],
)
def test_a_function_that_takes_the_mode_is_named_and_told(line, words):
    (found,) = find_ignored_modes(noisy(line))
    assert (found.line, found.words, found.makes_layer) == (15, words, False)
    assert found.label == "training=self.training"
    assert "training=self.training" in found.mended.source or ", self.training)" in found.mended.source
    assert spread(noisy(line)).verdict == "ignored"
    mended = spread(found.mended)
    assert (mended.verdict, mended.eval_spread) == ("cloud", 0.0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x = x + 0.1 * torch.randn_like(x)", "torch.randn_like(x)"),
        ("x = nn.Dropout(0.5)(x)", "nn.Dropout(0.5)(x)"),
        ("x = x * torch.bernoulli(torch.full_like(x, 0.5))", "torch.bernoulli(torch.full_like(x, 0.5))"),
    ],
)
def test_other_noise_is_named_at_its_line(line, words):
    (found,) = find_ignored_modes(noisy(line))
    assert (found.line, found.words, found.mended) == (15, words, None)
    assert spread(noisy(line)).verdict == "ignored"


def test_a_layer_that_is_made_at_every_call_is_named_as_one():
    found = find_ignored_modes(noisy("x = nn.Linear(32, 32)(x)"))
    assert {(item.words, item.makes_layer) for item in found} == {("nn.Linear(32, 32)", True)}


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("x = self.drop(x)", "cloud"),
        ("x = F.dropout(x, 0.5, training=self.training)", "cloud"),
        ("x = x + torch.randn_like(x) if self.training else x", "cloud"),
        ("x = x * 0.5 if self.training else x", "shift"),
        ("x = F.relu(x)", "same"),
    ],
)
def test_what_asks_for_the_mode_is_not_named_and_the_verdict_is_what_was_measured(line, verdict):
    assert find_ignored_modes(noisy(line)) == ()
    assert spread(noisy(line)).verdict == verdict
