"""Files from outside that are no checkpoint, or would harm: each is refused with its reason, and nothing is left."""

import inspect
import io
import pickle
import pickletools
import random
import re
import tarfile
import threading
from collections import OrderedDict
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from netcore.data.archive import seal
from netcore.errors import CheckpointError, NetcoreError, RunError
from netcore.model.spec import spec_to_json
from netcore.model.stack import Stack
from netcore.settings import MAX_UPLOADED_CHECKPOINT_BYTES
from netcore.training import outside
from netcore.training.layout import BEST_NAME
from netcore.training.loop import train
from netcore.training.outside import adopt, examine
from netcore.training.scheduler import Scheduler
from tests.engine.outside_files import (
    Storage,
    Tensor,
    around,
    calling,
    laughs,
    members_of,
    pickled,
    saved,
    script_value,
    with_tensor,
    zipped,
)
from tests.engine.training_help import HARD, SMALL, few_digits, hash_state, small_config

UNREADABLE = "The file is damaged: a tensor reaches beyond its numbers|The file is damaged or cut off"
DAMAGED = "The file is damaged or cut off"
NO_STATE = "and none of these is a state_dict"


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """The best checkpoint of one epoch of SMALL."""
    folder = tmp_path_factory.mktemp("ours")
    train(SMALL.build(0), small_config(epochs=1), few_digits(), folder, network=SMALL)
    return (folder / BEST_NAME).read_bytes()


def cut(share):
    whole = saved(script_value())
    return whole[: int(len(whole) * share)]


def flipped(data):
    place = data.index(members_of(data)["archive/data/0"][:64])
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def swapped_pickle(change):
    members = members_of(saved(script_value()))
    members["archive/data.pkl"] = change(members["archive/data.pkl"])
    return zipped(members)


# What a look is enough for: refused in a confined process before torch reads it.
class Loud:
    def __reduce__(self):
        return print, ("this must not run",)


COUNT = (12_544).to_bytes(8, "little")


def legacy():
    return saved(script_value(), _use_new_zipfile_serialization=False)


def legacy_head():
    """The magic number, the version, and the machine that wrote it."""
    whole = io.BytesIO(saved({}, _use_new_zipfile_serialization=False))
    for _ in range(3):
        list(pickletools.genops(whole))
    return whole.getvalue()[: whole.tell()]


def tarred(*names):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    return buffer.getvalue()


