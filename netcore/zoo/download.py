"""A published weights file onto the disk: whole and verified, or not at all. Knows nothing of what is in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from http.client import HTTPException
from io import BufferedReader
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from filelock import FileLock

from netcore.errors import WeightsError
from netcore.files import remove_temporaries, write_chunks_atomically

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes there will be (None where the server does not say)."""

_TIMEOUT_SECONDS = 15
_CHUNK_BYTES = 1024**2


def download(url: str, path: Path, on_progress: Progress | None = None) -> None:
    """Fetch ``url`` into ``path``, once for all who ask at the same time, and return when the file is there.

    Where it is there already, nothing is fetched. Its SHA-256 must begin with the digits at the end of its name, which
    is how torchvision signs its files. Raises ``WeightsError`` where the network, the server or the disk fails, with
    nothing left behind; it names the file and the folder, so that the file can be put there by hand.
    """
    if path.is_dir():
        raise WeightsError(
            "In {folder} there is a folder called {file}, where the weights belong.",
            "Rename or delete it, and try again.",
            folder=path.parent,
            file=path.name,
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock")):
            if path.exists():
                return
            remove_temporaries(path.parent, (path.name,))
            write_chunks_atomically(path, _chunks(url, path, on_progress))
    except OSError as error:
        raise WeightsError(
            "The weights could not be written to {folder}: {reason}.",
            "Make room there, or make it writable, and try again.",
            folder=path.parent,
            reason=error.strerror or "the disk refuses",
        ) from error


def is_published(file: BufferedReader, name: str) -> bool:
    """Whether the SHA-256 of ``file`` begins with the digits at the end of its name: the published bytes, no others."""
    return hashlib.file_digest(file, "sha256").hexdigest().startswith(_signature(name))


def _signature(file_name: str) -> str:
    match = re.search(r"-([0-9a-f]{8,})\.pth$", file_name)
    return match[1] if match else "unsigned"


def _chunks(url: str, path: Path, on_progress: Progress | None) -> Iterator[bytes]:
    digest, done = hashlib.sha256(), 0
    try:
        with urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
            total = _announced(response.headers["Content-Length"])
            while chunk := response.read(_CHUNK_BYTES):
                digest.update(chunk)
                done += len(chunk)
                if on_progress:
                    on_progress(done, total)
                yield chunk
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise _unreachable(_reason(error, url), url, path) from error
    if total is not None and done < total:
        raise _unreachable(f"the connection broke off after {done:,} of {total:,} bytes", url, path)
    if not digest.hexdigest().startswith(_signature(path.name)):
        raise _unreachable("what came is not the published file, so it was thrown away", url, path)


def _announced(length: str | None) -> int | None:
    """The bytes that a server promises, or None where it promises nothing that could be true."""
    return int(length) if length and re.fullmatch(r"[0-9]{1,15}", length) else None


def _reason(error: OSError | HTTPException, url: str) -> str:
    server = urlsplit(url).hostname
    if isinstance(error, HTTPError):
        return f"{server} answers with status {error.code}"
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return f"{server} did not answer within {_TIMEOUT_SECONDS} s"
    return f"there is no connection to {server}"


def _unreachable(reason: str, url: str, path: Path) -> WeightsError:
    return WeightsError(
        "The weights are not on this machine and cannot be downloaded: {reason}.",
        "Try again with a network, or fetch {url} elsewhere and put the file {file} into the folder {folder}.",
        reason=reason,
        url=url,
        file=path.name,
        folder=path.parent,
    )
