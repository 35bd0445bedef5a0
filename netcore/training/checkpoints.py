"""Checkpoint files: written whole, sealed, and checked before anything is restored. Knows nothing of epochs to come.

A file is what ``torch.save`` makes, so that plain ``torch.load(path, weights_only=True)`` and the course's own lines
restore it. ``torch.load`` does not notice a flipped byte, so the comment of the zip archive, which every zip reader
passes over, holds the SHA-256 of all bytes before it. The file that was replaced stays beside it as ``.prev``: whoever
finds the newest one damaged reads that one and says so.
"""

from __future__ import annotations

import hashlib
import io
import math
import pickle
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from netcore.errors import CheckpointError
from netcore.files import previous_path, write_atomically
from netcore.settings import MAX_CHECKPOINT_BYTES, MAX_EPOCHS

KEYS = ("epoch", "best_loss", "model_state", "optim_state", "meta")
FORMAT = 1

_SEAL_BYTES = 64
_CURE = "Delete it and train again, or go on from the run's other checkpoint."


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The five entries of a checkpoint file; the first four are the course's."""

    epoch: int
    """The epoch after which it was written, from 1."""
    best_loss: float
    """The lowest validation loss up to that epoch."""
    model_state: dict[str, torch.Tensor]
    optim_state: dict[str, Any]
    meta: dict[str, Any]
    """JSON types: ``format``, ``network``, ``fingerprint``, ``config``, ``learning_rate``, ``torch``, ``history``."""
    damage: CheckpointError | None = None
    """What is wrong with the newest file, where this is the generation before it. Not written."""


@dataclass(frozen=True)
class TensorEntry:
    """One tensor of a ``state_dict``, without its numbers."""

    name: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class CheckpointDescription:
    """What is in a checkpoint file, in plain values."""

    epoch: int
    best_loss: float
    keys: tuple[str, ...]
    tensors: tuple[TensorEntry, ...]
    """The entries of ``model_state``."""
    optimizer: str
    optimizer_entries: tuple[str, ...]
    """What the optimizer remembers of each parameter, such as ``exp_avg``."""
    parameters: int
    """Numbers in ``model_state``, buffers included."""
    size: int
    """Bytes of the file."""
    written: float
    """When, in seconds since 1970."""
    seed: int
    threads: int
    torch_version: str
    damage: CheckpointError | None
    """What is wrong with the newest file, where this is the generation before it."""


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace ``path`` atomically by the sealed checkpoint and keep the file before it as the previous generation.

    Raises ``OSError`` with the old file untouched.
    """
    content = {key: getattr(checkpoint, key) for key in KEYS}
    buffer = io.BytesIO()
    torch.save(_contiguous(content), buffer)
    write_atomically(path, _seal(buffer.getvalue()), keep_previous=True)


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in ``path``, after the size, the seal, the archive and every entry were checked.

    Where it is damaged, the previous generation, with ``damage`` that says so. Raises ``CheckpointError`` that says
    what is wrong where there is no file, or no older one in order. Nothing is unpickled before the seal was found
    right, and then only what ``weights_only=True`` allows.
    """
    try:
        return _read_generation(path)
    except CheckpointError as error:
        if not path.exists():  # somebody deleted it, and means it
            raise
        try:
            return replace(_read_generation(previous_path(path)), damage=error)
        except CheckpointError:
            raise error from None


def recover_checkpoint(path: Path) -> CheckpointError | None:
    """Put the previous generation in the place of a damaged file, and return what is wrong with that one.

    Only for who trains the run, before it writes: the next save would keep the damaged file as the previous one. None
    where the file is in order, or there is none, or no older one to take its place.
    """
    try:
        damage = read_checkpoint(path).damage
    except CheckpointError:
        return None
    if damage:
        previous_path(path).replace(path)
    return damage


