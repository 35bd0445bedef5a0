"""The script of a training runs alone, and goes on from a checkpoint of ours."""

import os
from dataclasses import replace

import pytest
import torch
from torch.utils.data import Dataset
from torchvision import datasets

from netcore.export.training import training_source
from netcore.model.ready_made import ReadyMade
from netcore.training.layout import BEST_NAME
from netcore.training.loop import train
from tests.engine.training_help import SMALL, few_digits, small_config

CONFIG = small_config("SGD", training_size=59_800, validation_size=200, batch_size=1024, epochs=2)


class FewDigits(Dataset):
    """Stands in for the download: 60,000 entries that are four hundred digits again and again."""

    def __init__(self, root, train, download, transform):
        digits = few_digits()
        self.items = list(zip(digits.images.unsqueeze(1) / 255, digits.labels.tolist(), strict=True))

    def __len__(self):
        return 60_000

    def __getitem__(self, index):
        return self.items[index % len(self.items)]


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


def test_the_script_goes_on_from_our_best_checkpoint(monkeypatch, tmp_path, capsys):
    few = small_config("SGD", epochs=1)
    train(SMALL.build(0), few, few_digits(), tmp_path, network=SMALL)
    run(training_source(SMALL, CONFIG), monkeypatch, tmp_path)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["2"]
    assert os.path.exists(BEST_NAME)  # noqa: PTH110 - as the script looks for it


@pytest.mark.parametrize("network", [SMALL, ReadyMade("residual")], ids=["stack", "class"])
def test_the_script_is_valid_python_with_the_settings_in_it(network):
    source = training_source(network, small_config("Adam", epochs=9, batch_size=50))
    compile(source, "training.py", "exec")
    assert "torch.optim.Adam(model.parameters(), lr=0.001, weight_decay=0.0)" in source
    assert "batch_size=50" in source
    assert "range(start_epoch, 9 + 1)" in source
