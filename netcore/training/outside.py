"""A checkpoint from outside, to go on from: the one door. Knows neither screens nor torch.

The bytes are looked at, unpickled and checked in a confined process with limits. What comes back is plain data and a
file that was written anew; that one is looked at again before any of it reaches a disk.
"""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, fields
from typing import Any

from netcore.data.archive import OUTSIDE_CURE, OUTSIDE_NAME, check_archive, is_sealed
from netcore.data.saved import Taken
from netcore.errors import CheckpointError, NetcoreError, WorkerError
from netcore.files import write_atomically, write_json
from netcore.model.custom.confined import FILE_LIMITS, nursery
from netcore.model.spec import NetworkSpec, spec_from_json, spec_to_json
from netcore.settings import MAX_UPLOADED_CHECKPOINT_BYTES
from netcore.training.config import TrainingConfig
from netcore.training.foreign_optimizer import FileOptimizer
from netcore.training.history import History, write_history
from netcore.training.runs import Run, RunStore
from netcore.training.status import RunStatus
from netcore.worker.plain import from_plain, to_plain
from netcore.worker.protocol import MAX_PAYLOAD_BYTES

_TASK = "netcore.training.outside:check"


@dataclass(frozen=True)
class Account:
    """What is in a file that was checked, in plain values."""

    network: NetworkSpec
    config: TrainingConfig
    brings_settings: bool
    """Whether network and settings are the file's own; else they are those that it was checked with."""
    epoch: int
    """After which it was saved; a run goes on at the next."""
    best_loss: float
    """``inf`` where there was no best yet."""
    history: History
    """Empty where the file brings none."""
    tensors: int
    parameters: int
    """Numbers in ``model_state``, buffers included."""
    problem: NetcoreError | None
    """Why the optimizer's memory does not fit; to go on, the optimizer must begin anew."""
    taken: Taken
    """How the file's tensors became the network's, and what of the file is not used."""
    missing: tuple[str, ...]
    """Which of the course's keys the file has not, where it is more than weights."""
    other: FileOptimizer | None
    """The file's optimizer, where it is another than the settings', or had other settings; to go on, somebody must say
    which of the two is meant."""

    @property
    def is_best(self) -> bool:
        """Whether these are the weights that ``best_loss`` was measured with."""
        return not self.history.epochs or self.history.epochs[-1].is_best

    @property
    def is_complete(self) -> bool:
        """Whether all epochs that its settings ask for are done."""
        return self.epoch >= self.config.epochs or self.history.has_stalled(self.config.patience)


@dataclass(frozen=True)
class OutsideCheckpoint(Account):
    """A file that can be gone on from."""

    data: bytes
    """The checkpoint, written anew and sealed."""


def examine(data: bytes, network: NetworkSpec, config: TrainingConfig) -> OutsideCheckpoint:
    """What is in an uploaded file, once everything in it was found to be a checkpoint's.

    A file of ours brings its network and its settings. The four keys of the course alone are put into ``network``, to
    be trained under ``config`` for so many more epochs; so are weights alone, a ``state_dict`` or safetensors. Raises
    ``CheckpointError``, ``ConfigError`` or ``StackError`` that says why it cannot be.
    """
    if len(data) > MAX_UPLOADED_CHECKPOINT_BYTES:
        raise CheckpointError(
            "The file is {size:.1f} MB.",
            "Choose one of at most {most:.0f} MB.",
            size=len(data) / 1e6,
            most=MAX_UPLOADED_CHECKPOINT_BYTES / 1e6,
        )
    arguments = {"network": spec_to_json(network), "config": config.to_json()}
    try:
        reply = nursery().ask(_TASK, arguments, data, limits=FILE_LIMITS)
        account: Account = from_plain(Account, str(reply.answer.get("account")).encode())
    except WorkerError as error:
        raise CheckpointError("The file could not be checked. " + error.what, OUTSIDE_CURE, **error.values) from error
    written = reply.payload
    check_archive(written, OUTSIDE_NAME, OUTSIDE_CURE)
    if not is_sealed(written):
        raise CheckpointError("{name} is damaged: its bytes are not the ones written.", OUTSIDE_CURE, name=OUTSIDE_NAME)
    return OutsideCheckpoint(**{field.name: getattr(account, field.name) for field in fields(account)}, data=written)


def adopt(
    store: RunStore, found: OutsideCheckpoint, *, fresh_optimizer: bool = False, other_settings: bool = False
) -> Run:
    """A new run that goes on where ``found`` ended; the run is there whole or not at all.

    Where the optimizer's memory does not fit, it begins anew only if ``fresh_optimizer`` says so; else its
    ``problem`` is raised. Where the file's optimizer had other settings, it goes on with those that it was examined
    with only if ``other_settings`` says so, or with a fresh optimizer. Raises ``CheckpointError`` elsewhere, and
    ``RunError`` where there is no room for another run.
    """
    if found.problem and not fresh_optimizer:
        raise found.problem
    if found.other and not (fresh_optimizer or other_settings):
        raise CheckpointError(
            "The file's optimizer had other settings: {settings}.",
            "Choose whether it goes on with the file's or with those of the form.",
            settings=", ".join(f"{item.setting} {item.file} for {item.here}" for item in found.other.differences),
        )
    state = "done" if found.is_complete else "stopped" if found.history.epochs else "new"
    status = RunStatus(state, epoch=found.history.last_epoch, steps=found.config.steps)

    def furnish(run: Run) -> None:
        for path in [run.last_path, *([run.best_path] if found.is_best else [])]:
            write_atomically(path, found.data)
        write_history(run.folder, found.history)
        write_json(run.status_path, asdict(status))

    return store.create(found.network, found.config, furnish)


def check(arguments: dict[str, Any], payload: bytes, stop: threading.Event) -> tuple[dict[str, Any], bytes]:
    """The task of the confined process: a file's bytes to what is in them, and to a file written anew."""
    from netcore.training.admission import admit
    from netcore.training.checkpoints import pack_checkpoint

    admitted = admit(payload, spec_from_json(arguments["network"]), TrainingConfig.from_json(arguments["config"]))
    written = pack_checkpoint(admitted.checkpoint)
    if len(written) > MAX_PAYLOAD_BYTES:
        raise CheckpointError(
            "With this optimizer's memory, the file grows to {size:.0f} MB.",
            "Choose a smaller network, or SGD without momentum.",
            size=len(written) / 1e6,
        )
    checkpoint, origin = admitted.checkpoint, admitted.origin
    tensors = checkpoint.model_state.values()
    account = Account(
        network=origin.network,
        config=origin.config,
        history=origin.history,
        brings_settings=admitted.brings_settings,
        epoch=checkpoint.epoch,
        best_loss=checkpoint.best_loss,
        tensors=len(tensors),
        parameters=sum(tensor.numel() for tensor in tensors),
        problem=admitted.problem,
        taken=admitted.taken,
        missing=admitted.missing,
        other=admitted.other,
    )
    return {"account": to_plain(account).decode()}, written
