"""What people really bring: files that are plainly the same network are taken, and it is said what was done to them."""

import argparse
import math
import pickle
import re
from collections import OrderedDict

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from netcore.data.saved import Taken
from netcore.errors import CheckpointError
from netcore.training.checkpoints import read_checkpoint
from netcore.training.outside import adopt, examine
from tests.engine.outside_files import saved, script_value, zipped
from tests.engine.training_help import HARD, SMALL, hash_state, small_config

pytestmark = pytest.mark.usefixtures("near")
STATE = SMALL.build(5).state_dict()
COURSE = script_value()
OPTIMIZER = COURSE["optim_state"]


def named(rename, state=STATE):
    return OrderedDict((rename(name), tensor) for name, tensor in state.items())


def behind(prefix):
    return named(lambda name: prefix + name)


def typed(dtype):
    return {name: tensor.to(dtype) for name, tensor in STATE.items()}


def course(**entries):
    return {**COURSE, **entries}


def averaged():
    model = torch.optim.swa_utils.AveragedModel(SMALL.build(5))
    return model.state_dict()


def counted():
    return {**STATE, "total_ops": torch.zeros(1, dtype=torch.float64), "1.total_params": torch.zeros(1)}


def look_at(value, network=SMALL, **how):
    return examine(value if isinstance(value, bytes) else saved(value, **how), network, small_config())


