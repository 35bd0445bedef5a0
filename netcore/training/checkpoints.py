"""Checkpoint files: written whole, sealed, and checked before anything is restored. Knows nothing of epochs to come.

A file is what ``torch.save`` makes, so that plain ``torch.load(path, weights_only=True)`` and the course's own lines
restore it. ``torch.load`` does not notice a flipped byte, so the file carries a seal. The file that was replaced stays
beside it as ``.prev``: whoever finds the newest one damaged reads that one and says so.
"""

from __future__ import annotations

import io
import math
import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from netcore.data.archive import check_archive, is_sealed, seal
from netcore.errors import CheckpointError
from netcore.files import previous_path, write_atomically
from netcore.settings import MAX_CHECKPOINT_BYTES, MAX_EPOCHS
from netcore.training.config import TrainingConfig
from netcore.training.meta import FORMAT

KEYS = ("epoch", "best_loss", "model_state", "optim_state", "meta")

_CURE = "Delete it and train again, or go on from the run's other checkpoint."
# What torch.load has been seen to raise over files that no torch.save wrote.
_UNREADABLE = (
    RuntimeError,
    ValueError,
    OSError,
    EOFError,
    AttributeError,
    TypeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    pickle.UnpicklingError,
)


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
    """JSON types: ``format``, ``network``, ``fingerprint``, ``config``, ``learning_rate``, ``memory_format``,
    ``torch``, ``history``."""
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
    write_atomically(path, pack_checkpoint(checkpoint), keep_previous=True)


def pack_checkpoint(checkpoint: Checkpoint) -> bytes:
    """The checkpoint as the bytes of its file, sealed."""
    content = {key: getattr(checkpoint, key) for key in KEYS}
    buffer = io.BytesIO()
    torch.save(_contiguous(content), buffer)
    return seal(buffer.getvalue())


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
    """What the file holds, without building a network. Raises ``CheckpointError`` as ``read_checkpoint`` does,
    and ``ConfigError`` where its settings cannot be.
    """
    checkpoint = read_checkpoint(path)
    status = path.stat()
    states = checkpoint.optim_state["state"].values()
    config, version = TrainingConfig.from_json(checkpoint.meta["config"]), checkpoint.meta.get("torch")
    return CheckpointDescription(
        epoch=checkpoint.epoch,
        best_loss=checkpoint.best_loss,
        keys=KEYS,
        tensors=tuple(
            TensorEntry(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
            for name, tensor in checkpoint.model_state.items()
        ),
        optimizer=config.optimizer,
        optimizer_entries=tuple(dict.fromkeys(str(name) for state in states for name in state)),
        parameters=sum(tensor.numel() for tensor in checkpoint.model_state.values()),
        size=status.st_size,
        written=status.st_mtime,
        seed=config.seed,
        threads=config.threads,
        torch_version=version[:40] if isinstance(version, str) else "",
        damage=checkpoint.damage,
    )


def not_a_checkpoint(problem: str, name: str, cure: str) -> CheckpointError:
    """What is said of a file whose entries are not those of a training."""
    return CheckpointError(f"{{name}} is not a checkpoint of a training: {problem}.", cure, name=name)


def epoch_problem(epoch: Any) -> str:
    """What is wrong with an epoch, as the end of a sentence; empty where nothing is. The course counts from 0."""
    is_epoch = type(epoch) is int and 0 <= epoch <= MAX_EPOCHS
    return "" if is_epoch else f"its epoch is not a whole number from 0 to {MAX_EPOCHS}"


def loss_problem(loss: Any) -> str:
    """The same of a loss. Infinity is the one to beat while no best could be written."""
    is_loss = type(loss) is float and not math.isnan(loss) and loss >= 0
    return "" if is_loss else "its best_loss is not a loss, a plain number as loss.item() gives it"


def optimizer_problem(state: Any) -> str:
    """The same of an optimizer's ``state_dict``."""
    inner = state.get("state") if isinstance(state, dict) else None
    is_state = isinstance(inner, dict) and all(isinstance(item, dict) for item in inner.values())
    return "" if is_state else "its optim_state is not an optimizer's"


def meta_problem(meta: Any) -> str:
    """The same of what a file of ours says about its training."""
    is_ours = isinstance(meta, dict) and meta.get("format") == FORMAT and isinstance(meta.get("config"), dict)
    return "" if is_ours else f"its meta is not of format {FORMAT}"


def _read_generation(path: Path) -> Checkpoint:
    value = _load_value(_read_sealed(path), path.name)
    problem = _find_problem(value)
    if problem:
        raise not_a_checkpoint(problem, path.name, _CURE)
    return Checkpoint(**{**value, "model_state": dict(value["model_state"])})


def _contiguous(value: Any) -> Any:
    # Channels-last is how this machine computes, not part of the result: the file holds plain rows.
    if torch.is_tensor(value):
        return value.detach().contiguous()
    if isinstance(value, dict):
        return {key: _contiguous(item) for key, item in value.items()}
    return value


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
    if not is_sealed(data):
        raise CheckpointError("{name} is damaged: its bytes are not the ones written.", _CURE, name=path.name)
    check_archive(data, path.name, _CURE)
    return data


def _load_value(data: bytes, name: str) -> Any:
    """What is in an archive that was looked at."""
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        raise CheckpointError("{name} cannot be read by PyTorch.", _CURE, name=name) from error


def _find_problem(value: Any) -> str:
    """What is wrong with the entries, as the end of a sentence; empty where all are what they should be."""
    if not isinstance(value, dict) or set(value) != set(KEYS):
        return "its keys are not " + ", ".join(KEYS)
    state = value["model_state"]
    is_state = (
        isinstance(state, dict)
        and all(type(name) is str and torch.is_tensor(item) for name, item in state.items())
        and isinstance(getattr(state, "_metadata", {}), dict)
    )
    return (
        epoch_problem(value["epoch"])
        or loss_problem(value["best_loss"])
        or ("" if is_state else "its model_state is not a dictionary of tensors")
        or optimizer_problem(value["optim_state"])
        or meta_problem(value["meta"])
    )
