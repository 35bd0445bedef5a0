"""Weights that somebody brings are theirs alone, whatever the file is called and its SHA-256 begins with."""

import dataclasses
import hashlib
import io

import pytest
import torch
from torchvision import models

from netcore.data.saved import Taken
from netcore.errors import OwnWeightsError, WeightsError
from netcore.settings import MAX_UPLOADED_CHECKPOINT_BYTES
from netcore.zoo.cache import ModelCache
from netcore.zoo.catalogue import find_entry
from netcore.zoo.uploads import forget_upload, keep_upload, own_uploads, upload_path
from netcore.zoo.weights import load_pretrained, weights_path

ENTRY = find_entry("squeezenet1_1")


@pytest.fixture(scope="module")
def data():
    torch.manual_seed(0)
    file = io.BytesIO()
    torch.save(models.squeezenet1_1(weights=None).state_dict(), file)
    return file.getvalue()


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def name_of(data):
    """What torchvision would call the file."""
    return f"net-{hashlib.sha256(data).hexdigest()[:8]}.pth"


def megabytes_of(data):
    """Its size as torchvision would publish it."""
    return round(len(data) / 1024**2, 3)


def test_own_weights_are_kept_in_the_workspace_and_nobody_else_meets_them(tmp_path, data):
    ours = tmp_path / "ours"
    assert keep_upload(ENTRY, data, ours) == Taken()
    path = upload_path(ENTRY, ours)
    assert path.read_bytes() == data
    assert own_uploads(ours) == ("squeezenet1_1",)
    assert not weights_path(ENTRY).exists()
    assert own_uploads(tmp_path / "theirs") == ()
    cache = ModelCache(10**9)
    assert not cache.load("squeezenet1_1", path=path, own_weights=True).published
    with pytest.raises(OwnWeightsError):
        cache.load("squeezenet1_1", path=path)
    forget_upload(ENTRY, ours)
    assert own_uploads(ours) == ()


def test_what_was_done_to_a_file_is_told(tmp_path, data):
    state = torch.load(io.BytesIO(data), weights_only=True)
    file = io.BytesIO()
    value = {"epoch": 3, "state_dict": {f"module.{name}": tensor.half() for name, tensor in state.items()}}
    torch.save(value, file, pickle_protocol=4, _use_new_zipfile_serialization=False)
    taken = keep_upload(ENTRY, file.getvalue(), tmp_path / "ours")
    assert taken == Taken("state_dict", "module.", ("float16",), ("epoch",))
    loaded = ModelCache(10**9).load("squeezenet1_1", path=upload_path(ENTRY, tmp_path / "ours"), own_weights=True)
    assert all(torch.equal(tensor, state[name].half().float()) for name, tensor in loaded.model.state_dict().items())


def test_a_file_that_begins_as_the_published_one_does_stays_its_workspace_s_and_its_walls(tmp_path, data, monkeypatch):
    """32 bits of a SHA-256 are found in minutes."""
    ours, entry = tmp_path / "ours", dataclasses.replace(ENTRY, file_name=name_of(data), megabytes=megabytes_of(data))
    weights_path(entry).parent.mkdir(parents=True)
    weights_path(entry).write_bytes(b"the genuine one")
    assert keep_upload(entry, data, ours) == Taken()
    assert weights_path(entry).read_bytes() == b"the genuine one"
    assert upload_path(entry, ours).read_bytes() == data
    monkeypatch.setattr("netcore.zoo.weights.find_entry", lambda name: entry)
    monkeypatch.setattr("netcore.zoo.weights._read_state", lambda *given: pytest.fail("opened outside of the walls"))
    assert not load_pretrained(entry.name, path=upload_path(entry, ours), own_weights=True).published
    with pytest.raises(OwnWeightsError, match="is not the published one"):
        load_pretrained(entry.name, path=upload_path(entry, ours))


def test_in_the_server_s_folder_a_file_of_another_size_is_not_the_published_one(tmp_path, data, monkeypatch):
    entry = dataclasses.replace(ENTRY, file_name=name_of(data), megabytes=megabytes_of(data))
    monkeypatch.setattr("netcore.zoo.weights.find_entry", lambda name: entry)
    weights_path(entry).parent.mkdir(parents=True)
    weights_path(entry).write_bytes(data)
    assert load_pretrained(entry.name).published
    entry = dataclasses.replace(entry, megabytes=1.02 * entry.megabytes)
    assert not load_pretrained(entry.name, own_weights=True).published


def test_a_file_that_does_not_fit_is_refused_and_leaves_nothing(tmp_path, data):
    for entry, content, sentence in (
        (find_entry("squeezenet1_0"), data, "The file does not fit. "),
        (ENTRY, b"PK\x03\x04 nothing", "is damaged or cut off"),
        (
            ENTRY,
            bytes(MAX_UPLOADED_CHECKPOINT_BYTES + 1),
            "at most 60 MB can be uploaded. Put the file squeezenet1_1-b8",
        ),
    ):
        with pytest.raises(WeightsError) as caught:
            keep_upload(entry, content, tmp_path / "ours")
        assert sentence in str(caught.value)
        assert "/tmp" not in str(caught.value).replace(str(weights_path(entry).parent), "")
        assert not (tmp_path / "ours").exists()


def test_a_workspace_keeps_four_files_and_replaces_its_own(tmp_path, data):
    ours = tmp_path / "ours"
    (ours / "weights").mkdir(parents=True)
    for name in ("resnet18", "alexnet", "vgg11", "squeezenet1_0"):
        upload_path(find_entry(name), ours).touch()
    with pytest.raises(WeightsError, match="for 4 networks already: alexnet, resnet18, squeezenet1_0, vgg11"):
        keep_upload(ENTRY, data, ours)
    forget_upload(find_entry("vgg11"), ours)
    keep_upload(ENTRY, data, ours)
    keep_upload(ENTRY, data, ours)
    assert "squeezenet1_1" in own_uploads(ours)
