"""A change in place that the backward pass refuses stands at its line, with a mend; one that is right stays silent."""

import pytest

from netcore.errors import CodeError, StackError
from netcore.model.custom.source import CustomSource
from netcore.model.xray.failure import explain_failure
from netcore.model.xray.inspection import inspect_source
from netcore.training.readiness import check_network
from tests.engine.good_classes import wrap
from tests.engine.training_help import small_config

pytestmark = pytest.mark.usefixtures("here")

SENTENCE = "h += 1 changes h in place, and the backward pass needs the values from before. Write h = h + 1."
LOGITS = "h = self.fc(x.flatten(1))\n"
LAST = "self.last = nn.Linear(10, 10)"
IN_PLACE = f"{LAST}\nself.act = nn.ReLU(inplace=True)"
END = "\nreturn self.last(h)"
BROKEN = {
    "sum after sigmoid": (LAST, LOGITS + "h = h.sigmoid()\nh += 1" + END, "h += 1", "h = h + 1"),
    "product after tanh": (LAST, LOGITS + "h = torch.tanh(h)\nh *= 2 - 1" + END, "h *= ", "h = h * (2 - 1)"),
    "item": (LAST, LOGITS + "h = h.exp()\nh[:, 0] = 0" + END, "h[:, 0]", "h = h.clone()"),
    "item, added": (LAST, LOGITS + "h = h.exp()\nh[:, 0] += 1" + END, "h[:, 0]", "h = h.clone()"),
    "method": (LAST, LOGITS + "h = h.sigmoid()\nh.mul_(2)" + END, "h.mul_", "h = h.mul(2)"),
    "method in a line": (LAST, LOGITS + "h = h.exp()\nreturn self.last(h.clamp_(0, 1))", "h.clamp_", "h.clamp(0, 1)"),
    "function": (LAST, LOGITS + "h = F.relu(h.sigmoid(), inplace=True)" + END, "F.relu", "− inplace=True"),
    "layer": (IN_PLACE, LOGITS + "h = self.act(h.sigmoid())" + END, "nn.ReLU", "− inplace=True"),
    "several views": ("", LOGITS + "a, b = h.chunk(2, 1)\na += 1\nreturn torch.cat([a, b], 1)", "a += 1", "a = a + 1"),
}


@pytest.mark.parametrize(("init", "forward", "at", "label"), BROKEN.values(), ids=BROKEN)
def test_a_change_in_place_stands_at_its_line_with_a_mend_that_helps(init, forward, at, label):
    network = CustomSource(wrap(init, forward))
    notice = inspect_source(network, 2).notice
    assert at in network.source.splitlines()[notice.line - 1]
    assert "in place" in str(notice.refusal)
    assert notice.label == label
    assert inspect_source(notice.mended, 2).notice is None
    assert check_network(notice.mended.build(0), small_config()) == "contiguous"


def test_the_training_says_the_same_sentence_as_the_model_page():
    network = CustomSource(wrap(*BROKEN["sum after sigmoid"][:2]))
    with pytest.raises(StackError) as caught:
        check_network(network.build(0), small_config())
    said = explain_failure(network, caught.value)
    assert str(said) == str(inspect_source(network).notice.refusal)
    assert SENTENCE in str(said)


def test_a_parameter_that_forward_changes_gets_no_mend_that_fails():
    network = CustomSource(wrap("", "self.fc.weight *= 0.5"))
    notice = inspect_source(network).notice
    assert "changes the parameter self.fc.weight in place, and only the optimizer may do that" in str(notice.refusal)
    assert notice.mended is None


@pytest.mark.parametrize(
    "forward",
    [
        "x = x.flatten(1)\nx += 1\nx = x.view(-1, 1, 28, 28)",
        "h = self.fc(x.flatten(1))\nh += 1\nh[:, 0] = 0\nreturn h",
        "y = x.clone()\ny[:, :, 0] = 0\nx = x + y",
        LOGITS + "h = F.relu(h, inplace=True)\nunused = h.exp()\nunused += 1\nreturn h + self.fc(x.flatten(1))",
    ],
)
def test_a_change_in_place_that_autograd_bears_is_silent(forward):
    trace = inspect_source(CustomSource(wrap("", forward)))
    assert trace.problem is None
    assert trace.notice is None


def test_a_tensor_kept_from_the_batch_before_is_explained():
    network = CustomSource(wrap("self.before = 0.0", LOGITS + "h = h + self.before\nself.before = h.mean()\nreturn h"))
    with pytest.raises(StackError) as caught:
        check_network(network.build(0), small_config())
    said = explain_failure(network, caught.value)
    assert isinstance(said, CodeError)
    assert "computed for an earlier batch" in str(said)
