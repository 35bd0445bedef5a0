"""Networks in memory: shared, bounded in bytes, and never older than their file."""

import gc
import threading
import weakref
from dataclasses import replace

import pytest
from torch import nn

from netcore.errors import OwnWeightsError, WeightsError
from netcore.zoo import cache
from netcore.zoo.cache import ModelCache
from netcore.zoo.catalogue import find_entry
from netcore.zoo.weights import load_pretrained

RESNET, ALEXNET, VGG = "resnet18", "alexnet", "vgg16"  # 47 MB, 244 MB, 553 MB


@pytest.fixture
def disk(monkeypatch, tmp_path):
    """Loading without files: the versions on the disk, and the names that were loaded."""
    template = load_pretrained("efficientnet_lite0")
    versions, loaded = {}, []

    def load(name, *, own_weights, path):
        loaded.append(name)
        version = versions.setdefault(name, "first")
        published = not version.startswith("own")
        return replace(template, entry=find_entry(name), model=nn.Identity(), version=version, published=published)

    monkeypatch.setattr(cache, "load_pretrained", load)
    monkeypatch.setattr(cache, "weights_path", lambda entry: tmp_path / entry.name)
    monkeypatch.setattr(cache, "weights_version", lambda path: versions.get(path.name, ""))
    monkeypatch.setattr(cache, "fetch_weights", lambda entry: None)
    return versions, loaded


def test_whoever_asks_again_gets_the_same_object(disk):
    kept = ModelCache(10**9)
    assert kept.load(RESNET) is kept.load(RESNET)
    assert disk[1] == [RESNET]


def test_the_network_that_nobody_asked_for_longest_makes_room(disk):
    kept = ModelCache(300_000_000)
    kept.load(RESNET)
    kept.load(ALEXNET)
    kept.load(RESNET)
    kept.load("resnet34")
    assert kept.kept == (RESNET, "resnet34")


def test_a_network_larger_than_the_bound_is_kept_alone(disk):
    kept = ModelCache(300_000_000)
    kept.load(RESNET)
    kept.load(VGG)
    assert kept.kept == (VGG,)
    assert kept.load(VGG) is kept.load(VGG)
    kept.load(RESNET)
    assert kept.kept == (RESNET,)


def test_a_weights_file_that_was_replaced_is_loaded_anew(disk):
    versions, loaded = disk
    kept = ModelCache(10**9)
    old = kept.load(RESNET)
    versions[RESNET] = "second"
    assert kept.load(RESNET) is not old
    assert kept.load(RESNET).version == "second"
    assert loaded == [RESNET, RESNET]


def test_many_who_ask_at_once_are_served_by_one_load(disk):
    kept = ModelCache(10**9)
    threads = [threading.Thread(target=kept.load, args=(RESNET,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert disk[1] == [RESNET]


def test_a_load_that_fails_keeps_nothing_and_can_be_tried_again(disk, monkeypatch):
    kept = ModelCache(10**9)
    with monkeypatch.context() as patch:
        patch.setattr(cache, "load_pretrained", _refuse)
        with pytest.raises(WeightsError):
            kept.load(RESNET)
    assert kept.kept == ()
    assert kept.load(RESNET).entry.name == RESNET


def test_own_weights_are_given_only_to_those_who_say_that_they_want_them(disk):
    versions, loaded = disk
    versions[RESNET] = "own"
    kept = ModelCache(10**9)
    for _ in range(2):
        with pytest.raises(OwnWeightsError, match="fits resnet18, but is not the published one"):
            kept.load(RESNET)
        assert not kept.load(RESNET, own_weights=True).published
    assert loaded == [RESNET]


def test_a_file_elsewhere_is_another_network_of_the_same_name(disk, tmp_path):
    kept = ModelCache(10**9)
    shared = kept.load(RESNET)
    assert kept.load(RESNET, path=tmp_path / "own" / RESNET) is not shared
    assert kept.load(RESNET) is shared
    assert kept.kept == (RESNET, RESNET)


def test_nothing_holds_a_network_that_was_let_go(disk):
    kept = ModelCache(300_000_000)
    gone = weakref.ref(kept.load(RESNET).model)
    kept.load(VGG)
    gc.collect()
    assert gone() is None


def _refuse(name, **arguments):
    raise WeightsError("{name} is damaged.", "Delete it.", name=name)


def test_the_real_file_gives_the_version_by_which_it_is_found_again():
    kept = ModelCache(10**9)
    assert kept.load("efficientnet_lite0") is kept.load("efficientnet_lite0")