ONLY_WEIGHTS = {
    "55 DataParallel": (lambda: behind("module."), Taken(prefix="module.")),
    "56 compiled": (lambda: behind("_orig_mod."), Taken(prefix="_orig_mod.")),
    "compiled and parallel": (lambda: behind("_orig_mod.module."), Taken(prefix="_orig_mod.module.")),
    "parallel, compiled, parallel": (
        lambda: behind("module._orig_mod.module."),
        Taken(prefix="module._orig_mod.module."),
    ),
    "a part that was compiled": (
        lambda: named(lambda name: name.replace(".", "._orig_mod.")), Taken(prefix="_orig_mod.")
    ),
    "any name that all share": (lambda: behind("digits.backbone."), Taken(prefix="digits.backbone.")),
    "averaged": (averaged, Taken(prefix="module.", left_out=("n_averaged",))),
    "thop": (counted, Taken(left_out=("total_ops", "1.total_params"))),
    "54b one key": (lambda: {"state_dict": STATE}, Taken("state_dict")),
    "any key": (lambda: {"Gewichte": behind("net.")}, Taken("Gewichte", "net.")),
    "two steps down": (lambda: {"best": {"params": STATE, "note": "x"}}, Taken("best.params")),
    "66 half": (lambda: typed(torch.float16), Taken(converted=("float16",))),
    "bfloat16": (lambda: typed(torch.bfloat16), Taken(converted=("bfloat16",))),
    "68 double": (lambda: typed(torch.float64), Taken(converted=("float64",))),
    "parameters": (lambda: OrderedDict((name, nn.Parameter(tensor)) for name, tensor in STATE.items()), Taken()),
    "half in safetensors": (
        lambda: safetensors.torch.save({f"model.{name}": tensor for name, tensor in typed(torch.float16).items()}),
        Taken(prefix="model.", converted=("float16",)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "taken"), ONLY_WEIGHTS.values(), ids=ONLY_WEIGHTS)
def test_weights_that_are_plainly_the_same_networks_are_taken(store, make, taken):
    found = look_at(make())
    assert (found.epoch, found.best_loss, found.problem, found.other) == (0, math.inf, None, None)
    assert found.taken == taken
    written = read_checkpoint(adopt(store, found).best_path).model_state
    kind = getattr(torch, taken.converted[0]) if taken.converted else torch.float32
    assert hash_state(written) == hash_state({name: tensor.float() for name, tensor in typed(kind).items()})


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("archive", [True, False], ids=["zip", "61 before 1.6"])
def test_every_format_and_protocol_of_torch_says_the_same(archive, protocol):  # 61 and 80
    data = saved(COURSE, pickle_protocol=protocol, _use_new_zipfile_serialization=archive)
    assert look_at(data).data == look_at(COURSE).data


def test_views_of_one_storage_are_read_from_where_they_begin_in_either_format():
    whole = torch.arange(16.0 * 784).reshape(784, 16)
    state = {**STATE, "1.weight": whole.t(), "1.bias": whole[3]}
    for archive in (True, False):
        written = look_at(state, _use_new_zipfile_serialization=archive).data
        assert written == look_at({name: tensor.contiguous() for name, tensor in state.items()}).data


ENTRIES = {
    "51 the tutorial": (
        {"epoch": 5, "model_state_dict": STATE, "optimizer_state_dict": OPTIMIZER, "loss": 0.4},
        (5, math.inf, "model_state_dict", ("loss",), ("best_loss",)),
    ),
    "52 the ImageNet example": (
        {
            "epoch": 12, "arch": "mlp", "state_dict": behind("module."), "best_acc1": torch.tensor(97.5),
            "optimizer": OPTIMIZER, "scheduler": {"last_epoch": 12},
        },
        (12, math.inf, "state_dict", ("arch", "best_acc1", "scheduler"), ("best_loss",)),
    ),
    "58 Lightning": (
        {
            "epoch": 2, "global_step": 1407, "pytorch-lightning_version": "2.4.0", "state_dict": behind("net."),
            "loops": {"fit_loop": {"state_dict": {}}}, "callbacks": {}, "optimizer_states": [OPTIMIZER],
            "lr_schedulers": [], "hparams_name": "kwargs", "hyper_parameters": {"lr": 0.001},
        },
        (
            2, math.inf, "state_dict",
            ("global_step", "pytorch-lightning_version", "loops", "callbacks", "lr_schedulers", "hparams_name",
             "hyper_parameters"),
            ("best_loss",),
        ),
    ),
    "55b the course, in parallel": (course(model_state=behind("module.")), (7, 0.25, "model_state", (), ())),
    "62 a loss of NumPy": (course(best_loss=np.float64(0.31)), (7, 0.31, "model_state", (), ())),
    "numbers of NumPy": (course(best_loss=np.float32(0.5), epoch=np.int64(3)), (3, 0.5, "model_state", (), ())),
    "numbers of torch": (
        course(best_loss=torch.tensor(0.5, requires_grad=True), epoch=torch.tensor(3)), (3, 0.5, "model_state", (), ())
    ),
    "65 a whole loss": (course(best_loss=1), (7, 1.0, "model_state", (), ())),
    "76 two more": (
        course(accuracy=0.97, train_losses=[0.9, 0.5]), (7, 0.25, "model_state", ("accuracy", "train_losses"), ())
    ),
    "76c a Namespace": (
        course(args=argparse.Namespace(lr=0.001)), (7, 0.25, "model_state", ("args (argparse.Namespace)",), ())
    ),
    "an array, a set and a type": (
        course(losses=np.array([0.5, 0.25]), seen={1, 2}, dtype=torch.float32, size=torch.Size([2])),
        (7, 0.25, "model_state", ("losses (numpy.ndarray)", "seen (__builtin__.set)", "dtype", "size"), ()),
    ),
    "77 no optimizer": (
        {key: item for key, item in COURSE.items() if key != "optim_state"},
        (7, 0.25, "model_state", (), ("optim_state",)),
    ),
    "no epoch": (
        {key: item for key, item in COURSE.items() if key != "epoch"}, (0, 0.25, "model_state", (), ("epoch",))
    ),
    "a meta of somebody's own": (course(meta={"by": "me"}), (7, 0.25, "model_state", ("meta",), ())),
}  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), ENTRIES.values(), ids=ENTRIES)
def test_entries_are_found_by_what_they_are_and_the_rest_is_named(store, value, expected):
    found = look_at(value)
    told = (found.epoch, found.best_loss, found.taken.entry, found.taken.left_out, found.missing)
    assert told == expected
    assert (found.problem, found.other) == (None, None)
    written = read_checkpoint(adopt(store, found).last_path)
    if "optim_state" not in found.missing:
        assert hash_state(written.optim_state["state"]) == hash_state(OPTIMIZER["state"])


def test_the_step_of_adam_before_torch_1_12_is_taken_as_torch_does():  # 71
    value = script_value()
    for memory in value["optim_state"]["state"].values():
        memory["step"] = int(memory["step"])
    found = look_at(value)
    assert found.problem is None
    assert found.data == look_at(script_value()).data


