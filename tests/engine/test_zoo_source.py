"""The code that the page shows runs alone and says what the page says."""

import os
import shutil
import subprocess
import sys

import pytest
import torch
from PIL import Image
from torchvision import models

from netcore.data.photos import decode_photo, example_photos
from netcore.export.zoo import classification_source
from netcore.settings import PROJECT_FOLDER
from netcore.zoo.catalogue import catalogue, find_entry
from netcore.zoo.inference import classify
from netcore.zoo.weights import build_architecture, load_pretrained

SHARED_HUB = PROJECT_FOLDER.parent / "shared" / "torch_home"
NEEDS_HUB = pytest.mark.skipif(not SHARED_HUB.is_dir(), reason="no folder of downloaded torchvision weights")


@pytest.mark.parametrize("name", ["efficientnet_lite0", pytest.param("squeezenet1_0", marks=NEEDS_HUB)])
def test_the_shown_lines_print_the_same_classes(name, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(SHARED_HUB))
    photo = example_photos()[0].path
    result = subprocess.run(
        [sys.executable, "-c", classification_source(find_entry(name), str(photo))],
        cwd=PROJECT_FOLDER,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = classify(load_pretrained(name, own_weights=True), [decode_photo(photo.read_bytes())])[0]
    expected = [f"{prediction.category}: {prediction.probability:.1%}" for prediction in answer.predictions]
    assert result.stdout.splitlines() == expected


@NEEDS_HUB
def test_the_shown_lines_of_own_weights_load_the_file_beside_them(tmp_path, monkeypatch):
    entry, photo = find_entry("squeezenet1_0"), example_photos()[0].path
    shutil.copy(SHARED_HUB / "hub" / "checkpoints" / entry.file_name, tmp_path)
    result = subprocess.run(
        [sys.executable, "-c", classification_source(entry, str(photo), own_weights=True)],
        cwd=tmp_path,
        env={**os.environ, "TORCH_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    monkeypatch.setenv("TORCH_HOME", str(SHARED_HUB))
    answer = classify(load_pretrained("squeezenet1_0", own_weights=True), [Image.open(photo).convert("RGB")])[0]
    expected = [f"{prediction.category}: {prediction.probability:.1%}" for prediction in answer.predictions]
    assert result.stdout.splitlines() == expected


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.name)
def test_the_shown_lines_are_python_for_every_network(entry):
    compile(classification_source(entry), entry.name, "exec")
    compile(classification_source(entry, own_weights=True), entry.name, "exec")
    assert f"[1, 3, {entry.input_side}, {entry.input_side}]" in classification_source(entry)


@pytest.mark.parametrize("name", ["squeezenet1_1", "googlenet", "vit_b_16.IMAGENET1K_SWAG_E2E_V1"])
def test_own_weights_are_loaded_without_netcore_into_the_same_architecture(name):
    entry = find_entry(name)
    source = classification_source(entry, own_weights=True)
    assert "netcore" not in source and "load_state_dict" in source
    line = next(line for line in source.splitlines() if line.startswith("model = "))
    with torch.device("meta"):
        made = eval(line.removeprefix("model = "), {"models": models})
    assert list(made.state_dict()) == list(build_architecture(entry).state_dict())


def test_the_shown_lines_load_the_very_weights_that_were_chosen():
    assert 'models.resnet50(weights="IMAGENET1K_V1")' in classification_source(find_entry("resnet50.IMAGENET1K_V1"))
    assert 'models.resnet50(weights="DEFAULT")' in classification_source(find_entry("resnet50"))