AT_A_LOOK = {
    "CP01 posix.system": (lambda: calling("posix", "system", b"X\x04\x00\x00\x00true\x85"), r"asks for posix\.system"),
    "CP02 eval": (lambda: calling("builtins", "eval", b"X\x01\x00\x00\x001\x85"), r"asks for builtins\.eval"),
    "CP10 deflated": (lambda: zipped(members_of(saved({"x": torch.zeros(10**7)})), 8), "is compressed"),
    "CP11 bytearray of 2 GB": (
        lambda: calling("builtins", "bytearray", b"J\xff\xff\xff\x7f\x85"),
        r"asks for builtins\.bytearray",
    ),
    "CP12 bytearray of 1 TB": (
        lambda: calling("__builtin__", "bytearray", b"\x8a\x06\x00\x00\x00\x00\x00\x01\x85"),
        r"asks for __builtin__\.bytearray",
    ),
    "CP14 uninitialised memory": (
        lambda: calling("torch", "FloatTensor", b"M\x00\x10\x85"),
        r"asks for torch\.FloatTensor",
    ),
    "CP16 meta tensor": (lambda: saved({"x": torch.zeros(2, device="meta")}), "asks for torch._utils._rebuild_meta"),
    "CP22 sparse tensor": (
        lambda: saved({"x": torch.zeros(2, 2).to_sparse()}),
        r"asks for torch\._utils\._rebuild_sparse_tensor",
    ),
    "CP23 nothing": (lambda: b"", "The file is empty"),
    "CP24 random bytes": (lambda: random.Random(0).randbytes(5000), "is a file of an unknown kind, and no checkpoint"),
    "CP25 cut at 10 %": (lambda: cut(0.1), DAMAGED),
    "CP26 cut at 50 %": (lambda: cut(0.5), DAMAGED),
    "CP27 cut at 90 %": (lambda: cut(0.9), DAMAGED),
    "CP28 cut at 99 %": (lambda: cut(0.99), DAMAGED),
    "CP29 one bit": (lambda: flipped(saved(script_value())), DAMAGED),
    "CP29 one bit of a seal": (lambda: seal(saved(script_value()))[:-1] + b"?", DAMAGED),
    "CP30 bytes behind": (lambda: saved(script_value()) + bytes(100), "has bytes behind its end"),
    "CP30 bytes behind a seal": (lambda: seal(saved(script_value())) + b"x", "has bytes behind its end"),
    "CP30 a second archive behind": (lambda: saved(script_value()) * 2, "has bytes before its beginning"),
    "CP34 a picture": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(50), "is PNG, and no checkpoint"),
    "CP34 cut safetensors": (lambda: b'\x20\x00\x00\x00\x00\x00\x00\x00{"a":{}}', "is a file of an unknown kind"),
    "CP34 TorchScript": (lambda: zipped({"m/code/__torch__.py": b"", "m/data.pkl": b""}), "is a TorchScript archive"),
    "CP34 torch.export": (lambda: zipped({"m/models/model.json": b"{}"}), "is an exported program"),
    "CP34 any archive": (lambda: zipped({"a/version": b"3"}), "is a ZIP archive, and no checkpoint"),
    "CP34 a path as a part": (lambda: zipped({"../data.pkl/../x": b""}), r"holds \.\./data\.pkl/\.\./x, which"),
    "CP34 no parts": (lambda: b"PK\x05\x06" + bytes(18), "is a ZIP archive, and no checkpoint|file of an unknown"),
    "CP37 complex": (lambda: saved({"x": torch.zeros(2, dtype=torch.complex64)}), "asks for torch.ComplexFloatStorage"),
    "a pickle cut short": (lambda: swapped_pickle(lambda content: content[:-20]), DAMAGED),
    "nested too deeply": (lambda: around(b"\x80\x02" + b"(" * 60 + b"t" * 60 + b"."), "nests them too deeply"),
    "too many values": (lambda: around(b"\x80\x02]" + b"Na" * 110_000 + b"."), "far more than a training's"),
    "too many parts": (lambda: zipped({f"a/data/{n}": b"" for n in range(2001)}), "has more than 2,000 parts"),
    "CP21 billion laughs": (lambda: around(pickle.dumps(laughs(), protocol=2)), "far more than a training's"),
    "a pickle beyond 4 MB": (lambda: around(b"\x80\x02" + b"N0" * (3 * 1024**2)), "far more than a training's"),
    "an opcode of protocol 0": (lambda: around(b"(iposix\nsystem\n."), "asks for pickle's INST"),
    "an extension": (lambda: around(b"\x80\x02\x82\x01."), "asks for pickle's EXT1"),
    "a bytearray of protocol 5": (lambda: around(b"\x80\x05\x96" + bytes(8) + b"."), "asks for pickle's BYTEARRAY8"),
    "a buffer out of band": (lambda: around(b"\x80\x05\x97."), "asks for pickle's NEXT_BUFFER"),
    "a name from the stack": (
        lambda: around(b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R."),
        r"asks for posix\.system",
    ),
    "a name from the stack in an entry": (
        lambda: saved({**script_value(), "x": Loud()}, pickle_protocol=4),
        r"asks for builtins\.print in its entry x",
    ),
    "an object made without its class": (lambda: around(b"\x80\x02cposix\nsystem\n)\x81."), r"asks for posix\.system"),
    "a frame longer than the file": (lambda: around(b"\x80\x04\x95" + b"\xff" * 7 + b"\x7fN."), DAMAGED),
    "a text longer than the file": (lambda: around(b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7fN."), DAMAGED),
    "memo of what contains itself": (lambda: around(b"\x80\x04]\x94h\x00a."), "far more than a training's"),
    "deep tuples without a mark": (lambda: around(b"\x80\x02)" + b"\x85" * 1000 + b"."), "nests them too deeply"),
    "before 1.6: cut off": (lambda: legacy()[:-7], DAMAGED),
    "before 1.6: bytes behind": (lambda: legacy() + b"x", "has bytes behind its end"),
    "before 1.6: a huge storage": (lambda: legacy().replace(COUNT, (2**60).to_bytes(8, "little"), 1), DAMAGED),
    "before 1.6: a call": (
        lambda: legacy_head() + b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.",
        r"asks for posix\.system",
    ),
    "before 1.6: laughs": (lambda: legacy_head() + pickle.dumps(laughs(), 2), "far more than a training's"),
    "before 1.6: no more": (legacy_head, DAMAGED),
    "before 1.6: a storage of nobody": (
        lambda: legacy_head() + pickle.dumps({}, 2) + pickle.dumps(["1"], 2) + bytes(8),
        DAMAGED,
    ),
    "before 0.2": (lambda: tarred("storages", "tensors", "pickle"), "was saved by PyTorch before 0.2, as a tar"),
    "a tar": (lambda: tarred("best.pth"), "is a tar archive, and torch.save makes none"),
}


@pytest.mark.parametrize(("make", "sentence"), AT_A_LOOK.values(), ids=AT_A_LOOK)
def test_what_a_look_is_enough_for_is_refused_before_torch_reads_it(make, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        examine(make(), SMALL, small_config())


def changed(**entries):
    return lambda: saved({**script_value(), **entries})


def without(key):
    return lambda: saved({name: item for name, item in script_value().items() if name != key})


def weights(tensors):
    value = script_value()
    return lambda: saved({**value, "model_state": {**value["model_state"], **tensors}})


def lacking(name):
    value = script_value()
    return lambda: saved({**value, "model_state": {k: v for k, v in value["model_state"].items() if k != name}})


def noted():
    value = script_value()
    value["model_state"]._metadata = 5
    return saved(value)


def named_by_numbers():
    value = script_value()
    return saved({**value, "model_state": OrderedDict(enumerate(value["model_state"].values()))})


def numpy_cut_short():
    """Eight bytes that say that they are a number of four."""
    members = members_of(saved({**script_value(), "best_loss": np.float64(0.5)}))
    members["archive/data.pkl"] = members["archive/data.pkl"].replace(b"X\x02\x00\x00\x00f8", b"X\x02\x00\x00\x00f4")
    return zipped(members)


def set_into_a_tensor():
    tensor = pickled(Tensor((16,), (1,)))
    return around(tensor[:-1] + b"K\x00K\x01s.", {"0": bytes(64)})


BIAS = Tensor((16,), (1,))
A_LOSS = r"its best_loss is not a loss, a plain number as loss\.item\(\) gives it"
AN_EPOCH = "its epoch is not a whole number from 0 to 200"
NUMBERS = "holds numbers that no training gives"

# What only torch can tell.
BY_TORCH = {
    "CP03 storage too long": (lambda: with_tensor(Tensor((16,), (1,), storage=Storage("0", 10**6))), UNREADABLE),
    "CP04 record too long": (lambda: with_tensor(Tensor((4,), (1,), storage=Storage("0", 4)), bytes(1600)), UNREADABLE),
    "CP05 view too large": (lambda: with_tensor(Tensor((400,), (1,))), UNREADABLE),
    "CP06 negative offset": (lambda: with_tensor(Tensor((16,), (1,), offset=-4)), UNREADABLE),
    "CP07 negative stride": (lambda: with_tensor(Tensor((16,), (-1,))), UNREADABLE),
    "CP08 stride 0": (
        lambda: saved({**script_value(), "model_state": {
            **script_value()["model_state"], "1.bias": torch.zeros(1).expand(10**6, 10**6)
        }}),
        r"1\.bias has the shape \[1000000, 1000000\] in the checkpoint",
    ),
    "an offset beyond": (lambda: with_tensor(Tensor((16,), (1,), offset=1)), UNREADABLE),
    "CP09 2^62 numbers": (lambda: with_tensor(Tensor((2**62, 4), (4, 1))), UNREADABLE),
    "CP17 an item set into a tensor": (set_into_a_tensor, UNREADABLE),
    "CP18 record missing": (lambda: with_tensor(BIAS, None), UNREADABLE),
    "CP21 many laughs as a loss": (changed(best_loss=laughs(4)), A_LOSS),
    "a loss of NumPy's objects": (changed(best_loss=np.array([object], dtype=object)[0]), "asks for .*object"),
    "a loss that is a NumPy array": (changed(best_loss=np.zeros(2)), A_LOSS),
    "a loss of NumPy's fields": (changed(best_loss=np.zeros(1, dtype="f4,f4")[0]), A_LOSS),
    "a loss of NumPy, nan": (changed(best_loss=np.float64("nan")), A_LOSS),
    "a loss of NumPy cut short": (numpy_cut_short, DAMAGED),
    "CP21 many laughs as meta": (
        changed(meta={"format": 1, "config": laughs(4), "network": {}}), "its meta is not of format 1"
    ),
    "CP21 many laughs inside meta": (
        changed(meta={"format": 1, "config": {"epochs": laughs(4)}, "network": {}}), "far more than an account"
    ),
    "CP21 a tensor inside meta": (
        changed(meta={"format": 1, "config": {"epochs": torch.ones(2)}, "network": {}}), "The file's meta holds Tensor"
    ),
    "CP32 notes of a state_dict": (noted, DAMAGED),
    "CP35 no model_state": (without("model_state"), NO_STATE),
    "CP35 a list": (lambda: saved(list(script_value().values())), "holds a value of type list, and no state_dict"),
    "CP35 tensors by number": (named_by_numbers, "its model_state has 0 where a tensor's name belongs"),
    "CP35 no optimizer": (changed(optim_state=None), "its optim_state is not an optimizer's"),
    "CP36 another shape": (weights({"1.bias": torch.zeros(15)}), r"1\.bias has the shape \[15\] .* expects \[16\]"),
    "CP36 one more": (weights({"9.bias": torch.zeros(1)}), r"holds 9\.bias, which this network does not have"),
    "CP36 one less": (lacking("1.bias"), r"The checkpoint has no 1\.bias"),
    "CP37 nan": (weights({"1.bias": torch.full((16,), torch.nan)}), NUMBERS),
    "CP37 inf": (weights({"1.bias": torch.full((16,), torch.inf)}), NUMBERS),
    "CP37 1e300": (weights({"1.bias": torch.full((16,), 1e300, dtype=torch.float64)}), r"1\.bias holds 1e\+300, more"),
    "CP37 int64": (weights({"1.bias": torch.zeros(16, dtype=torch.int64)}), "1.bias holds int64"),
    "CP37 bool": (weights({"1.bias": torch.zeros(16, dtype=torch.bool)}), "1.bias holds bool"),
    "CP37 a list": (weights({"1.bias": [0.0] * 16}), r"1\.bias in its model_state: a value of type list"),
    "CP37 None": (weights({"1.bias": None}), r"1\.bias in its model_state: a value of type NoneType"),
    "CP37 weights that overflow": (
        weights({"1.bias": torch.full((16,), 3e38), "3.weight": torch.full((10, 16), 3e38)}),
        "the network's logits are no numbers",
    ),
    "CP44 loss nan": (changed(best_loss=float("nan")), A_LOSS),
    "CP44 loss -inf": (changed(best_loss=-float("inf")), A_LOSS),
    "CP44 loss a text": (changed(best_loss="0.1"), A_LOSS),
    "CP44 loss None": (changed(best_loss=None), A_LOSS),
    "CP44 loss True": (changed(best_loss=True), A_LOSS),
    "CP44 loss a tensor": (changed(best_loss=torch.tensor([1, 2])), A_LOSS),
    "CP44 loss 10^400": (changed(best_loss=10**400), A_LOSS),
    "CP45 epoch -1": (changed(epoch=-1), AN_EPOCH),
    "CP45 epoch 2.5": (changed(epoch=2.5), AN_EPOCH),
    "CP45 epoch a text": (changed(epoch="3"), AN_EPOCH),
    "CP45 epoch 10^30": (changed(epoch=10**30), AN_EPOCH),
    "CP45 epoch True": (changed(epoch=True), AN_EPOCH),
    "CP45 epoch None": (changed(epoch=None), AN_EPOCH),
    "CP45 epoch nan": (changed(epoch=float("nan")), AN_EPOCH),
    "CP45 epoch beyond all runs": (changed(epoch=199), "4 more epochs after epoch 199 are more than the 200"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "sentence"), BY_TORCH.values(), ids=BY_TORCH)
def test_what_only_torch_can_tell_is_refused_with_its_reason(near, make, sentence):
    with pytest.raises(NetcoreError, match=sentence):
        examine(make(), SMALL, small_config())


@pytest.mark.parametrize(
    ("name", "tensor"),
    [("1.running_var", -torch.ones(4)), ("1.num_batches_tracked", torch.tensor(2**63 - 1))],
    ids=["CP38 negative variance", "CP38 more batches than can be"],
)
def test_what_batchnorm_cannot_have_counted_is_refused(near, name, tensor):
    value = script_value(HARD)
    with pytest.raises(CheckpointError, match=f"{name} {NUMBERS}"):
        examine(saved({**value, "model_state": {**value["model_state"], name: tensor}}), HARD, small_config())


def memory(change):
    value = script_value()
    change(value["optim_state"])
    return value


def spoil(key, tensor):
    return lambda state: state["state"][0].__setitem__(key, tensor)


MOMENTS = torch.zeros(16, 784)
MEMORIES = {
    "CP39 fewer parameters": (lambda state: state["state"].pop(3), "remembers nothing of 1 of the 4 parameters"),
    "CP39 nothing": (lambda state: state["state"].clear(), "remembers nothing of 4 of the 4 parameters"),
    "CP39 another group": (
        lambda state: state["param_groups"].append({"params": [9]}),
        "does not move the 4 parameters of this network as one group",
    ),
    "CP39 numbers that are tensors": (
        lambda state: state["param_groups"][0].update(params=[torch.ones(2)]),
        "does not move the 4 parameters of this network as one group",
    ),
    "CP40 another shape": (spoil("exp_avg", torch.zeros(3)), r"exp_avg of 1\.weight has the shape \[3\]"),
    "a few bytes that say they are terabytes": (
        spoil("exp_avg", torch.zeros(1, dtype=torch.float64).expand(10**6, 10**6)),
        r"exp_avg of 1\.weight has the shape \[1000000, 1000000\]",
    ),
    "CP41 nan": (spoil("exp_avg", MOMENTS / 0), rf"exp_avg of 1\.weight {NUMBERS}"),
    "CP41 negative square": (spoil("exp_avg_sq", MOMENTS - 1), rf"exp_avg_sq of 1\.weight {NUMBERS}"),
    "CP41 step nan": (spoil("step", torch.tensor(torch.nan)), rf"step of 1\.weight {NUMBERS}"),
    "CP43 one thing more": (spoil("square_avg", MOMENTS), "and Adam needs step, exp_avg, exp_avg_sq"),
}


@pytest.mark.parametrize(("change", "sentence"), MEMORIES.values(), ids=MEMORIES)
def test_an_optimizer_that_does_not_fit_begins_anew_only_when_a_person_says_so(near, store, change, sentence):
    value = memory(change)
    found = examine(saved(value), SMALL, small_config())
    assert re.search(sentence, str(found.problem))
    with pytest.raises(CheckpointError, match=sentence):
        adopt(store, found)
    assert store.list() == ()
    written = torch.load(adopt(store, found, fresh_optimizer=True).last_path, weights_only=True)
    assert hash_state(written["model_state"]) == hash_state(value["model_state"])
    assert not any(tensor.any() for memory in written["optim_state"]["state"].values() for tensor in memory.values())


@pytest.mark.parametrize(
    ("saved_with", "goes_on_with"), [("Adam", "SGD"), ("SGD", "Adam"), ("RMSprop", "AdamW")], ids="CP43 {}".format
)
def test_the_memory_of_another_optimizer_is_named(near, saved_with, goes_on_with):
    momentum = {"momentum": 0.9} if saved_with == "SGD" else {}
    value = script_value(optimizer=getattr(torch.optim, saved_with), **momentum)
    problem = examine(saved(value), SMALL, small_config(goes_on_with)).problem
    assert f"and {goes_on_with} needs" in str(problem)


@pytest.mark.parametrize(
    "settings",
    [
        {"lr": float("nan")},
        {"lr": 1e30},
        {"lr": -1},
        {"betas": (2, 2)},
        {"maximize": True},
        {"fused": True, "foreach": True},
    ],
    ids=lambda settings: f"CP42 {settings}",
)
def test_settings_of_the_optimizer_never_come_from_its_memory(near, settings):
    value = script_value()
    plain = examine(saved(value), SMALL, small_config())
    value["optim_state"]["param_groups"][0].update(settings)
    assert examine(saved(value), SMALL, small_config()).data == plain.data
    assert examine(saved(value), SMALL, small_config()).other is not None or settings.keys() >= {"fused"}


def rewritten(ours, change):
    """Our own file with its meta changed, sealed by somebody who knows how."""
    value = torch.load(io.BytesIO(ours), weights_only=True)
    change(value["meta"])
    return seal(saved(value))


OTHER = Stack.parse("flatten, linear(784,16), sigmoid, linear(16,10)")
A_CLASS = "from torch import nn\n\n\nclass Network(nn.Module):\n    def forward(self, x):\n        return x\n"
METAS = {
    "CP46 same shapes, another network": (
        lambda meta: meta.update(network=spec_to_json(OTHER)),
        "names one network and carries the fingerprint of another",
    ),
    "a network of nothing": (lambda meta: meta.update(network={"kind": "stack"}), "It needs a list|cannot be followed"),
    "a class that wants out": (
        lambda meta: meta.update(network={"kind": "custom", "source": "import os\n" + A_CLASS}), "be followed.*os"
    ),
    "epochs beyond the limit": (
        lambda meta: meta["config"].update(epochs=10**6), "The setting epochs is 1000000"
    ),
    "a learning rate of nan": (
        lambda meta: meta["config"].update(learning_rate=float("nan")), "The setting learning rate is nan"
    ),
    "a setting too many": (lambda meta: meta["config"].update(more=1), "These are not saved training settings"),
    "no history": (lambda meta: meta.pop("history"), "The file has no readable history"),
    "a history of another epoch": (
        lambda meta: meta["history"][0].update(epoch=5), "The file's epoch is 1, and its history ends at 5"
    ),
    "a rate that runs away": (
        lambda meta: meta["learning_rate"].update(now=1e30), "not where its schedule can have brought it"
    ),
    "a base out of range": (
        lambda meta: meta["learning_rate"].update(base=1e30), "The setting learning rate is 1e"
    ),
    "a schedule that is far ahead": (
        lambda meta: meta["learning_rate"]["scheduler"].update(last_epoch=10**9), "not where its schedule"
    ),
    "a format to come": (lambda meta: meta.update(format=2), "its meta is not of format 1"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), METAS.values(), ids=METAS)
def test_what_a_file_says_of_its_training_is_checked_as_if_it_were_typed(near, ours, change, sentence):
    with pytest.raises(CheckpointError, match=sentence):
        examine(rewritten(ours, change), SMALL, small_config())


def resident_bytes():
    with open("/proc/self/statm") as file:  # noqa: PTH123 - no path of ours
        return int(file.read().split()[1]) * 4096


@pytest.mark.parametrize("name", ["CP11 bytearray of 2 GB", "CP10 deflated"])
def test_a_file_that_would_swell_takes_no_memory_here(name):
    data = AT_A_LOOK[name][0]()
    before = resident_bytes()
    with pytest.raises(CheckpointError):
        examine(data, SMALL, small_config())
    assert resident_bytes() - before < 100 * 1024**2


@pytest.mark.parametrize("name", ["CP08 stride 0", "CP21 many laughs inside meta", "CP03 storage too long"])
def test_what_is_read_is_read_in_another_process(name, monkeypatch):
    make, sentence = BY_TORCH[name]
    data = make()
    monkeypatch.setattr(torch, "load", None)
    before = resident_bytes()
    with pytest.raises(CheckpointError, match=sentence):
        examine(data, SMALL, small_config())
    assert resident_bytes() - before < 100 * 1024**2


def test_a_file_over_the_limit_is_refused_before_anything_is_started(monkeypatch):
    monkeypatch.setattr(outside, "nursery", None)
    with pytest.raises(CheckpointError, match=r"The file is 60\.0 MB\. Choose one of at most 60 MB"):
        examine(bytes(MAX_UPLOADED_CHECKPOINT_BYTES + 1), SMALL, small_config())


def test_a_check_that_takes_too_long_is_ended_in_words(ours, monkeypatch):
    monkeypatch.setattr(outside, "FILE_LIMITS", replace(outside.FILE_LIMITS, wall_seconds=0.001))
    with pytest.raises(CheckpointError, match=r"The file could not be checked\. The work took longer than"):
        examine(ours, SMALL, small_config())


def test_an_answer_is_looked_at_again_before_anything_is_written(ours, near, monkeypatch):
    honest = outside.nursery()

    def ask(*task, **bounds):
        written = calling("posix", "system", b"X\x04\x00\x00\x00true\x85")
        return replace(honest.ask(*task, **bounds), payload=written)

    monkeypatch.setattr(outside, "nursery", lambda: SimpleNamespace(ask=ask))
    with pytest.raises(CheckpointError, match=r"asks for posix\.system"):
        examine(ours, SMALL, small_config())


def test_two_files_at_once_do_not_meet(near, store, ours):  # CP47
    found = examine(ours, SMALL, small_config())
    threads = [threading.Thread(target=adopt, args=(store, found)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.identity for run in store.list()) == ["run-1", "run-2", "run-3", "run-4"]
    assert {run.last_path.read_bytes() for run in store.list()} == {ours}


def test_a_file_adopted_while_a_run_trains_waits_for_its_start(near, store, ours):  # CP47
    training = store.create(SMALL, small_config())
    with training.hold("run"):
        training.write_status(training.status().ended("running"))
        run = adopt(store, examine(ours, SMALL, small_config()))
        scheduler = Scheduler(1)
        try:
            with pytest.raises(RunError, match="run 1 is training already"):
                scheduler.start(run)
        finally:
            scheduler.close()
    assert not run.status().is_active


def test_the_name_of_a_file_reaches_nothing(near, store, ours):  # CP48
    assert "name" not in inspect.signature(examine).parameters
    renamed = members_of(ours)
    renamed = {f"..<script>\u202e{name}": content for name, content in renamed.items()}
    found = examine(zipped(renamed), SMALL, small_config())
    assert [path.name for path in store.folder.parent.rglob("*script*")] == []
    assert set(members_of(found.data)) >= {"archive/data.pkl"}


def test_a_refusal_leaves_nothing_behind(near, store, ours, monkeypatch):
    found = examine(ours, SMALL, small_config())

    def full(*anything, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outside, "write_history", full)
    with pytest.raises(OSError, match="No space left"):
        adopt(store, found)
    assert list(store.folder.iterdir()) == []
