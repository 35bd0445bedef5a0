"""Weights come whole and verified, or not at all, and the sentence says which file belongs into which folder."""

import dataclasses
import hashlib
import io
import pickle

import pytest
import torch
from torchvision import models

from netcore.data.photos import decode_photo, example_photos
from netcore.errors import OwnWeightsError, WeightsError
from netcore.settings import PROJECT_FOLDER
from netcore.zoo.catalogue import find_entry
from netcore.zoo.download import has_published_digest
from netcore.zoo.inference import classify
from netcore.zoo.weights import load_pretrained, weights_path, weights_state

SHARED_HUB = PROJECT_FOLDER.parent / "shared" / "torch_home"
CAT = example_photos()[0]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def squeezenet_state():
    torch.manual_seed(0)
    return models.squeezenet1_1(weights=None).state_dict()


def saved(value) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def test_the_bundled_network_is_the_published_one_and_frozen():
    loaded = load_pretrained("efficientnet_lite0")
    assert loaded.published
    assert len(loaded.categories) == 1000
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())
    assert not any(tensor.is_meta for tensor in loaded.model.state_dict().values())


def test_the_state_of_weights_changes_when_the_file_appears(hub):
    entry = find_entry("squeezenet1_1")
    assert weights_path(entry) == hub / "squeezenet1_1-b8a52dc0.pth"
    assert weights_state(entry) == "can be downloaded"
    weights_path(entry).write_bytes(b"")
    assert weights_state(entry) == "on disk"
    assert weights_state(find_entry("efficientnet_lite0")) == "bundled"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.float64], ids=str)
def test_own_weights_under_the_published_name_are_taken_where_somebody_says_so(hub, dtype):
    state = {name: tensor.to(dtype) for name, tensor in squeezenet_state().items()}
    weights_path(find_entry("squeezenet1_1")).write_bytes(saved(state))
    with pytest.raises(OwnWeightsError, match=r"squeezenet1_1-b8a52dc0\.pth in .* fits squeezenet1_1, but is not the"):
        load_pretrained("squeezenet1_1")
    loaded = load_pretrained("squeezenet1_1", own_weights=True)
    assert not loaded.published
    assert all(torch.equal(tensor, state[name].float()) for name, tensor in loaded.model.state_dict().items())
    assert all(tensor.dtype == torch.float32 for tensor in loaded.model.parameters())


def test_own_weights_of_a_network_with_counters_and_tables_come_whole(hub):
    model = models.swin_v2_t(weights=None)
    weights_path(find_entry("swin_v2_t")).write_bytes(saved(model.state_dict()))
    loaded = load_pretrained("swin_v2_t", own_weights=True)
    assert all(torch.equal(tensor, model.state_dict()[name]) for name, tensor in loaded.model.state_dict().items())
    state = model.state_dict()
    name = next(name for name in state if name.endswith("relative_position_index"))
    weights_path(find_entry("swin_v2_t")).write_bytes(saved({**state, name: state[name] + 10**6}))
    with pytest.raises(WeightsError, match=f"another network: {name} holds other numbers"):
        load_pretrained("swin_v2_t", own_weights=True)


def test_a_file_of_unknown_origin_is_never_unpickled_in_this_process(hub, monkeypatch):
    weights_path(find_entry("squeezenet1_1")).write_bytes(saved(squeezenet_state()))
    monkeypatch.setattr(torch, "load", None)
    assert not load_pretrained("squeezenet1_1", own_weights=True).published


