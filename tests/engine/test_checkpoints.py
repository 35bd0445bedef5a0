"""A checkpoint file is whole, true, loadable anywhere, and never half restored."""

import io
import os
import random
import zipfile
from dataclasses import replace

import pytest
import torch

from netcore.data.archive import seal
from netcore.errors import CheckpointError
from netcore.model.presets import get_preset
from netcore.model.stack import Stack
from netcore.training import checkpoints
from netcore.training.checkpoints import describe_checkpoint, read_checkpoint
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.loop import train
from netcore.training.optimizers import build_optimizer
from netcore.training.restore import check_same_training, restore_model, restore_optimizer
from tests.engine.training_help import HARD, SMALL, few_digits, hash_state, small_config


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with both checkpoints of two epochs of SMALL, Adam."""
    folder = tmp_path_factory.mktemp("trained")
    train(SMALL.build(0), small_config(epochs=2), few_digits(), folder, network=SMALL)
    return folder


@pytest.fixture
def path(trained, tmp_path):
    """A copy of the last checkpoint that a test may damage."""
    (tmp_path / LAST_NAME).write_bytes((trained / LAST_NAME).read_bytes())
    return tmp_path / LAST_NAME


def test_the_lines_of_the_course_restore_a_checkpoint_in_plain_pytorch(trained, monkeypatch):
    monkeypatch.chdir(trained)
    model = SMALL.build(5)
    optimizer = torch.optim.Adam(model.parameters())
    if os.path.exists("checkpoint_best.pth"):  # noqa: PTH110 - the course's own lines
        info = torch.load("checkpoint_best.pth", weights_only=True)
        model.load_state_dict(info["model_state"])
        optimizer.load_state_dict(info["optim_state"])
        best_loss = info["best_loss"]
        start_epoch = info["epoch"] + 1
    assert (start_epoch, best_loss) == (3, read_checkpoint(trained / BEST_NAME).best_loss)
    assert hash_state(model.state_dict()) == hash_state(read_checkpoint(trained / BEST_NAME).model_state)
    model(torch.zeros(2, 1, 28, 28)).sum().backward()
    optimizer.step()


def test_a_checkpoint_has_the_four_keys_of_the_course_and_says_where_it_comes_from(trained):
    info = torch.load(trained / BEST_NAME, weights_only=True)
    assert list(info) == ["epoch", "best_loss", "model_state", "optim_state", "meta"]
    assert info["meta"]["network"] == {"kind": "stack", **SMALL.to_json()}
    assert info["meta"]["config"]["seed"] == 0
    assert info["meta"]["torch"] == torch.__version__
    assert zipfile.ZipFile(trained / BEST_NAME).testzip() is None


def test_a_description_tells_all_without_a_network(trained):
    description = describe_checkpoint(trained / LAST_NAME)
    assert (description.epoch, description.optimizer, description.seed, description.threads) == (2, "Adam", 0, 1)
    assert description.keys == ("epoch", "best_loss", "model_state", "optim_state", "meta")
    assert [(item.name, item.shape, item.dtype) for item in description.tensors] == [
        ("1.weight", (16, 784), "float32"),
        ("1.bias", (16,), "float32"),
        ("3.weight", (10, 16), "float32"),
        ("3.bias", (10,), "float32"),
    ]
    assert description.optimizer_entries == ("step", "exp_avg", "exp_avg_sq")
    assert description.parameters == SMALL.parameters
    assert description.size == (trained / LAST_NAME).stat().st_size


def test_every_flipped_bit_is_found(path):
    whole = path.read_bytes()
    chance = random.Random(0)
    for _ in range(100):
        place, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        with pytest.raises(
            CheckpointError, match=r"checkpoint_last\.pth is damaged: its bytes are not the ones written"
        ):
            read_checkpoint(path)


@pytest.mark.parametrize("keep", [0, 1, 22, 64, 0.1, 0.5, 0.99])
def test_a_file_cut_short_is_found(path, keep):
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if isinstance(keep, int) else int(len(whole) * keep)])
    with pytest.raises(CheckpointError, match="is damaged"):
        read_checkpoint(path)


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(
        CheckpointError, match=r"There is no checkpoint_best\.pth in this run\. Train at least one epoch"
    ):
        read_checkpoint(tmp_path / BEST_NAME)


def test_a_file_over_the_limit_is_refused_before_it_is_read(path, monkeypatch):
    monkeypatch.setattr(checkpoints, "MAX_CHECKPOINT_BYTES", 1000)
    with pytest.raises(CheckpointError, match="bytes, and 1,000 are the limit"):
        read_checkpoint(path)


def write_sealed(path, value, compression=zipfile.ZIP_STORED):
    """What somebody who knows the seal could write."""
    buffer = io.BytesIO()
    torch.save(value, buffer)
    if compression != zipfile.ZIP_STORED:
        squeezed = io.BytesIO()
        with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(squeezed, "w", compression) as target:
            for member in source.infolist():
                target.writestr(member.filename, source.read(member))
        buffer = squeezed
    path.write_bytes(seal(buffer.getvalue()))


def test_a_sealed_archive_that_would_swell_is_refused(path):
    write_sealed(path, {"x": torch.zeros(1_000_000)}, zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match="is compressed"):
        read_checkpoint(path)


def test_a_sealed_file_that_is_no_archive_is_refused(path):
    path.write_bytes(seal(b"x" * 500))
    with pytest.raises(CheckpointError, match="is a file of an unknown kind, and no checkpoint"):
        read_checkpoint(path)


class Code:
    def __reduce__(self):
        return print, ("this must never run",)


def test_code_in_a_checkpoint_never_runs(path, capsys):
    write_sealed(path, {"epoch": Code()})
    with pytest.raises(CheckpointError, match=r"asks for __builtin__\.print, which no checkpoint needs"):
        read_checkpoint(path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"epoch": -1}, "its epoch is not a whole number from 0 to 200"),
        ({"epoch": True}, "its epoch is not a whole number"),
        ({"epoch": 2.0}, "its epoch is not a whole number"),
        ({"best_loss": float("nan")}, "its best_loss is not a loss"),
        ({"best_loss": -0.5}, "its best_loss is not a loss"),
        ({"best_loss": "0.1"}, "its best_loss is not a loss"),
        ({"model_state": [1]}, "its model_state is not a dictionary of tensors"),
        ({"model_state": {"1.weight": 3}}, "its model_state is not a dictionary of tensors"),
        ({"model_state": {1: torch.zeros(1)}}, "its model_state is not a dictionary of tensors"),
        ({"optim_state": {}}, "its optim_state is not an optimizer's"),
        ({"optim_state": {"state": {0: 1}}}, "its optim_state is not an optimizer's"),
        ({"meta": {}}, "its meta is not of format 1"),
        ({"extra": 1}, "its keys are not epoch, best_loss, model_state, optim_state, meta"),
    ],
)
def test_an_entry_that_is_not_what_it_should_be_is_named(path, change, problem):
    write_sealed(path, {**torch.load(path, weights_only=True), **change})
    with pytest.raises(CheckpointError, match=problem):
        read_checkpoint(path)


def test_another_architecture_is_refused_with_the_layer_and_both_shapes_and_nothing_changes(trained):
    state = read_checkpoint(trained / LAST_NAME).model_state
    model = Stack.parse("flatten, linear(784,32), relu, linear(32,10)").build(0)
    before = hash_state(model.state_dict())
    with pytest.raises(
        CheckpointError,
        match=r"3 tensors of the checkpoint do not fit this network\. Of another shape: 1\.weight \[16, 784\] for "
        r"\[32, 784\], 1\.bias \[16\] for \[32\], 3\.weight \[10, 16\] for \[10, 32\]\. Restore it into",
    ):
        restore_model(model, state)
    assert hash_state(model.state_dict()) == before


def spoil(state, name, value):
    return {**state, name: value}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: {k: v for k, v in s.items() if k != "3.bias"}, r"The checkpoint has no 3\.bias\."),
        (lambda s: spoil(s, "9.bias", torch.zeros(1)), r"holds 9\.bias, which this network does not have"),
        (
            lambda s: spoil(s, "3.bias", torch.zeros(10).double()),
            r"3\.bias holds float64 in the checkpoint, and .* float32",
        ),
        (lambda s: spoil(s, "3.bias", torch.full((10,), torch.nan)), r"3\.bias holds numbers that no training gives"),
        (lambda s: spoil(s, "3.bias", torch.zeros(3)), r"3\.bias has the shape \[3\] in the .* expects \[10\]"),
        (
            lambda s: {"3.bias": torch.zeros(3), **{f"{place}.weight": torch.zeros(1) for place in range(10, 20)}},
            r"14 tensors .*\. Missing: 1\.weight, 1\.bias, 3\.weight\. Not in this network: 10\.weight, .*"
            r"15\.weight and 4 more\. Of another shape: 3\.bias \[3\] for \[10\]\.",
        ),
    ],
    ids=["missing", "extra", "type", "nan", "shape", "many"],
)
def test_weights_that_do_not_fit_are_named_and_nothing_changes(trained, change, sentence):
    model = SMALL.build(3)
    before = hash_state(model.state_dict())
    with pytest.raises(CheckpointError, match=sentence):
        restore_model(model, change(read_checkpoint(trained / LAST_NAME).model_state))
    assert hash_state(model.state_dict()) == before


def test_a_negative_running_variance_is_refused():
    model = HARD.build(0)
    state = {**model.state_dict(), "1.running_var": -torch.ones(4)}
    with pytest.raises(CheckpointError, match=r"1\.running_var holds numbers that no training gives"):
        restore_model(model, state)


def spoil_memory(state, name, value):
    return {**state, 0: {**state[0], name: value}}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: {}, "The checkpoint's optimizer remembers nothing"),
        (lambda s: {**s, 9: s[0]}, "another number of parameters than the 4 of this network"),
        (lambda s: spoil_memory(s, "exp_avg", torch.zeros(3)), r"exp_avg of 1\.weight has the shape \[3\]"),
        (lambda s: spoil_memory(s, "exp_avg_sq", -s[0]["exp_avg_sq"]), r"exp_avg_sq of 1\.weight holds numbers"),
        (lambda s: spoil_memory(s, "step", torch.tensor(torch.nan)), r"step of 1\.weight holds numbers"),
        (
            lambda s: spoil_memory(s, "square_avg", s[0]["exp_avg"]),
            "remembers step, exp_avg, exp_avg_sq, square_avg of",
        ),
        (lambda s: spoil_memory(s, "step", "3"), "and Adam needs step, exp_avg, exp_avg_sq"),
    ],
    ids=["empty", "too many", "shape", "negative", "nan", "other optimizer", "no tensor"],
)
def test_an_optimizer_memory_that_does_not_fit_is_refused(trained, change, sentence):
    model, config = SMALL.build(0), small_config()
    optimizer = build_optimizer(config, list(model.parameters()))
    optim_state = read_checkpoint(trained / LAST_NAME).optim_state
    with pytest.raises(CheckpointError, match=sentence):
        restore_optimizer(optimizer, model, config, {**optim_state, "state": change(optim_state["state"])})
    assert not optimizer.state


def test_settings_of_the_optimizer_never_come_from_the_file(trained):
    model, config = SMALL.build(0), small_config()
    optimizer = build_optimizer(config, list(model.parameters()))
    optim_state = read_checkpoint(trained / LAST_NAME).optim_state
    optim_state["param_groups"][0]["lr"] = 1e30
    restore_optimizer(optimizer, model, config, optim_state)
    assert optimizer.param_groups[0]["lr"] == config.learning_rate


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"threads": 2}, "The checkpoint was trained with threads 1, and this run has 2"),
        ({"optimizer": "SGD"}, "The checkpoint was trained with optimizer Adam, and this run has SGD"),
        ({"seed": 1}, "The checkpoint was trained with seed 0, and this run has 1"),
    ],
)
def test_going_on_under_other_settings_is_refused(trained, settings, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        train(SMALL.build(0), replace(small_config(), **settings), few_digits(), trained, network=SMALL)


def test_another_network_of_the_same_shapes_is_refused_by_its_fingerprint(trained):
    checkpoint = read_checkpoint(trained / LAST_NAME)
    with pytest.raises(CheckpointError, match="The checkpoint belongs to another network"):
        check_same_training(checkpoint, small_config(), "another")


def test_channels_last_stays_out_of_the_file(tmp_path):
    network = get_preset("cnn").stack
    train(network.build(0), small_config(epochs=1), few_digits(), tmp_path, network=network)
    checkpoint = read_checkpoint(tmp_path / LAST_NAME)
    assert all(tensor.is_contiguous() for tensor in checkpoint.model_state.values())
    memories = checkpoint.optim_state["state"].values()
    assert all(tensor.is_contiguous() for memory in memories for tensor in memory.values())
