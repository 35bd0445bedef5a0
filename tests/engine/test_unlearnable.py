"""Classes that run and cannot learn what they should are named, with line and reason; good ones are left in peace."""

import pytest

from netcore.model.custom.source import CustomSource
from netcore.model.xray.edits import apply_edits
from netcore.model.xray.unlearnable import find_unlearnable
from tests.engine.custom_help import write_class

pytestmark = pytest.mark.usefixtures("here")

LAYERS = """
    self.fc1 = nn.Linear(784, 32)
    self.fc2 = nn.Linear(32, 10)
    self.softmax = nn.Softmax(dim=1)
    self.last = nn.Sigmoid()
"""
BODY = "x = F.relu(self.fc1(x.flatten(1)))\n"


def find(init, forward):
    found = find_unlearnable(CustomSource(write_class(init, forward)))
    return found and (found.line, found.what.format_map(dict(found.values)), found.label)


@pytest.mark.parametrize(
    ("forward", "line", "function", "reason"),
    [
        ("return F.softmax(self.fc2(x), dim=1)", 16, "F.softmax(self.fc2(x), dim=1)", "never falls below 1.46"),
        ("x = self.softmax(self.fc2(x))\nreturn x.view(-1, 10)", 16, "self.softmax(self.fc2(x))", "between 0 and 1"),
        ("x = torch.sigmoid(self.fc2(x))\nreturn x.reshape(len(x), 10)", 16, "torch.sigmoid(self.fc2(x))", "1.46"),
        ("return self.last(self.fc2(x))", 16, "self.last(self.fc2(x))", "between 0 and 1"),
        ("return self.fc2(x).tanh()", 16, "self.fc2(x).tanh()", "between -1 and 1"),
        ("return F.relu(self.fc2(x))", 16, "F.relu(self.fc2(x))", "a class can stop learning"),
        ("return F.relu6(self.fc2(x)).squeeze()", 16, "F.relu6(self.fc2(x))", "between 0 and 6"),
        ("return nn.ReLU()(self.fc2(x)).unsqueeze(0)[0]", 16, "nn.ReLU()(self.fc2(x))", "a class can stop learning"),
    ],
)
def test_a_function_that_bounds_the_logits_is_named_also_behind_views(forward, line, function, reason):
    found = find(LAYERS, BODY + forward)
    assert found[0] == line
    assert found[1].startswith(f"{function} stands on the logits: ")
    assert reason in found[1]
    assert found[2].startswith("− ")


@pytest.mark.parametrize(
    ("forward", "spread"),
    [
        ("x = torch.exp(self.fc2(x))\nreturn x / x.sum(dim=1, keepdim=True)", "1"),
        ("return F.softmax(self.fc2(x), dim=1) + 0", "1"),
        ("return self.fc2(x).clamp(-1, 1)", "2"),
        ("return F.normalize(self.fc2(x), dim=1)", "1"),
        ("return torch.sin(self.fc2(x))", "1."),
        ("return F.layer_norm(self.fc2(x), (10,))", "3"),
    ],
)
def test_logits_that_large_weights_do_not_take_apart_are_told_at_the_line_that_makes_them(forward, spread):
    line, what, label = find(LAYERS, BODY + forward)
    assert (line, label) == (15 + len(forward.splitlines()), "")
    assert what.startswith(f"However large the weights get, the logits of an image stay within about {spread}")


@pytest.mark.parametrize(
    "forward",
    [
        "return self.fc2(x)",
        "return 16 * F.normalize(self.fc2(x), dim=1)",
        "return F.elu(self.fc2(x))",
        "return F.softplus(self.fc2(x)) + 1",
        "return self.fc2(x).pow(3)",
        "return self.fc2(x) * 0",
        "return 1 / self.fc2(x)",
        "return F.log_softmax(self.fc2(x), dim=1)",
        "return torch.log(F.softmax(self.fc2(x), dim=1))",
        "return 10 * torch.tanh(self.fc2(x))",
        "return self.fc2(F.softmax(x, dim=1))",
        "return F.leaky_relu(self.fc2(x))",
        "return self.fc2(F.dropout(x, 0.5))",
        "return self.fc2(x - x.max(dim=1, keepdim=True).values.detach())",
    ],
)
def test_logits_that_reach_all_numbers_are_left_in_peace(forward):
    assert find(LAYERS, BODY + forward) is None


def test_a_bound_with_a_scale_that_is_learned_is_none():
    scale = "self.scale = nn.Parameter(torch.zeros(()))"
    logits = "F.normalize(self.fc2(F.relu(self.fc1(x.flatten(1)))), dim=1)"
    assert find(LAYERS + f"    {scale}\n", f"return {logits} * self.scale.exp()") is None
    assert find(LAYERS + f"    {scale}\n", f"return {logits}") is not None


