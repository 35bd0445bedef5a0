"""Folders and limits. The only module that reads the environment. Knows nothing of networks or screens."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_FOLDER = Path(__file__).resolve().parent.parent

CONFINED = "NETCORE_CONFINED"
"""The environment variable that a worker sets to ``1`` once it is confined."""

MAX_LAYERS = 64
MAX_SOURCE_BYTES = 20_000
MAX_PARAMETERS = 20_000_000
MAX_ACTIVATION_BYTES = 512 * 1024**2
MAX_BATCH = 1024
MAX_EPOCHS = 200
MAX_SEED = 2**31 - 1
MAX_THREADS = 64
MAX_RUNS = 100
MAX_WAITING_RUNS = 500

MAX_LOADED_BYTES = 2 * 1024**3
"""Of pretrained networks kept in memory for all visitors."""
MAX_CHECKPOINT_BYTES = 512 * 1024**2
MAX_UPLOADED_CHECKPOINT_BYTES = 60 * 10**6
"""For weights too. Also in the upload limit of ``.streamlit/config.toml``, and less than a worker's frame holds."""
MAX_OWN_WEIGHTS = 4
"""Weights files that a workspace keeps."""
MAX_PHOTO_BYTES = 10_000_000
MAX_PHOTO_PIXELS = 25_000_000
"""An iPhone's photos have up to 24.5 million."""
MAX_PHOTO_SIDE = 6000
MIN_PHOTO_SIDE = 8
MAX_PHOTO_ASPECT = 20
MAX_PHOTOS = 32


@dataclass(frozen=True)
class Settings:
    """Where things lie on this machine."""

    home: Path
    """Workspaces and downloads: ``NETCORE_HOME``, or ``data/`` beside ``app.py``."""

    hub: Path
    """torch's hub folder for downloaded weights: ``TORCH_HOME/hub`` where that is set, else ``home/weights/hub``."""

    code: str
    """What ``NETCORE_CODE`` asks for: ``off``, ``allowlist`` or ``trusted``; empty where it says nothing."""

    address: str
    """Where the pages listen, as ``announce_address`` wrote it; empty where nobody did."""

    @classmethod
    def from_environment(cls) -> Settings:
        """The settings of this process. Reads ``NETCORE_HOME``, ``_CODE`` and ``_ADDRESS``, and ``TORCH_HOME``."""
        home = Path(os.environ.get("NETCORE_HOME") or PROJECT_FOLDER / "data").expanduser().resolve()
        torch_home = os.environ.get("TORCH_HOME")
        hub = Path(torch_home).expanduser().resolve() / "hub" if torch_home else home / "weights" / "hub"
        code, address = os.environ.get("NETCORE_CODE", ""), os.environ.get("NETCORE_ADDRESS", "")
        return cls(home=home, hub=hub, code=code, address=address)

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the pages, or there are none."""
        return self.address in ("", "localhost", "::1") or self.address.startswith("127.")

    @property
    def workspaces(self) -> Path:
        """The folder that holds one folder a workspace."""
        return self.home / "workspaces"


def runs_code() -> bool:
    """Whether this process was confined, so that it may run what students wrote."""
    return os.environ.get(CONFINED) == "1"


def trusts_code() -> bool:
    """Whether students' code runs without the static wall: it was asked for, and only this machine sees the pages."""
    settings = Settings.from_environment()
    return settings.code == "trusted" and settings.is_local


def announce_address(address: str | None) -> None:
    """Let this process and its workers know where the pages listen; None is everywhere.

    Whoever draws pages is not confined, whatever the environment says that it was started in.
    """
    os.environ.pop(CONFINED, None)
    os.environ["NETCORE_ADDRESS"] = address or "0.0.0.0"


def usable_cores() -> int:
    """How many cores this process may run on, at most ``MAX_THREADS``."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MAX_THREADS)