def test_weights_that_the_system_does_not_let_us_read_are_not_called_damaged(hub, monkeypatch):
    path = weights_path(find_entry("squeezenet1_1"))
    path.write_bytes(saved(squeezenet_state()))

    def refuse(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("netcore.zoo.weights.is_published", refuse)
    with pytest.raises(WeightsError, match="cannot be read: Permission denied"):
        load_pretrained("squeezenet1_1")


def test_a_flipped_byte_is_seen_in_the_signature_of_the_file(hub):
    data = bytearray(saved(squeezenet_state()))
    entry = find_entry("squeezenet1_1")
    entry = dataclasses.replace(entry, file_name=f"net-{hashlib.sha256(data).hexdigest()[:8]}.pth")
    place = data.index(squeezenet_state()["features.0.weight"].numpy().tobytes()[:64])
    for expected in (True, False):
        weights_path(entry).write_bytes(data)
        with weights_path(entry).open("rb") as file:
            assert has_published_digest(file, entry.file_name) is expected
        data[place] ^= 1


class Poison:
    def __reduce__(self):
        return print, ("this code must not run",)


def flipped(data):
    changed = bytearray(data)
    changed[len(data) // 2] ^= 1
    return bytes(changed)


def without_one(state):
    return {name: tensor for name, tensor in state.items() if name != "classifier.1.bias"}


BAD_FILES = {
    "poison": (pickle.dumps(Poison(), protocol=2), "is a pickle, and not what torch.save makes"),
    "poison of today": (pickle.dumps(Poison()), "is a pickle, and not what torch.save makes"),
    "poison in a zip": (
        saved({"a": Poison()}),
        "asks for __builtin__.print in its entry a, which",
    ),
    "nothing": (b"", "is empty"),
    "noise": (bytes(5000), "and no checkpoint"),
    "half": (saved(squeezenet_state())[:100_000], "is damaged or cut off"),
    "a flipped bit": (flipped(saved(squeezenet_state())), "is damaged or cut off"),
    "too much": (bytes(20 * 1024**2), "has 21.0 MB, and this network's weights take at most 14.1"),
    "a list": (saved([torch.zeros(2)]), "holds a list of 1 tensors without names"),
    "numbers": (saved({"classifier.1.bias": 3}), "and none of these is a state_dict"),
    "stretched": (
        saved({"classifier.1.bias": torch.zeros(1).expand(10**6, 10**6)}),
        "classifier.1.bias [1000000, 1000000]",
    ),
    "another kind": (
        saved({**squeezenet_state(), "classifier.1.bias": torch.zeros(1000, dtype=torch.int64)}),
        "classifier.1.bias holds int64 in the checkpoint",
    ),
    "too large for float32": (
        saved({**squeezenet_state(), "classifier.1.bias": torch.full((1000,), 1e300, dtype=torch.float64)}),
        "classifier.1.bias holds 1e+300, more than float32 can hold",
    ),
    "one tensor less": (
        saved(without_one(squeezenet_state())),
        "The checkpoint has no classifier.1.bias",
    ),
    "one tensor more": (
        saved({**squeezenet_state(), "extra": torch.zeros(1)}),
        "The checkpoint holds extra, which this",
    ),
    "another shape": (
        saved({**squeezenet_state(), "classifier.1.bias": torch.zeros(10)}),
        "classifier.1.bias has the shape [10] in the checkpoint, and this network expects [1000]",
    ),
    "not a number": (
        saved({**squeezenet_state(), "classifier.1.bias": torch.full((1000,), torch.nan)}),
        "classifier.1.bias holds numbers that no training gives",
    ),
}


@pytest.mark.parametrize(("data", "sentence"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_in_words_that_name_it(hub, capsys, recwarn, data, sentence):
    weights_path(find_entry("squeezenet1_1")).write_bytes(data)
    with pytest.raises(WeightsError) as caught:
        load_pretrained("squeezenet1_1", own_weights=True)
    assert sentence in str(caught.value)
    assert "squeezenet1_1-b8a52dc0.pth" in str(caught.value)
    assert not isinstance(caught.value, OwnWeightsError)
    assert "must not run" not in capsys.readouterr().out
    assert not recwarn.list


def test_old_names_of_densenet_and_aux_heads_of_googlenet_are_understood(hub):
    for name, prefix in (("densenet121", "denselayer"), ("googlenet", "aux")):
        torch.manual_seed(0)
        arguments = {"aux_logits": True, "init_weights": False} if name == "googlenet" else {}
        state = models.get_model(name, weights=None, **arguments).state_dict()
        published = {
            key.replace("norm1.", "norm.1.").replace("norm2.", "norm.2.").replace("conv1.", "conv.1.")
            if "denselayer" in key
            else key: tensor
            for key, tensor in state.items()
        }
        assert any(prefix in key for key in published)
        weights_path(find_entry(name)).write_bytes(saved(published))
        loaded = load_pretrained(name, own_weights=True)
        assert len(classify(loaded, [decode_photo(CAT.path.read_bytes())])[0].logits) == 1000


@pytest.mark.skipif(not SHARED_HUB.is_dir(), reason="no folder of downloaded torchvision weights beside the project")
def test_the_official_path_finds_squeezenet_on_the_disk_and_it_sees_the_cat(monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(SHARED_HUB))
    assert weights_state(find_entry("squeezenet1_0")) == "on disk"
    loaded = load_pretrained("squeezenet1_0", own_weights=True)
    best = classify(loaded, [decode_photo(CAT.path.read_bytes())])[0].predictions[0]
    assert best.category == "Egyptian cat"
    assert best.probability == pytest.approx(0.60, abs=0.02)
    assert not loaded.published
