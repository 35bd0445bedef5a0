"""The wall around a process: which files, calls and rights are left to it. Knows nothing of what it works on.

What this system offers is used, and ``isolation`` says what that is. Everything here needs no root and no package.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netcore.errors import WorkerError
from netcore.settings import CONFINED, PROJECT_FOLDER
from netcore.worker.landlock import landlock_version, restrict
from netcore.worker.seccomp import filter_calls, has_seccomp

_SYSTEM = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/proc/self/cgroup",
    "/proc/self/maps",
    "/proc/self/stat",
    "/proc/self/statm",
    "/proc/self/status",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
)
"""What Python and torch read of a Linux system to do their work."""
_CAPABILITY_CALLS = {"x86_64": (125, 126), "aarch64": (90, 91)}
"""``capget`` and ``capset``."""
_CAPABILITY_VERSION = 0x20080522
_OVERRIDE_PERMISSIONS = 1 << 1


@dataclass(frozen=True)
class Isolation:
    """What keeps a confined process apart from the rest of this machine."""

    landlock: int
    """The version of Landlock, 0 where the system has none."""
    seccomp: bool

    @property
    def files(self) -> bool:
        """Whether it reads and writes only what it was given."""
        return self.landlock > 0

    @property
    def network(self) -> bool:
        """Whether it can open no connection."""
        return self.seccomp

    @property
    def processes(self) -> bool:
        """Whether it can start no process, and signal none but itself."""
        return self.seccomp


@dataclass(frozen=True)
class Confinement:
    """What a process still reaches, beside Python and Netcore's own code, which it may read."""

    readable: tuple[str, ...] = ()
    """Files and folders."""
    changeable: str = ""
    """One folder in which it makes, writes and removes plain files; empty for none."""
    locks: tuple[str, ...] = ()
    """Files that are there, which it may open and lock, and not remove."""
    threads: bool = True
    """Whether it may start threads: no limit of ours counts them, and the whole machine has only so many."""

    def to_json(self) -> dict[str, Any]:
        """JSON types."""
        return {
            "readable": list(self.readable),
            "changeable": self.changeable,
            "locks": list(self.locks),
            "threads": self.threads,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Confinement:
        """What ``to_json`` wrote, from our own parent."""
        return cls(tuple(value["readable"]), value["changeable"], tuple(value["locks"]), value["threads"])


def isolation() -> Isolation:
    """What this system offers."""
    return Isolation(landlock_version(), has_seccomp())


def confine(confinement: Confinement) -> None:
    """Shut this process in for the rest of its life, and say so in its environment (``settings.runs_code``).

    To be called while it has one thread: others would stay outside. Raises ``WorkerError`` where it has more, or where
    the system refuses what it offers.
    """
    offered = isolation()
    home = confinement.changeable or str(Path.cwd())
    # When torch loads its compiler it makes a folder for compiled code beneath TMPDIR: this one is there already.
    os.environ.update(HOME=home, TMPDIR=home, TORCHINDUCTOR_CACHE_DIR=home)
    tempfile.tempdir = home
    try:
        if (offered.files or offered.seccomp) and len(list(Path("/proc/self/task").iterdir())) > 1:
            raise WorkerError("The process has other threads, which could not be confined.", "Try again.")
        if sys.platform == "linux":
            _drop_rights()
        if offered.files:
            changeable = (confinement.changeable,) if confinement.changeable else ()
            restrict(
                [*map(Path, _SYSTEM), *_python_folders(), *map(Path, confinement.readable)],
                [Path("/dev/null"), *map(Path, confinement.locks), *map(Path, changeable)],
            )
        if offered.seccomp:
            filter_calls(threads=confinement.threads)
    except OSError as error:
        raise WorkerError("The process could not be confined: {reason}.", "Try again.", reason=str(error)) from error
    os.environ[CONFINED] = "1"


def _python_folders() -> set[Path]:
    """Where the interpreter, its packages and Netcore lie. Not all of ``sys.path``: workspaces may lie beside us."""
    packages = {Path(folder) for folder in sys.path if Path(folder).name in ("site-packages", "dist-packages")}
    return {Path(sys.prefix), Path(sys.base_prefix), PROJECT_FOLDER / "netcore", *packages}


def _drop_rights() -> None:
    """Give up root's capabilities but the one to pass over file permissions; Landlock is what bounds files here."""
    numbers = _CAPABILITY_CALLS.get(os.uname().machine)
    if numbers is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION, 0))
    sets = ctypes.create_string_buffer(24)
    if libc.syscall(numbers[0], header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    effective, permitted, *_ = struct.unpack("=6I", sets.raw)
    kept = struct.pack("=6I", effective & _OVERRIDE_PERMISSIONS, permitted & _OVERRIDE_PERMISSIONS, 0, 0, 0, 0)
    if libc.syscall(numbers[1], header, kept) != 0:
        raise OSError(ctypes.get_errno(), "capset")
