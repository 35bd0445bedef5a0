"""The script of a training runs alone, and goes on from a checkpoint of ours."""

import os
from dataclasses import replace

import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset
from torchvision import datasets

from netcore.export.training import training_source
from netcore.model.ready_made import ReadyMade
from netcore.training.checkpoints import read_checkpoint
from netcore.training.config import TrainingConfig
from netcore.training.layout import BEST_NAME, LAST_NAME
from netcore.training.loop import train
from netcore.training.schedules import SCHEDULES
from tests.engine.training_help import SMALL, few_digits, small_config

CONFIG = small_config("SGD", epochs=2)


class FewDigits(Dataset):
    """Stands in for the download: 60,000 entries that are four hundred digits again and again."""

    def __init__(self, root, train, download, transform):
        digits = few_digits()
        self.images = digits.images
        self.transform = transform
        self.targets = digits.labels.repeat(150)

    def __len__(self):
        return 60_000

    def __getitem__(self, index):
        picture = Image.fromarray(self.images[index % len(self.images)].numpy())
        return self.transform(picture), int(self.targets[index])


def run(source, monkeypatch, folder):
    monkeypatch.setattr(datasets, "MNIST", FewDigits)
    monkeypatch.chdir(folder)
    namespace = {}
    exec(source, namespace)
    return namespace


def test_the_script_trains_and_writes_the_checkpoint_of_the_course(monkeypatch, tmp_path):
    names = run(training_source(SMALL, replace(CONFIG, epochs=1)), monkeypatch, tmp_path)
    info = torch.load(tmp_path / BEST_NAME, weights_only=True)
    assert list(info) == ["epoch", "best_loss", "model_state", "optim_state"]
    assert info["best_loss"] == names["best_loss"] < 2.3
    assert names["optimizer"].defaults["momentum"] == CONFIG.momentum


def small_run(source, monkeypatch, folder, capsys):
    """The names of a script that was run, and the epochs that it printed."""
    names = run(source, monkeypatch, folder)
    lines = capsys.readouterr().out.splitlines()
    return names, [int(line.split()[0]) for line in lines if not line.startswith(BEST_NAME)]


def test_the_script_goes_on_from_our_best_checkpoint(monkeypatch, tmp_path, capsys):
    few = small_config("SGD", epochs=1)
    train(SMALL.build(0), few, few_digits(), tmp_path, network=SMALL)
    _, epochs = small_run(training_source(SMALL, CONFIG), monkeypatch, tmp_path, capsys)
    assert epochs == [2]
    assert os.path.exists(BEST_NAME)  # noqa: PTH110 - as the script looks for it


def test_the_script_beside_a_checkpoint_of_its_last_epoch_prints_what_it_found(monkeypatch, tmp_path, capsys):
    best = train(SMALL.build(0), CONFIG, few_digits(), tmp_path, network=SMALL).best
    assert best.epoch == CONFIG.epochs
    run(training_source(SMALL, CONFIG), monkeypatch, tmp_path)
    assert capsys.readouterr().out == f"checkpoint_best.pth: epoch {best.epoch} best loss {best.validation_loss}\n"


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_script_follows_every_schedule_and_goes_on_from_our_checkpoint(monkeypatch, tmp_path, capsys, schedule):
    config = small_config("SGD", schedule=schedule, schedule_epochs=1, learning_rate=0.02, epochs=3, max_norm=1.0)
    (tmp_path / "ours").mkdir()
    ours = train(SMALL.build(0), config, few_digits(), tmp_path / "ours", network=SMALL)
    names, epochs = small_run(training_source(SMALL, config), monkeypatch, tmp_path, capsys)
    assert epochs == [1, 2, 3]
    rates = read_checkpoint(tmp_path / "ours" / LAST_NAME).meta["learning_rate"]
    assert names["optimizer"].param_groups[0]["lr"] == rates["now"]
    assert ("scheduler" in torch.load(tmp_path / BEST_NAME, weights_only=True)) is (schedule != "constant")
    assert small_run(training_source(SMALL, config), monkeypatch, tmp_path, capsys)[1] == []  # its own file

    (tmp_path / BEST_NAME).write_bytes((tmp_path / "ours" / BEST_NAME).read_bytes())
    longer = config if SCHEDULES[schedule].is_planned else replace(config, epochs=5)
    _, epochs = small_run(training_source(SMALL, longer), monkeypatch, tmp_path, capsys)
    assert epochs == list(range(ours.best.epoch + 1, longer.epochs + 1))


