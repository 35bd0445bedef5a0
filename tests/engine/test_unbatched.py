"""What a network does with an image without its batch axis: word for word what torch says, and the shapes that met."""

import pytest
import torch

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.forward import to_input
from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack
from netcore.model.unbatched import Unbatched, call_unbatched
from tests.engine.custom_help import write_class

pytestmark = pytest.mark.usefixtures("nursery")

DIGIT = load_mnist("test").images[0]


def call(network):
    return call_unbatched(network.build(0), image=pack(DIGIT), mode="eval", seed=0)


@pytest.mark.parametrize(
    ("network", "last"),
    [
        (get_preset("lenet5").stack, ("Linear(in_features=400, out_features=120, bias=True)", (16, 25), (1, 400))),
        (get_preset("cnn").stack, None),
        (ReadyMade("features_classifier"), None),
    ],
    ids=["lenet5", "cnn", "class"],
)
def test_the_error_is_the_one_of_the_plain_line_and_the_layer_is_named(network, last):
    with pytest.raises((RuntimeError, ValueError)) as plain, torch.inference_mode():
        network.build(0).eval()(to_input(DIGIT[None])[0])
    found = call(network)
    assert found.verdict == "error"
    assert found.error == f"{type(plain.value).__name__}: {plain.value}"
    assert found.raised_inside
    step = found.steps[-1]
    assert step.shape != step.expected
    assert last is None or (step.code, step.shape, step.expected) == last


def test_where_flatten_takes_the_channel_for_the_batch_the_numbers_are_the_same():
    found = call(get_preset("mlp").stack)
    assert (found.verdict, found.error, found.shape) == ("the same", "", (1, 10))
    assert all(step.shape[0] == 1 for step in found.steps)


@pytest.mark.parametrize(("stack", "shape"), [("linear(28,10)", (1, 28, 10)), ("conv2d(1,10,28)", (10, 1, 1))])
def test_an_output_of_another_shape_is_told_with_its_shape(stack, shape):
    found = call(Stack.parse(stack))
    assert (found.verdict, found.shape) == ("another shape", shape)


def ask(network):
    given = {"image": pack(DIGIT), "mode": "eval", "seed": 0}
    return confined.ask(Unbatched, "netcore.model.unbatched:call_unbatched", network, **given)


def test_a_class_is_called_in_a_confined_process_and_what_it_gives_is_told_though_it_is_no_batch():
    found = ask(CustomSource(write_class("self.conv = nn.Conv2d(1, 16, 28)", "return self.conv(x).flatten(1)")))
    assert (found.verdict, found.shape) == ("another shape", (16, 1))


def test_a_class_that_fails_in_its_own_lines_says_so():
    found = ask(
        CustomSource(
            write_class("self.fc = nn.Linear(784, 10)", "return self.fc(x.reshape(len(x), 1, 784))[:, 0, 0, 0]")
        )
    )
    assert found.verdict == "error"
    assert found.error.startswith("IndexError: too many indices")
    assert not found.raised_inside


def test_the_network_that_was_given_keeps_its_mode_and_gets_no_hooks():
    model = get_preset("cnn").stack.build(0).eval()
    call_unbatched(model, image=pack(DIGIT), mode="train", seed=0)
    assert not model.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