def test_the_memory_of_a_double_network_is_converted_with_it():
    value = script_value()
    value["model_state"] = {name: tensor.double() for name, tensor in value["model_state"].items()}
    for memory in value["optim_state"]["state"].values():
        memory.update(exp_avg=memory["exp_avg"].double(), exp_avg_sq=memory["exp_avg_sq"].double())
    assert look_at(value).data == look_at(script_value()).data


def test_counters_of_batchnorm_that_older_files_have_not_begin_at_0():
    state = {name: tensor for name, tensor in HARD.build(5).state_dict().items() if "num_batches" not in name}
    found = look_at(state, HARD)
    assert found.taken.filled == ("1.num_batches_tracked", "7.num_batches_tracked")


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 3)


def scripted():
    parts = ("data.pkl", "code/__torch__.py", "constants.pkl", "version")
    return zipped({f"mlp/{name}": b"" for name in parts})


AT_HOME = (
    r"run these two lines.*then choose weights\.pth here:\s+```python\n.*\n.*torch\.save\(.*\"weights\.pth\"\)\n```"
)
REFUSED = {
    "59 a whole network": (lambda: saved(Own()), r"a whole network, with its class .*Own, and not its state_dict"),
    "a whole Sequential": (lambda: saved(SMALL.build(0)), r"with its class torch\.nn\.modules\.container\.Sequential"),
    "a whole network under a key": (lambda: saved({"model": Own()}), r"in its entry model, .*value\[\"model\"\]"),
    "a whole network of before 1.6": (lambda: saved(Own(), _use_new_zipfile_serialization=False), "a whole network"),
    "a whole network, protocol 4": (lambda: saved(Own(), pickle_protocol=4), "a whole network, with its class"),
    "78 a number": (lambda: saved({**STATE, "num_classes": 10}), "num_classes in its state_dict: a value of type int"),
    "a number under a key": (
        lambda: saved({"net": {**STATE, "mean": 0.13}}), r"mean in its net: a value of type float.*\[\"net\"\]"
    ),
    "79b a list": (lambda: saved(list(STATE.values())), "holds a list of 4 tensors without names"),
    "no state_dict": (lambda: saved({"epoch": 3, "args": {}}), "holds epoch, args, and none of these is a state_dict"),
    "two that fit": (lambda: saved({"model": STATE, "ema": typed(torch.float64)}), "2 entries that fit .*: model, ema"),
    "TorchScript": (scripted, "is a TorchScript archive"),
    "NumPy": (lambda: zipped({"1.weight.npy": b""}), r"is an archive of NumPy arrays \(\.npz\)"),
    "Keras": (lambda: zipped({"config.json": b"{}", "model.weights.h5": b""}, 8), r"is a Keras model \(\.keras\)"),
    "Keras of before": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(100), r"is an HDF5 file, as Keras writes it \(\.h5\)"),
    "ONNX": (lambda: b"\x08\x08\x12\x07pytorch" + bytes(100), "is an ONNX model"),
    "TensorFlow": (lambda: b"\x08\x01\x12\x10\x0a\x05\x0a\x00\x12serve" + bytes(100), "is a TensorFlow SavedModel"),
    "a pickle": (lambda: pickle.dumps({"a": 1}), "is a pickle, and not what torch.save makes"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_taken_is_named_with_the_two_lines_that_make_a_file_that_can(make, sentence):
    with pytest.raises(CheckpointError, match=f"(?s){sentence}") as caught:
        look_at(make())
    assert re.search(AT_HOME, str(caught.value), re.DOTALL)


def test_an_entry_of_a_class_of_ones_own_is_named():
    with pytest.raises(CheckpointError, match=r"asks for .*\.Own\w* in its entry config, which.*Nothing of it was run"):
        look_at(course(config=OwnSettings()))


class OwnSettings:
    rate = 0.1


def test_the_lines_for_a_list_and_for_a_number_make_files_that_are_taken(tmp_path):
    for value, line in (
        (list(STATE.values()), "dict(zip(model.state_dict(), torch.load(path, weights_only=True)))"),
        ({**STATE, "n": 3}, "torch.load(path, weights_only=True)"),
    ):
        path = tmp_path / "theirs.pth"
        path.write_bytes(saved(value))
        with pytest.raises(CheckpointError) as caught:
            look_at(path.read_bytes())
        code = str(caught.value).split("```python\n")[1].removesuffix("\n```")
        assert line in code
        names = {"torch": torch, "path": path, "model": SMALL.build(0)}
        exec(code.replace('"weights.pth"', repr(str(tmp_path / "weights.pth"))), names)
        assert look_at((tmp_path / "weights.pth").read_bytes()).tensors == 4


def test_a_prefixed_file_of_another_network_is_refused_with_the_keys_of_both():
    other = named(lambda name: f"module.{name}", HARD.build(0).state_dict())
    with pytest.raises(CheckpointError, match=r"Not in this network: 0\.weight, .*Of another shape: 1\.weight"):
        look_at({"state_dict": other})


def test_names_that_would_become_one_are_left_as_they_are():
    with pytest.raises(CheckpointError, match=r"holds module\.1\.weight, which this network does not have"):
        look_at({**STATE, "module.1.weight": STATE["1.weight"]})


def test_numbers_that_float32_cannot_hold_are_named():
    with pytest.raises(CheckpointError, match=r"1\.bias holds 1e\+300, more than float32 can hold"):
        look_at({**typed(torch.float64), "1.bias": torch.full((16,), 1e300, dtype=torch.float64)})


OTHER_SETTINGS = {
    "AdamW": (
        torch.optim.AdamW, {"lr": 0.0003},
        [("optimizer", "AdamW"), ("learning rate", "0.0003"), ("weight decay", "0.01")],
    ),
    "a rate": (torch.optim.Adam, {"lr": 0.01}, [("learning rate", "0.01")]),
    "a rate that is a tensor": (torch.optim.Adam, {"lr": torch.tensor(0.01)}, [("learning rate", "0.01")]),
    "momentum": (torch.optim.SGD, {"lr": 0.001, "momentum": 0.5}, [("optimizer", "SGD"), ("momentum", "0.5")]),
    "RMSprop": (torch.optim.RMSprop, {"lr": 0.001, "momentum": 0.9}, [("optimizer", "RMSprop")]),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "settings", "expected"), OTHER_SETTINGS.values(), ids=OTHER_SETTINGS)
