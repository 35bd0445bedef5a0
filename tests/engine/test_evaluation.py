"""An evaluation counts right and finds what is hard."""

import math

import pytest
import torch
from torch import nn

from netcore.data.mnist import load_mnist
from netcore.training.evaluation import evaluate
from tests.engine.training_help import HARD, few_digits


class AlwaysThree(nn.Module):
    def forward(self, batch):
        return torch.tensor([0.0, 0, 0, 2, 0, 0, 0, 0, 0, 0]).expand(len(batch), 10)


def test_a_network_that_always_says_three_is_right_for_the_threes_only():
    digits = load_mnist("test")
    evaluation = evaluate(AlwaysThree(), digits, hardest=3)
    threes = int((digits.labels == 3).sum())
    assert evaluation.accuracy == pytest.approx(threes / 10_000)
    assert [row[3] for row in evaluation.confusion] == digits.labels.bincount().tolist()
    assert sum(map(sum, evaluation.confusion)) == 10_000
    right, wrong = math.log(math.e**2 + 9) - 2, math.log(math.e**2 + 9)
    assert evaluation.loss == pytest.approx((threes * right + (10_000 - threes) * wrong) / 10_000, rel=1e-5)


def test_the_hardest_samples_come_first_and_are_wrong():
    digits = few_digits()
    evaluation = evaluate(AlwaysThree(), digits, hardest=5)
    assert len(evaluation.hardest) == 5
    for sample in evaluation.hardest:
        assert sample.predicted == 3 != sample.label == digits.labels[sample.index]
        assert sample.probability == pytest.approx(1 / (math.e**2 + 9))
    assert len(evaluate(AlwaysThree(), few_digits(2)).hardest) == 2


def test_a_network_is_left_in_the_mode_and_the_state_it_was_in():
    model = HARD.build(0)
    before = model[1].running_mean.clone()
    evaluate(model, few_digits(50))
    assert model.training
    assert torch.equal(model[1].running_mean, before)
