"""What a network says of every test digit: the same as the plain lines, for stacks, classes and bad weights."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from netcore.data.mnist import load_mnist
from netcore.errors import StackError
from netcore.model.class_form import class_definition
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.forward import to_input
from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack
from netcore.training.survey import Survey, survey
from tests.engine.training_help import few_digits

pytestmark = pytest.mark.usefixtures("nursery")

QUESTION = "netcore.training.survey:survey_mnist"


@pytest.mark.parametrize("network", [get_preset("cnn").stack, ReadyMade("residual")], ids=["stack", "class"])
def test_each_answer_is_that_of_the_plain_lines(network):
    digits = few_digits(250)
    found = survey(network.build(4), digits)
    with torch.inference_mode():
        logits = network.build(4).eval()(to_input(digits.images))
    assert found.predictions == tuple(logits.argmax(1).tolist())
    assert found.confidences == pytest.approx(logits.softmax(1).amax(1).tolist(), abs=1e-5)
    losses = functional.cross_entropy(logits, digits.labels, reduction="none")
    assert found.losses == pytest.approx(losses.tolist(), abs=1e-4)


def test_all_ten_thousand_are_asked_in_a_confined_process_of_a_stack_and_of_a_class():
    stack = Stack.parse("flatten, linear(784,128), relu, linear(128,10)")
    answers = [
        confined.ask(Survey, QUESTION, network, weights_seed=5)
        for network in (stack, CustomSource(class_definition(stack)))
    ]
    assert answers[0].predictions == answers[1].predictions
    with torch.inference_mode():
        expected = stack.build(5)(to_input(load_mnist("test").images)).argmax(1).tolist()
    assert sum(a != b for a, b in zip(answers[0].predictions, expected, strict=True)) <= 1


def test_weights_that_are_no_numbers_are_refused_in_words():
    model = get_preset("mlp").stack.build(0)
    nn.init.constant_(model[1].weight, float("nan"))
    with pytest.raises(
        StackError, match=r"^For 400 of the test digits, the network's logits are no numbers\. Take other"
    ):
        survey(model, few_digits())


def test_an_output_of_another_size_is_refused_in_words():
    model = Stack.parse("flatten, linear(784,12)").build(0)
    with pytest.raises(StackError, match=r"^The network makes \[400, 12\] of 400 digits. End with a layer"):
        survey(model, few_digits())
