"""A run is a folder: its settings, where it stands, what it measured. Knows nothing of who trains it, nor of torch."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType

from filelock import FileLock, Timeout

from netcore.errors import NetcoreError, RunError
from netcore.files import read_json, remove_generations, write_json
from netcore.model.spec import NetworkSpec, spec_from_json, spec_to_json
from netcore.settings import MAX_RUNS
from netcore.training.config import TrainingConfig
from netcore.training.history import History, read_history
from netcore.training.layout import BEST_NAME, LAST_NAME, RECORD_NAME, STATUS_NAME
from netcore.training.status import RunStatus

_IDENTITY = re.compile(r"run-[1-9][0-9]{0,5}")
_HANDOVER_SECONDS = 2.0
_END_OF_TIME = 10**11
_LEAST_FILE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Run:
    """One training and its folder. What never changes is here; where it stands is read from the folder each time."""

    folder: Path
    created: float
    """Seconds since 1970."""
    config: TrainingConfig
    network: NetworkSpec

    @classmethod
    def load(cls, folder: Path) -> Run:
        """The run in ``folder``. Raises ``RunError`` where its record is not there or cannot be read."""
        record = read_json(folder / RECORD_NAME)
        try:
            if not isinstance(record, dict) or not _is_time(record.get("created")):
                raise RunError("There is no readable run in {name}.", "Start a new one.", name=folder.name)
            return cls(
                folder=folder,
                created=record["created"],
                config=TrainingConfig.from_json(record.get("config")),
                network=spec_from_json(record.get("network")),
            )
        except NetcoreError as error:
            raise RunError("There is no readable run in {name}.", "Start a new one.", name=folder.name) from error

    @property
    def identity(self) -> str:
        """The name of its folder, such as ``run-3``."""
        return self.folder.name

    @property
    def name(self) -> str:
        """What a person calls it: ``run 3``."""
        return self.identity.replace("-", " ")

    @property
    def best_path(self) -> Path:
        """Where its best checkpoint is, once there is one."""
        return self.folder / BEST_NAME

    @property
    def last_path(self) -> Path:
        """Where the checkpoint of its newest epoch is, once there is one."""
        return self.folder / LAST_NAME

    @property
    def status_path(self) -> Path:
        """Where it says how it stands. While it trains, the file is touched every second."""
        return self.folder / STATUS_NAME

    def is_complete(self, history: History) -> bool:
        """Whether ``history`` is all that its settings ask for."""
        return history.last_epoch >= self.config.epochs or history.has_stalled(self.config.patience)

    def delete_best(self) -> None:
        """Remove its best checkpoint and the one before it. The next epoch that it trains writes a new one."""
        remove_generations(self.best_path)

    def history(self) -> History:
        """What it measured so far."""
        return read_history(self.folder)

    def status(self) -> RunStatus:
        """Where it stands, after any crash as well: a run that says it trains but that nobody holds is interrupted."""
        saved = self.read_status()
        if saved.is_active and not (_is_held(self._lock_path("run")) or _is_held(self._lock_path("queue"))):
            saved = self.read_status()  # it may have ended between the two looks
            return saved.ended("interrupted") if saved.is_active else saved
        return saved

    def read_status(self) -> RunStatus:
        """What its folder says of where it stands."""
        return RunStatus.from_json(read_json(self.status_path))

    def pulse(self) -> int:
        """A number that changes every second while its worker is alive."""
        try:
            return self.status_path.stat().st_mtime_ns
        except OSError:
            return 0

    def size(self) -> int:
        """The bytes of its files; a small one counts as much as ``_LEAST_FILE_BYTES``, so that many are a lot too."""
        with contextlib.suppress(OSError), os.scandir(self.folder) as entries:
            return sum(max(entry.stat(follow_symlinks=False).st_size, _LEAST_FILE_BYTES) for entry in entries)
        return 0

    def write_status(self, status: RunStatus, *, durable: bool = True) -> None:
        """Say where it stands. Only who holds the run does."""
        write_json(self.status_path, asdict(status), durable=durable)

    def with_config(self, config: TrainingConfig) -> Run:
        """The run with other settings, written into its folder: more epochs, or its threads at the first start."""
        changed = replace(self, config=config)
        changed.write_record()
        return changed

    def write_record(self) -> None:
        """Write what never changes into the folder."""
        record = {"created": self.created, "config": self.config.to_json(), "network": spec_to_json(self.network)}
        write_json(self.folder / RECORD_NAME, record)

    @contextlib.contextmanager
    def hold(self, role: str) -> Iterator[None]:
        """Be the one who trains it (``"run"``) or has it in a queue (``"queue"``), until the end of the body.

        The system lets go of the lock when the process dies, however it dies. Raises ``RunError`` where somebody else
        holds it.
        """
        try:
            # Whoever only looks at the lock holds it for an instant: wait a little.
            with FileLock(self._lock_path(role), timeout=_HANDOVER_SECONDS, thread_local=False):
                yield
        except Timeout as error:
            raise RunError("{name} is training already.", "Watch it, or stop it first.", name=self.name) from error

    @property
    def lock_path(self) -> Path:
        """The file whose lock its worker has; a network's class, which may change the folder, cannot take it away."""
        return self._lock_path("run")

    def remove(self) -> None:
        """Delete all of its files."""
        shutil.rmtree(self.folder)
        for role in _ROLES:
            self._lock_path(role).unlink(missing_ok=True)

    def _lock_path(self, role: str) -> Path:
        return self.folder.with_name(f"{self.identity}.{role}.lock")


