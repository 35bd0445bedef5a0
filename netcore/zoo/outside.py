"""A weights file of unknown origin: its tensors, once a confined process has found them to be a network's.

Knows neither torchvision nor where files lie. The file is read and checked in a process with limits;
what comes back are the numbers alone, in an order that was agreed before, so that nothing here unpickles anything.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netcore.data.saved import Taken
from netcore.errors import CheckpointError, WeightsError, WorkerError
from netcore.model.custom.confined import nursery
from netcore.worker.confinement import Confinement
from netcore.worker.limits import Limits
from netcore.worker.plain import from_plain, to_plain

if TYPE_CHECKING:
    from torch import Tensor

_TASK = "netcore.zoo.outside:copy_tensors"
_SPARE_BYTES = 4 * 1024**2
"""For what a file holds beside its numbers."""
_MEMORY_BYTES = 1024**3
_SECONDS = 30
_BYTES_PER_SECOND = 20 * 1024**2


@dataclass(frozen=True, eq=False)
class Subject:
    """A file as sentences speak of it."""

    name: str
    cure: str

    @classmethod
    def on_disk(cls, path: Path) -> Subject:
        """A file that somebody put into a folder of the server."""
        return cls(f"The file {path.name} in {path.parent}", "Let the published file be downloaded in its place.")


UPLOADED = Subject("The file", "Choose the network that it belongs to, or another file.")


@dataclass(frozen=True, eq=False)
class OutsideWeights:
    """The tensors of a file, under the network's names and in its types."""

    tensors: dict[str, Tensor]
    taken: Taken


def read_outside(path: Path, family: str, wanted: dict[str, Tensor], subject: Subject | None = None) -> OutsideWeights:
    """The tensors of the file at ``path`` with the names, shapes and types of ``wanted``, which may be on meta.

    They may lie under a key, behind a prefix, in half or double precision, as ``netcore.model.state_files`` finds them.
    Raises ``WeightsError`` that says why the ``subject`` is refused; without one it is a file on the server's disk.
    """
    subject = subject or Subject.on_disk(path)
    size = sum(tensor.numel() * tensor.itemsize for tensor in wanted.values())
    _check_size(path, 2 * size + _SPARE_BYTES, subject)
    numbers, taken = _ask_for_numbers(path, family, wanted, size, subject)
    tensors, start = {}, 0
    for name, tensor in wanted.items():
        # A copy each: pieces of one block would all be kept, and copied, with the smallest of them.
        piece = numbers[start : start + tensor.numel() * tensor.itemsize]
        tensors[name] = _as_tensor(piece, tensor)
        start += len(piece)
        if _is_table(name, tensor) and not tensors[name].equal(tensor):
            what = "{name} belongs to another network: {tensor} holds other numbers."
            raise WeightsError(what, subject.cure, name=subject.name, tensor=name)
    return OutsideWeights(tensors, taken)


def _ask_for_numbers(
    path: Path, family: str, wanted: dict[str, Tensor], size: int, subject: Subject
) -> tuple[bytearray, Taken]:
    """All numbers of ``wanted``, one tensor after the other, as a confined process has read them from the file."""
    seconds = int(_SECONDS + size / _BYTES_PER_SECOND)
    limits = Limits(
        wall_seconds=seconds,
        cpu_seconds=seconds,
        memory_bytes=_MEMORY_BYTES + 6 * size,
        file_bytes=size,
        open_files=64,
    )
    with tempfile.TemporaryDirectory(prefix="netcore-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "numbers"
        arguments = {
            "file": str(path),
            "copy": str(copy),
            "family": family,
            "name": subject.name,
            "cure": subject.cure,
            "wanted": [[name, list(tensor.shape), str(tensor.dtype)] for name, tensor in wanted.items()],
        }
        confinement = Confinement(readable=(str(path),), changeable=folder)
        try:
            reply = nursery().ask(_TASK, arguments, limits=limits, confinement=confinement)
            taken: Taken = from_plain(Taken, str(reply.answer.get("taken")).encode())
        except CheckpointError as error:
            raise WeightsError(error.what, error.cure, **error.values) from error
        except WorkerError as error:
            what = "{name} could not be checked. " + error.what
            raise WeightsError(what, subject.cure, **{**error.values, "name": subject.name}) from error
        numbers = bytearray(copy.read_bytes())
    if len(numbers) != size:
        raise WeightsError("{name} could not be checked.", "Try again.", name=subject.name)
    return numbers, taken


def _as_tensor(numbers: bytearray, like: Tensor) -> Tensor:
    import torch

    return torch.frombuffer(numbers, dtype=like.dtype).reshape(like.shape)


def _is_table(name: str, tensor: Tensor) -> bool:
    """Whether it holds places, as Swin's do: with other ones, the network would look beyond the end of its weights."""
    return not tensor.is_meta and not tensor.is_floating_point() and not name.endswith("num_batches_tracked")


def copy_tensors(arguments: dict[str, Any], payload: bytes, stop: threading.Event) -> tuple[dict[str, Any], bytes]:
    """The task of the confined process: a file to the plain numbers of the tensors that it must hold."""
    import torch

    from netcore.model.state_checks import check_state
    from netcore.model.state_files import find_state, left_out, read_values
    from netcore.zoo.fitting import as_todays_names

    torch.set_num_threads(1)
    name, cure = arguments["name"], arguments["cure"]
    value = read_values(Path(arguments["file"]).read_bytes(), name, cure)
    wanted = {
        key: torch.empty(shape, dtype=getattr(torch, kind.removeprefix("torch.")), device="meta")
        for key, shape, kind in arguments["wanted"]
    }
    state = find_state(value, wanted, name, partial(as_todays_names, arguments["family"]))
    try:
        check_state(state.tensors, wanted, cure)
    except CheckpointError as error:
        what = "{name} does not fit. " + error.what
        raise CheckpointError(what, error.cure, **error.values, name=name) from error
    with Path(arguments["copy"]).open("wb") as copy:
        for key in wanted:
            copy.write(state.tensors[key].detach().contiguous().numpy().tobytes())
    taken = replace(state.taken, left_out=left_out(value, state.taken))
    return {"taken": to_plain(taken).decode()}, b""


def refuse_misfit(path: Path, misfit: str) -> WeightsError:
    """What is said of weights that are not this network's."""
    return WeightsError(
        "The weights in {file} in {folder} belong to another network: {misfit}.",
        "Put the published file in its place.",
        file=path.name,
        folder=path.parent,
        misfit=misfit,
    )


def _check_size(path: Path, most: int, subject: Subject) -> None:
    size = path.stat().st_size
    if size > most:
        raise WeightsError(
            "{name} has {size:.1f} MB, and this network's weights take at most {most:.1f}.",
            subject.cure,
            name=subject.name,
            size=size / 1e6,
            most=most / 1e6,
        )
