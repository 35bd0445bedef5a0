"""Files that are either the old one or the new one, never half. Knows nothing of what is in them."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_SUFFIX = ".tmp"
_MAX_JSON_BYTES = 4 * 1024**2
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)
"""What file systems without hard links say; there the previous generation is not kept."""


def write_atomically(path: Path, data: bytes, *, durable: bool = True, keep_previous: bool = False) -> None:
    """Replace ``path`` by ``data`` so that a reader, or a crash at any instant, finds the old bytes or the new ones.

    The order is the one that survives a power cut: temporary file in the same folder, all bytes, fsync, rename,
    fsync of the folder. What is worthless after a power cut (how far a training is) may leave out the two fsyncs with
    ``durable=False``. With ``keep_previous`` the old file stays beside the new one under ``previous_path(path)``.
    Raises ``OSError`` (a full disk, a folder that is gone) with the old file untouched and no temporary file left.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=_SUFFIX, delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            file.close()
            if keep_previous:
                _keep_previous(path, temporary.with_suffix(f".prev{_SUFFIX}"))
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):  # its buffer may be full still, and the disk as well
                file.close()
            temporary.unlink(missing_ok=True)
            raise
    if durable:
        _sync_folder(path.parent)


def put_in_place(finished: Path, path: Path) -> None:
    """Make ``finished``, which grew in the same folder and is whole now, the file at ``path``, durably.

    For what arrives over hours and is worth keeping half: a reader of ``path`` sees nothing of it before this.
    """
    with finished.open("r+b") as file:
        os.fsync(file.fileno())
    finished.replace(path)
    _sync_folder(path.parent)


def previous_path(path: Path) -> Path:
    """Where the generation before ``path`` is kept."""
    return path.with_name(f"{path.name}.prev")


def remove_generations(path: Path) -> None:
    """Remove a file and the generation before it, that one first: a crash in between leaves the newest."""
    previous_path(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def remove_temporaries(folder: Path, names: Iterable[str]) -> None:
    """Remove what a killed process left of half-written files called ``names``, which nobody may be writing now."""
    for name in names:
        for leftover in folder.glob(f".{name}.*{_SUFFIX}"):
            leftover.unlink(missing_ok=True)


def write_json(path: Path, value: object, *, durable: bool = True) -> None:
    """Write ``value`` as JSON, atomically."""
    write_atomically(path, json.dumps(value, indent=1, allow_nan=False).encode(), durable=durable)


def read_json(path: Path) -> Any | None:
    """The JSON value in ``path``, or None where there is no such file, or no JSON in it, or more than ours ever are."""
    try:
        if path.stat().st_size > _MAX_JSON_BYTES:
            return None
        return parse_json(path.read_bytes())
    except (FileNotFoundError, IsADirectoryError, ValueError, RecursionError):  # brackets too deep to be of ours
        return None


def parse_json(data: bytes) -> Any:
    """The JSON value in ``data``, its text such that it can be sent on. Raises ``ValueError`` where there is none.

    JSON can say half of a sign that takes two (``\\ud800``), which no page can be sent: it becomes a question mark.
    """
    value = json.loads(data.decode())
    if b"\\ud" not in data.lower():
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))


def _keep_previous(path: Path, link: Path) -> None:
    """Give the file at ``path`` a second name, so that it outlives its replacement without a copy."""
    try:
        os.link(path, link)
        link.replace(previous_path(path))
    except FileNotFoundError:
        pass  # there is no older generation yet
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
    finally:
        link.unlink(missing_ok=True)  # a rename onto another name of the same file does nothing


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