_ROLES = ("run", "queue")
_CURES = MappingProxyType(
    {
        errno.ENOSPC: "Free some space, then resume.",
        errno.EDQUOT: "Free some space, then resume.",
        errno.EFBIG: "Let the network print and write less, in a new run.",
        errno.EACCES: "Make the folder writable, then resume.",
        errno.EPERM: "Make the folder writable, then resume.",
        errno.EROFS: "Make the folder writable, then resume.",
    }
)


@dataclass(frozen=True)
class RunStore:
    """The runs of one workspace: the folders in ``folder``."""

    folder: Path

    def create(self, network: NetworkSpec, config: TrainingConfig, furnish: Callable[[Run], None] | None = None) -> Run:
        """A new run with the next free number. Raises ``RunError`` where there are ``MAX_RUNS`` already.

        ``furnish`` puts into its folder what shall be there from the beginning. A folder without a record is no run,
        so that one that could not be furnished, or whose writer was killed, never was one.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.name.removeprefix("run-")) for path in self._folders()]
        if len(numbers) >= MAX_RUNS:
            raise RunError("There are {count} runs already.", "Delete one that you do not need.", count=len(numbers))
        number = max(numbers, default=0) + 1
        while True:
            try:
                (self.folder / f"run-{number}").mkdir()
                break
            except FileExistsError:  # another tab was faster
                number += 1
        run = Run(self.folder / f"run-{number}", time.time(), config, network)
        try:
            if furnish:
                furnish(run)
            run.write_record()
        except OSError:
            shutil.rmtree(run.folder)
            raise
        return run

    def list(self) -> tuple[Run, ...]:
        """All runs, the newest first. A folder without a readable record is left out."""
        runs = []
        for path in self._folders():
            with contextlib.suppress(RunError):
                runs.append(Run.load(path))
        return tuple(sorted(runs, key=lambda run: int(run.identity.removeprefix("run-")), reverse=True))

    def get(self, identity: str) -> Run:
        """The run of that name (``run-3``), which may come from an address. Raises ``RunError`` where there is none."""
        if not _IDENTITY.fullmatch(identity) or not (self.folder / identity).is_dir():
            raise RunError("There is no run called {name} here.", "Choose one of the list.", name=identity[:40])
        return Run.load(self.folder / identity)

    def active(self) -> Run | None:
        """The run that trains or waits for its turn, or None."""
        return next((run for run in self.list() if run.status().is_active), None)

    def delete(self, run: Run) -> None:
        """Remove a run and all of its files. Raises ``RunError`` while it trains."""
        if run.status().is_active:
            raise RunError("{name} is training.", "Stop it before you delete it.", name=run.name)
        run.remove()

    def _folders(self) -> tuple[Path, ...]:
        if not self.folder.is_dir():
            return ()
        return tuple(path for path in self.folder.iterdir() if _IDENTITY.fullmatch(path.name) and path.is_dir())


def folder_refused(error: OSError) -> RunError:
    """What a person is told where the system refuses to read or write a run's folder."""
    return RunError(
        "The folder of the run cannot be read or written: {reason}.",
        _CURES.get(error.errno or 0, "Look at the folder, then resume."),
        reason=str(error.strerror),
    )


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < _END_OF_TIME


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0, thread_local=False):
            return False
    except Timeout:
        return True