def test_a_recurrent_layer_that_reads_the_batch_as_time_is_named_where_it_is_made():
    rows = "out, _ = self.rnn(x.squeeze(1))\nreturn self.fc(out[:, -1])"
    line, what, label = find("self.rnn = nn.GRU(28, 16)\nself.fc = nn.Linear(16, 10)", rows)
    assert (line, label) == (9, "batch_first=True")
    assert what == "GRU reads the batch as time: the logits of an image change with the other images of its batch."
    assert find("self.rnn = nn.GRU(28, 16, batch_first=True)\nself.fc = nn.Linear(16, 10)", rows) is None
    turned = "out, _ = self.rnn(x.squeeze(1).transpose(0, 1))\nreturn self.fc(out[-1])"
    assert find("self.rnn = nn.GRU(28, 16)\nself.fc = nn.Linear(16, 10)", turned) is None


def test_the_mend_of_a_recurrent_layer_keeps_its_sizes():
    rows = "out, _ = self.rnn(x.squeeze(1))\nreturn self.fc(out[:, -1])"
    network = CustomSource(write_class("self.rnn = nn.LSTM(28, 16)\nself.fc = nn.Linear(16, 10)", rows))
    found = find_unlearnable(network)
    mended = apply_edits(network.source, found.edits)
    assert "self.rnn = nn.LSTM(28, 16, batch_first=True)" in mended
    assert find_unlearnable(CustomSource(mended)) is None


@pytest.mark.parametrize("mixing", ["x - x.mean(0)", "F.softmax(x, dim=0)", "x / x.norm()"])
def test_images_that_mix_by_arithmetic_are_told(mixing):
    line, what, _ = find(LAYERS, BODY + f"return self.fc2({mixing})")
    assert (line, what) == (14, "The logits of an image change with the other images of its batch, in eval() too.")


@pytest.mark.filterwarnings("ignore:To copy construct")  # PyTorch says it of torch.tensor(x) too
@pytest.mark.parametrize(
    ("cut", "words"),
    [
        ("x = torch.tensor(x)", "torch.tensor(x)"),
        ("x = x.detach()", "x.detach()"),
        ("x = x.data * 2", "x.data"),
        ("x = x.detach().clone()", "x.detach()"),
        ("x = torch.argmax(x, 1, keepdim=True).float().expand(-1, 32)", "torch.argmax(x, 1, keepdim=True)"),
    ],
)
def test_what_cuts_the_gradient_is_named_with_the_layers_before_it(cut, words):
    line, what, _ = find(LAYERS, BODY + cut + "\nreturn self.fc2(x)")
    assert (line, what) == (16, f"{words} cuts the gradient: fc1 never learns.")


def test_layers_that_are_frozen_or_beside_the_logits_are_no_cut():
    frozen = LAYERS + "    self.fc1.requires_grad_(False)\n"
    assert find(frozen, BODY + "return self.fc2(x)") is None
    beside = LAYERS + "    self.other = nn.Linear(32, 5)\n"
    assert find(beside, BODY + "self.other(x)\nreturn self.fc2(x)") is None


IN_SEQUENTIAL = """
    self.flatten = nn.Flatten()
    self.stack = nn.Sequential(
        nn.Linear(784, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
        nn.{last}(),  # and the end
    )
"""


@pytest.mark.parametrize("last", ["ReLU", "Sigmoid", "Tanh"])
def test_the_last_layer_of_a_sequential_is_named_at_its_line_and_taken_away(last):
    network = CustomSource(write_class(IN_SEQUENTIAL.format(last=last), "return self.stack(self.flatten(x))"))
    found = find_unlearnable(network)
    assert f"nn.{last}()" in network.source.splitlines()[found.line - 1]
    assert found.what.format_map(dict(found.values)).startswith(f"nn.{last}() stands on the logits: ")
    mended = apply_edits(network.source, found.edits)
    assert "nn.Linear(64, 10),  # and the end\n" in mended
    assert find_unlearnable(CustomSource(mended)) is None


def test_which_of_two_sequentials_it_is_is_not_guessed():
    two = "self.a = nn.Sequential(nn.Linear(784, 10), nn.ReLU())\nself.b = nn.Sequential(nn.Linear(10, 10), nn.ReLU())"
    found = find_unlearnable(CustomSource(write_class(two, "return self.b(self.a(x.flatten(1)))")))
    assert found.what.format_map(dict(found.values)).startswith("relu stands on the logits: ")
    assert found.edits == ()
