"""The values that were put away last, each in a file of its own: two tabs lose nothing of each other's.

Knows nothing of what they are.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netcore import files

_ENDING = ".json"


@dataclass(frozen=True)
class Shelf:
    """The newest ``places`` values in a folder. A name is a file's name, and a value JSON types."""

    folder: Path
    places: int

    def put(self, name: str, value: object) -> None:
        """Put a value away as the newest, in the place of an older one of that name; the oldest make room."""
        self.folder.mkdir(parents=True, exist_ok=True)
        newest = max((when for when, _ in self._dated()), default=0)
        path = self._path(name)
        files.write_json(path, value)
        now = max(time.time_ns(), newest + 1)  # a clock may be put back
        os.utime(path, ns=(now, now))
        for _, old in self._dated()[self.places :]:
            self._path(old).unlink(missing_ok=True)

    def read(self, name: str) -> Any | None:
        """The value of that name, or None where there is none, or a damaged one."""
        return files.read_json(self._path(name))

    def remove(self, name: str) -> None:
        """Take a value away, where there is one of that name."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> dict[str, float]:
        """All names, the one that was put away last first, and when each was, in seconds since 1970."""
        return {name: when / 1e9 for when, name in self._dated()}

    def _dated(self) -> list[tuple[int, str]]:
        if not self.folder.is_dir():
            return []
        found = []
        for path in self.folder.glob(f"*{_ENDING}"):
            try:
                found.append((path.stat().st_mtime_ns, path.stem))
            except FileNotFoundError:  # another tab has just made room
                continue
        return sorted(found, reverse=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}{_ENDING}"