def describe_checkpoint(path: Path) -> CheckpointDescription:
    """What the file holds, without building a network. Raises ``CheckpointError`` as ``read_checkpoint`` does."""
    checkpoint = read_checkpoint(path)
    status = path.stat()
    states = checkpoint.optim_state["state"].values()
    config = checkpoint.meta["config"]
    return CheckpointDescription(
        epoch=checkpoint.epoch,
        best_loss=checkpoint.best_loss,
        keys=KEYS,
        tensors=tuple(
            TensorEntry(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
            for name, tensor in checkpoint.model_state.items()
        ),
        optimizer=str(config["optimizer"]),
        optimizer_entries=tuple(dict.fromkeys(str(name) for state in states for name in state)),
        parameters=sum(tensor.numel() for tensor in checkpoint.model_state.values()),
        size=status.st_size,
        written=status.st_mtime,
        seed=int(config["seed"]),
        threads=int(config["threads"]),
        torch_version=str(checkpoint.meta["torch"]),
        damage=checkpoint.damage,
    )


def _read_generation(path: Path) -> Checkpoint:
    data = _read_sealed(path)
    try:
        value = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (RuntimeError, ValueError, OSError, EOFError, AttributeError, pickle.UnpicklingError) as error:
        raise CheckpointError("{name} cannot be read by PyTorch.", _CURE, name=path.name) from error
    problem = _find_problem(value)
    if problem:
        raise CheckpointError(f"{{name}} is not a checkpoint of a training: {problem}.", _CURE, name=path.name)
    return Checkpoint(**value)


def _contiguous(value: Any) -> Any:
    # Channels-last is how this machine computes, not part of the result: the file holds plain rows.
    if torch.is_tensor(value):
        return value.detach().contiguous()
    if isinstance(value, dict):
        return {key: _contiguous(item) for key, item in value.items()}
    return value


def _seal(archive: bytes) -> bytes:
    # A zip ends with the length of its comment (two bytes, none so far) and the comment.
    body = archive[:-2] + _SEAL_BYTES.to_bytes(2, "little")
    return body + hashlib.sha256(body).hexdigest().encode()


def _read_sealed(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_CHECKPOINT_BYTES:
            raise CheckpointError(
                "{name} has {size} bytes, and {most} are the limit.",
                _CURE,
                name=path.name,
                size=f"{size:,}",
                most=f"{MAX_CHECKPOINT_BYTES:,}",
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise CheckpointError("There is no {name} in this run.", "Train at least one epoch.", name=path.name) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise CheckpointError("{name} cannot be read: {reason}.", _CURE, name=path.name, reason=reason) from error
    if hashlib.sha256(data[:-_SEAL_BYTES]).hexdigest().encode() != data[-_SEAL_BYTES:]:
        raise CheckpointError("{name} is damaged: its bytes are not the ones written.", _CURE, name=path.name)
    if not _is_plain_archive(data):
        raise CheckpointError("{name} is not an archive that PyTorch writes.", _CURE, name=path.name)
    return data


def _is_plain_archive(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile:
        return False
    stored = all(member.compress_type == zipfile.ZIP_STORED for member in members)
    return stored and sum(member.file_size for member in members) <= len(data)


def _find_problem(value: object) -> str:
    """What is wrong with the entries, as the end of a sentence; empty where all are what they should be."""
    if not isinstance(value, dict) or set(value) != set(KEYS):
        return "its keys are not " + ", ".join(KEYS)
    if type(value["epoch"]) is not int or not 1 <= value["epoch"] <= MAX_EPOCHS:
        return f"its epoch is not a whole number from 1 to {MAX_EPOCHS}"
    # Infinity is the loss to beat while no best could be written.
    if type(value["best_loss"]) is not float or math.isnan(value["best_loss"]) or value["best_loss"] < 0:
        return "its best_loss is not a loss"
    state, optim = value["model_state"], value["optim_state"]
    if not isinstance(state, dict) or not all(
        type(name) is str and torch.is_tensor(item) for name, item in state.items()
    ):
        return "its model_state is not a dictionary of tensors"
    if (
        not isinstance(optim, dict)
        or not isinstance(optim.get("state"), dict)
        or not all(isinstance(item, dict) for item in optim["state"].values())
    ):
        return "its optim_state is not an optimizer's"
    meta = value["meta"]
    if not isinstance(meta, dict) or meta.get("format") != FORMAT or not isinstance(meta.get("config"), dict):
        return f"its meta is not of format {FORMAT}"
    return ""
