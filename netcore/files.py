"""Files that are either the old one or the new one, never half. Knows nothing of what is in them."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace ``path`` by ``data`` so that a reader, or a crash at any instant, finds the old bytes or the new ones.

    The order is the one that survives a power cut: temporary file in the same folder, all bytes, fsync, rename,
    fsync of the folder. What is worthless after a power cut (how far a training is) may leave out the two fsyncs with
    ``durable=False``. Raises ``OSError`` (a full disk, a folder that is gone) with the old file untouched and no
    temporary file left.
    """
    write_chunks_atomically(path, (data,), durable=durable)


def write_chunks_atomically(path: Path, chunks: Iterable[bytes], *, durable: bool = True) -> None:
    """Replace ``path`` by ``chunks``, one after the other, with the promises of ``write_atomically``.

    Whatever the iterable raises while it is read comes through, and the old file stays.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    if durable:
        _sync_folder(path.parent)


def write_json(path: Path, value: object, *, durable: bool = True) -> None:
    """Write ``value`` as JSON, atomically."""
    write_atomically(path, json.dumps(value, indent=1, allow_nan=False).encode(), durable=durable)


def read_json(path: Path) -> Any | None:
    """The JSON value in ``path``, or None where there is no such file or it holds no JSON."""
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError, RecursionError):  # brackets too deep to be of ours
        return None


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
