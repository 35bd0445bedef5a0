"""The softmax step by step and the loss, against torch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from netcore.errors import StackError
from netcore.model.softmax import cross_entropy, softmax_steps

LOGITS = st.lists(st.floats(-200, 200, width=32), min_size=2, max_size=12)


@given(logits=LOGITS)
def test_steps_and_loss_are_those_of_torch(logits):
    steps = softmax_steps(logits)
    tensor = torch.tensor(logits, dtype=torch.float64)
    assert steps.probabilities == pytest.approx(tensor.softmax(0).tolist(), rel=1e-12)
    for label in range(len(logits)):
        expected = functional.cross_entropy(tensor, torch.tensor(label)).item()
        assert steps.loss(label) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert steps.loss(label) == pytest.approx(cross_entropy([logits], [label]), rel=1e-9, abs=1e-12)
    assert max(steps.shifted) == 0
    assert sum(steps.exponentials) == pytest.approx(steps.total)


def test_logits_too_large_for_exp_have_a_softmax_and_a_loss():
    steps = softmax_steps([1000.0, 0.0])
    assert steps.probabilities == (1.0, 0.0)
    assert steps.loss(1) == 1000.0


def test_the_loss_of_a_batch_is_the_mean():
    logits, labels = [[1.0, 2.0], [0.0, 3.0]], [0, 1]
    losses = [softmax_steps(row).loss(label) for row, label in zip(logits, labels, strict=True)]
    assert cross_entropy(logits, labels) == pytest.approx(sum(losses) / 2)


def test_logits_that_are_no_numbers_are_refused_in_words():
    with pytest.raises(StackError, match=r"^The logits 1, nan are not all numbers, and have no softmax\. Take other"):
        softmax_steps([1.0, float("nan")])
