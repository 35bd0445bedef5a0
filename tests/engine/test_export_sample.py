"""The script that the samples page shows, run on its own, gives the page's numbers."""

import ast
import gzip
import re
import subprocess
import sys

import pytest

from netcore.data.mnist import FILES_FOLDER, load_mnist
from netcore.export.sample import sample_source
from netcore.model.forward import forward_digits
from netcore.model.presets import get_preset
from netcore.model.ready_made import ReadyMade


@pytest.fixture(scope="module")
def folder_with_mnist(tmp_path_factory):
    """A folder in which torchvision finds MNIST, so that its ``download=True`` has nothing to fetch."""
    folder = tmp_path_factory.mktemp("script")
    raw = folder / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in FILES_FOLDER.glob("*.gz"):
        (raw / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
    return folder


@pytest.mark.parametrize(
    ("network", "mode"),
    [(get_preset("mlp").stack, "eval"), (get_preset("mlp_dropout").stack, "train"), (ReadyMade("residual"), "eval")],
    ids=["stack", "stack in training mode", "class"],
)
def test_script_prints_the_label_and_the_logits_that_the_page_shows(folder_with_mnist, network, mode):
    source = sample_source(network, seed=3, split="test", index=7, mode=mode)
    run = subprocess.run(
        [sys.executable, "-c", source], cwd=folder_with_mnist, capture_output=True, text=True, check=True
    )
    label, logits, _ = ast.literal_eval("[" + re.sub(r"(?<=[\d\]]) (?=\[)", ", ", run.stdout) + "]")
    digits = load_mnist("test")
    shown = forward_digits(network.build(3).eval(), digits.images[7:8], mode=mode, seed=3)
    assert int(label) == digits.labels[7]
    assert logits[0] == pytest.approx(shown.logits[0], abs=1e-5)


def test_trained_weights_come_from_the_checkpoint_beside_the_script():
    source = sample_source(get_preset("mlp").stack, seed=0, split="train", index=0, trained=True)
    assert 'torch.load("checkpoint_best.pth", weights_only=True)' in source
    assert "train=True" in source
    compile(source, "script", "exec")
