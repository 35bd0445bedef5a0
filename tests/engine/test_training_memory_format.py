"""What was checked is what runs: channels-last where only the speed changes, rows where a class depends on them."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from netcore.errors import StackError
from netcore.model.custom.source import CustomSource
from netcore.model.presets import get_preset
from netcore.model.ready_made import list_ready_made
from netcore.training.checkpoints import read_checkpoint, write_checkpoint
from netcore.training.layout import LAST_NAME
from netcore.training.loop import train
from netcore.training.memory_format import choose_memory_format, find_memory_format, has_convolutions
from netcore.training.readiness import check_network
from netcore.training.survey import survey
from tests.engine.training_help import HARD, few_digits, hash_checkpoint, small_config

pytestmark = pytest.mark.usefixtures("here")


def convolving(forward, init="self.fc = nn.Linear(4 * 26 * 26, 10)"):
    """A class whose ``x`` comes from a convolution, and goes through ``forward`` to ``self.fc``."""
    lines = "\n        ".join(forward.splitlines())
    return CustomSource(
        "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n\n\nclass Net(nn.Module):\n"
        "    def __init__(self):\n        super().__init__()\n        self.conv = nn.Conv2d(1, 4, 3)\n"
        f"        {init}\n\n    def forward(self, x):\n        x = F.relu(self.conv(x))\n        {lines}\n"
        "        return self.fc(x)\n"
    )


IN_ROWS = {
    "view": "x = x.view(len(x), -1)",
    "view of a max": "x = F.max_pool2d(x, 1).view(-1, 4 * 26 * 26)",
    "view of the data": "x = x + 0 * x.data.view(len(x), -1).mean()\nx = x.flatten(1)",
    "view only while it learns": "x = x.view(len(x), -1) if self.training else x.flatten(1)",
    "view only in eval": "x = x.flatten(1) if self.training else x.view(len(x), -1)",
    "another answer": "x = torch.as_strided(x, (len(x), 4 * 26 * 26), (4 * 26 * 26, 1))",
    "another answer by a branch": "x = x.flatten(1) if x.is_contiguous() else x.flatten(1) * 2",
}
IN_CHANNELS_LAST = {
    "flatten": "x = torch.flatten(x, 1)",
    "reshape": "x = x.reshape(len(x), -1)",
    "dropout": "x = F.dropout(x, 0.5, self.training).flatten(1)",
    "unfold": "x = F.unfold(x, 2, stride=26).repeat(1, 1, 169).flatten(1)",
}


@pytest.mark.parametrize("forward", IN_ROWS.values(), ids=IN_ROWS)
def test_a_class_that_depends_on_rows_trains_in_rows(tmp_path, forward):
    network = convolving(forward)
    config = small_config(epochs=1)
    train(network.build(0), config, few_digits(), tmp_path, network=network)
    assert read_checkpoint(tmp_path / LAST_NAME).meta["memory_format"] == "contiguous"
    assert len(survey(network.build(0), few_digits(20)).predictions) == 20


@pytest.mark.parametrize("forward", IN_CHANNELS_LAST.values(), ids=IN_CHANNELS_LAST)
def test_a_class_that_does_not_keeps_the_speed_of_channels_last(forward):
    assert check_network(convolving(forward).build(0), small_config()) == "channels_last"


@pytest.mark.parametrize("network", [HARD, get_preset("cnn").stack, *list_ready_made()], ids=str)
def test_our_own_convolutions_run_in_channels_last(network):
    model = network.build(0)
    assert choose_memory_format(model) == ("channels_last" if has_convolutions(model) else "contiguous")


def test_the_training_in_rows_learns_as_plain_pytorch_does(tmp_path):
    network, config = convolving(IN_ROWS["view"]), small_config("SGD", epochs=2)
    for name in ("view", "flatten"):
        (tmp_path / name).mkdir()
    rows = train(network.build(0), config, few_digits(), tmp_path / "view", network=network)
    same = convolving("x = x.flatten(1)")
    fast = train(same.build(0), config, few_digits(), tmp_path / "flatten", network=same)
    assert rows.epochs[-1].train_loss == pytest.approx(fast.epochs[-1].train_loss, rel=1e-3)


def test_a_size_found_with_a_dummy_in_init_trains(tmp_path):
    network = convolving(
        "x = x.view(-1, self.size)",
        "self.seen = self.conv(torch.rand(1, 1, 28, 28))\n        self.size = self.seen.numel()\n"
        "        self.fc = nn.Linear(self.size, 10)",
    )
    assert len(train(network.build(0), small_config(epochs=1), few_digits(), tmp_path, network=network).epochs) == 1


def test_a_run_goes_on_in_the_format_that_it_began_in(tmp_path):
    config = small_config(epochs=2)
    train(HARD.build(0), replace(config, epochs=1), few_digits(), tmp_path, network=HARD)
    first = read_checkpoint(tmp_path / LAST_NAME)
    assert first.meta["memory_format"] == "channels_last"
    ends = []
    for memory_format in ("channels_last", None, "contiguous"):
        write_checkpoint(tmp_path / LAST_NAME, replace(first, meta={**first.meta, "memory_format": memory_format}))
        train(HARD.build(0), config, few_digits(), tmp_path, network=HARD)
        ends.append(read_checkpoint(tmp_path / LAST_NAME))
    assert [end.meta["memory_format"] for end in ends] == ["channels_last", "channels_last", "contiguous"]
    assert hash_checkpoint(ends[0]) == hash_checkpoint(ends[1]) != hash_checkpoint(ends[2])


def test_a_run_of_before_there_was_a_choice_goes_on_in_channels_last():
    assert find_memory_format({}, nn.Conv2d(1, 1, 3)) == "channels_last"
    assert find_memory_format({}, nn.Linear(1, 1)) == "contiguous"
    assert find_memory_format({"memory_format": None}, nn.Conv2d(1, 1, 3)) is None
    assert find_memory_format({"memory_format": ["rows"]}, nn.Conv2d(1, 1, 3)) is None


class Remembering(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.before = nn.Linear(784, 10), 0.0

    def forward(self, x):
        logits = self.fc(x.flatten(1)) + self.before
        self.before = logits.mean()
        return logits


class Overwriting(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x):
        logits = functional.softplus(self.fc(x.flatten(1))).exp()
        logits[:, 0] = 0
        return logits


@pytest.mark.parametrize(
    ("model", "words"),
    [(Remembering(), "through the graph a second time"), (Overwriting(), "modified by an inplace operation")],
    ids=["graph of the batch before", "changed in place"],
)
def test_a_loss_that_finds_no_way_back_is_found_before_the_first_epoch(model, words):
    with pytest.raises(StackError, match=f"cannot lead the loss back through it: .*{words}"):
        check_network(model, small_config())
    assert torch.is_grad_enabled()
