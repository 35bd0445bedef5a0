"""Files that somebody may upload, good and bad, made from bytes."""

import io
import json
import pickle
import threading
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from types import SimpleNamespace

import torch

from netcore.training import outside
from netcore.worker.nursery import Reply
from tests.engine.training_help import SMALL


def check_here(monkeypatch):
    """Have files checked in this process, which has torch already. What is said still has to be JSON."""
    threads = torch.get_num_threads()

    def ask(task, arguments, payload, *, limits):
        answer, written = outside.check(json.loads(json.dumps(arguments)), payload, threading.Event())
        return Reply(json.loads(json.dumps(answer)), written, "")

    monkeypatch.setattr(outside, "nursery", lambda: SimpleNamespace(ask=ask))
    yield
    torch.set_num_threads(threads)


def script_value(network=SMALL, optimizer=torch.optim.Adam, epoch=7, **settings):
    """The course's four entries, as a student's own script has them after a step."""
    model = network.build(3)
    chosen = optimizer(model.parameters(), **{"lr": 0.001, **settings})
    model(torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))).sum().backward()
    chosen.step()
    return {
        "epoch": epoch,
        "best_loss": 0.25,
        "model_state": model.state_dict(),
        "optim_state": chosen.state_dict(),
    }


def saved(value, **more):
    """What ``torch.save`` makes of it."""
    buffer = io.BytesIO()
    torch.save(value, buffer, **more)
    return buffer.getvalue()


def zipped(members, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def members_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {member.filename: archive.read(member) for member in archive.infolist()}


def around(pickled, records=None):
    """An archive as ``torch.save`` lays it out, around a pickle written by hand."""
    parts = {"data.pkl": pickled, "byteorder": b"little", "version": b"3\n"}
    parts |= {f"data/{key}": content for key, content in (records or {}).items()}
    return zipped({f"archive/{name}": content for name, content in parts.items()})


def calling(module, name, arguments):
    """A pickle that calls ``module.name``; ``arguments`` is the pickle of the tuple, without its head."""
    return around(b"\x80\x02c" + f"{module}\n{name}\n".encode() + arguments + b"R.")


@dataclass(frozen=True)
class Storage:
    key: str
    count: int
    location: str = "cpu"


@dataclass(frozen=True)
class Tensor:
    """A tensor as its pickle says it is, whether or not there can be such a one."""

    size: tuple
    stride: tuple
    offset: int = 0
    storage: Storage = Storage("0", 16)

    def __reduce__(self):
        parts = (self.storage, self.offset, self.size, self.stride, False, OrderedDict())
        return torch._utils._rebuild_tensor_v2, parts


class _Writer(pickle.Pickler):
    def persistent_id(self, value):
        if isinstance(value, Storage):
            return ("storage", torch.FloatStorage, value.key, value.location, value.count)
        return None


def pickled(value):
    buffer = io.BytesIO()
    _Writer(buffer, protocol=2).dump(value)
    return buffer.getvalue()


def with_tensor(tensor, record=bytes(64)):
    """The four entries, with ``tensor`` as the only one of ``model_state``."""
    value = {
        "epoch": 1,
        "best_loss": 0.5,
        "model_state": {"1.bias": tensor},
        "optim_state": {"state": {}, "param_groups": []},
    }
    return around(pickled(value), {} if record is None else {"0": record})


def laughs(depth=10):
    """A list of ten lists of ten lists ..., each of them the same one: 10^depth leaves in a few bytes."""
    value = ["ha"] * 10
    for _ in range(depth):
        value = [value] * 10
    return value