def test_other_settings_of_the_optimizer_are_a_choice_and_never_silent(store, kind, settings, expected):
    value = script_value(optimizer=kind, **settings)
    found = look_at(value)
    assert [(item.setting, item.file) for item in found.other.differences] == expected
    with pytest.raises(CheckpointError, match=r"had other settings|optimizer remembers"):
        adopt(store, found)
    assert store.list() == ()
    config = found.other.applied(small_config())
    theirs = examine(saved(value), SMALL, config)
    assert (theirs.other, theirs.problem) == (None, None)
    run = adopt(store, theirs)
    assert (run.config.optimizer, run.config.learning_rate) == (kind.__name__, pytest.approx(float(settings["lr"])))
    written = read_checkpoint(run.last_path).optim_state["state"]
    assert hash_state(written) == hash_state(value["optim_state"]["state"])


def test_settings_that_a_run_cannot_have_are_named(store):
    found = look_at(script_value(betas=(0.8, 0.99), lr=100.0))
    assert [(item.setting, item.can_be_set) for item in found.other.differences] == [
        ("learning rate", False), ("betas", False)
    ]  # fmt: skip
    assert not found.other.can_be_set
    assert adopt(store, found, other_settings=True).config.learning_rate == 0.001


def test_an_adam_of_before_torch_2_7_is_told_apart_by_its_weight_decay():
    for decay, expected in ((0, None), (0.01, "AdamW")):
        value = script_value(weight_decay=decay)
        del value["optim_state"]["param_groups"][0]["decoupled_weight_decay"]
        other = look_at(value).other
        assert (other.optimizer if other else None) == expected


def test_two_optimizers_are_named_and_neither_is_taken(store):
    value = {"net": STATE, "optimizer_g": OPTIMIZER, "optimizer_d": OPTIMIZER}
    found = look_at(value)
    assert "holds 2 optimizers: optimizer_g, optimizer_d" in str(found.problem)
    adopt(store, found, fresh_optimizer=True)