def test_the_script_stops_early_as_we_do(monkeypatch, tmp_path, capsys):
    config = small_config("SGD", learning_rate=1e-8, weight_decay=1.0, momentum=0.0, epochs=9, patience=2)
    source = training_source(SMALL, config)
    names, epochs = small_run(source, monkeypatch, tmp_path, capsys)
    assert len(epochs) == min(9, names["best_epoch"] + 2)
    compile(source, "training.py", "exec")
    fast = replace(config, learning_rate=5.0)
    (tmp_path / BEST_NAME).unlink()
    names, epochs = small_run(training_source(SMALL, fast), monkeypatch, tmp_path, capsys)
    assert epochs == list(range(1, names["best_epoch"] + 3))
    assert len(epochs) < 9


def test_the_script_moves_training_digits_and_mislabels_as_many_as_we_do(monkeypatch, tmp_path, capsys):
    config = small_config("SGD", shift=2, rotation=10.0, label_noise=0.4, epochs=1)
    names, _ = small_run(training_source(SMALL, config), monkeypatch, tmp_path, capsys)
    truth = few_digits().labels.repeat(150)
    training, validation = names["training"], names["validation"]
    changed = training.dataset.targets != truth
    assert int(changed.sum()) == int(changed[training.indices].sum()) == 60
    assert torch.equal(validation.dataset.targets, truth)
    (first, _), (again, _) = training[0], training[0]
    assert not torch.equal(first, again)
    assert torch.equal(validation[0][0], validation[0][0])


def test_the_script_computes_in_bfloat16_where_we_do_and_goes_on_from_our_checkpoint(monkeypatch, tmp_path, capsys):
    config = small_config("SGD", epochs=2, precision="bfloat16")
    types = []
    layer = torch.nn.functional.linear
    monkeypatch.setattr(torch.nn.functional, "linear", lambda *given: types.append((out := layer(*given)).dtype) or out)
    train(SMALL.build(0), replace(config, epochs=1), few_digits(), tmp_path, network=SMALL)
    ours = set(types)
    types.clear()
    _, epochs = small_run(training_source(SMALL, config), monkeypatch, tmp_path, capsys)
    assert epochs == [2]
    assert set(types) == ours == {torch.bfloat16, torch.float32}  # learning, and measuring
    info = torch.load(tmp_path / BEST_NAME, weights_only=True)
    assert {tensor.dtype for tensor in info["model_state"].values()} == {torch.float32}


def test_the_script_takes_all_digits_where_none_is_left_over():
    assert "training, validation = random_split(dataset, [50000, 10000])" in training_source(SMALL, TrainingConfig())
    assert "training, validation, _ = random_split(dataset, [150, 100, 59750])" in training_source(SMALL, CONFIG)


def test_a_script_without_noise_and_augmentation_says_nothing_of_them():
    source = training_source(SMALL, small_config())
    for word in ("autocast", "RandomAffine", "wrong", "scheduler", "clip_grad", "best_epoch"):
        assert word not in source


@pytest.mark.parametrize("network", [SMALL, ReadyMade("residual")], ids=["stack", "class"])
def test_the_script_is_valid_python_with_the_settings_in_it(network):
    source = training_source(network, small_config("Adam", epochs=9, batch_size=50))
    compile(source, "training.py", "exec")
    assert "torch.optim.Adam(model.parameters(), lr=0.001, weight_decay=0.0)" in source
    assert "batch_size=50" in source
    assert "range(start_epoch, 9 + 1)" in source
