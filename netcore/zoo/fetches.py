"""Downloads that go on whoever leaves: one a file, watched by all who wait for it. Knows nothing of screens."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from netcore.errors import NetcoreError
from netcore.zoo.catalogue import ZooEntry
from netcore.zoo.weights import fetch_weights, weights_path


@dataclass(frozen=True)
class Fetch:
    """How far a download is."""

    is_running: bool = False
    done: int = 0
    """Bytes that are there."""
    total: int | None = None
    """Bytes there will be; None where the server does not say, or has not answered yet."""
    problem: NetcoreError | None = None
    """Why it failed; None while it runs, and where the file is there."""


class Fetches:
    """The downloads of this process. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fetches: dict[Path, Fetch] = {}

    def start(self, entry: ZooEntry) -> None:
        """Download the entry's weights in the background. Does nothing where that is under way."""
        path = weights_path(entry)
        with self._lock:
            if self._fetches.get(path, Fetch()).is_running:
                return
            self._fetches[path] = Fetch(is_running=True)
        threading.Thread(target=self._fetch, args=(entry, path), name=f"fetch {entry.name}", daemon=True).start()

    def find(self, entry: ZooEntry) -> Fetch:
        """How far the download of the entry's weights is, or how the last one ended."""
        with self._lock:
            return self._fetches.get(weights_path(entry), Fetch())

    def _fetch(self, entry: ZooEntry, path: Path) -> None:
        problem = None
        try:
            fetch_weights(entry, lambda done, total: self._change(path, done=done, total=total))
        except NetcoreError as error:
            problem = error
        finally:
            self._change(path, is_running=False, problem=problem)

    def _change(self, path: Path, **changes: object) -> None:
        with self._lock:
            self._fetches[path] = replace(self._fetches[path], **changes)  # type: ignore[arg-type]


@cache
def fetches() -> Fetches:
    """The downloads of this process."""
    return Fetches()
