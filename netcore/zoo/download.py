"""A published weights file onto the disk: whole and verified, or not at all. Knows nothing of what is in it.

What has come lies beside the file's place under a name of its own until all of it is there; a download that broke off,
or was stopped, goes on from there.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from filelock import FileLock

from netcore.errors import WeightsError
from netcore.files import put_in_place

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes there will be (None where the server does not say)."""

_TIMEOUT_SECONDS = 15
_CHUNK_BYTES = 1024**2
_PARTIAL = 206
_BEYOND_THE_END = 416


def download(
    url: str,
    path: Path,
    on_progress: Progress | None = None,
    *,
    should_stop: Callable[[], bool] | None = None,
    most_bytes: int | None = None,
    anew: bool = False,
) -> None:
    """Fetch ``url`` into ``path``, once for all who ask at the same time, and return when the file is there.

    Where it is there already, nothing is fetched, unless it is to come ``anew`` and is not the published file. Its
    SHA-256 must begin with the digits at the end of its name, which is how torchvision signs its files, and no more
    than ``most_bytes`` are taken. Raises ``WeightsError`` where the network, the server or the disk fails, or
    ``should_stop`` says so; it names the file and the folder, so that the file can be put there by hand.
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
            if path.exists() and not (anew and not _is_published(path)):
                return
            _Download(url, path, on_progress, should_stop, most_bytes).run()
    except OSError as error:
        with contextlib.suppress(OSError):  # where the disk is full, half a file must not fill it
            partial_path(path).unlink()
        raise refused_by_disk(path, error) from error


def refused_by_disk(path: Path, error: OSError) -> WeightsError:
    """What is said where weights cannot be written to ``path``."""
    return WeightsError(
        "The weights could not be written to {folder}: {reason}.",
        "Make room there, or make it writable, and try again.",
        folder=path.parent,
        reason=error.strerror or "the disk refuses",
    )


def partial_path(path: Path) -> Path:
    """Where what has come of ``path`` waits for the rest."""
    return path.with_name(f".{path.name}.part")


def has_published_digest(file: IO[bytes], name: str) -> bool:
    """Whether the SHA-256 of ``file`` begins with the digits at the end of a published file's ``name``."""
    return _begins_as_published(hashlib.file_digest(file, "sha256").hexdigest(), name)  # type: ignore[arg-type]


def _begins_as_published(digest: str, name: str) -> bool:
    match = re.search(r"-([0-9a-f]{8,})\.pth$", name)
    return match is not None and digest.startswith(match[1])


def _is_published(path: Path) -> bool:
    with path.open("rb") as file:
        return has_published_digest(file, path.name)


class _Download:
    """One download, under its lock."""

    def __init__(
        self,
        url: str,
        path: Path,
        on_progress: Progress | None,
        should_stop: Callable[[], bool] | None,
        most_bytes: int | None,
    ) -> None:
        self._url, self._path, self._most_bytes = url, path, most_bytes
        self._report = on_progress or (lambda done, total: None)
        self._is_stopped = should_stop or (lambda: False)
        self._digest = hashlib.sha256()
        self._done = self._kept = 0

    def run(self) -> None:
        part = partial_path(self._path)
        try:
            with part.open("a+b") as file:
                self._take_up(file)
                if not self._is_right():
                    self._fetch(file)
        finally:
            if not self._done:
                part.unlink()
        if self._is_right():
            put_in_place(part, self._path)
            return
        part.unlink(missing_ok=True)
        if not self._kept:
            raise self._failure("what came is not the published file, so it was thrown away")
        # What an earlier try left was not the beginning of this file.
        _Download(self._url, self._path, self._report, self._is_stopped, self._most_bytes).run()

    def _is_right(self) -> bool:
        return _begins_as_published(self._digest.hexdigest(), self._path.name)

    def _take_up(self, file: IO[bytes]) -> None:
        """Read what an earlier try left."""
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            self._digest.update(chunk)
            self._done += len(chunk)
        self._kept = self._done

    def _begin_anew(self, file: IO[bytes]) -> None:
        file.truncate(0)
        self._digest = hashlib.sha256()
        self._done = self._kept = 0

    def _fetch(self, file: IO[bytes]) -> None:
        try:
            response = self._open()
        except (OSError, HTTPException) as error:
            raise self._no_answer(error) from error
        with response:
            if response.status != _PARTIAL:
                self._begin_anew(file)
            announced = _announced(response.headers["Content-Length"])
            total = None if announced is None else self._done + announced
            self._report(self._done, total)
            while chunk := self._read(response):
                file.write(chunk)
                self._digest.update(chunk)
                self._done += len(chunk)
                self._report(self._done, total)
                if self._is_stopped():
                    raise WeightsError("The download was stopped.", "Begin it again: it goes on from there.")
                if self._most_bytes and self._done > self._most_bytes:
                    return
        if total is not None and self._done < total:
            raise self._failure(f"the connection broke off after {self._done:,} of {total:,} bytes, which are kept")

    def _open(self) -> HTTPResponse:
        try:
            headers = {"Range": f"bytes={self._done}-"} if self._done else {}
            return urlopen(Request(self._url, headers=headers), timeout=_TIMEOUT_SECONDS)
        except HTTPError as error:
            if error.code != _BEYOND_THE_END or not self._done:
                raise
            error.close()
            return urlopen(self._url, timeout=_TIMEOUT_SECONDS)

    def _read(self, response: HTTPResponse) -> bytes:
        try:
            return response.read1(_CHUNK_BYTES)
        except (OSError, HTTPException) as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: OSError | HTTPException) -> WeightsError:
        if isinstance(error, HTTPError):
            error.close()
        return self._failure(_reason(error, self._url))

    def _failure(self, reason: str) -> WeightsError:
        return WeightsError(
            "The published weights are not on this machine and cannot be downloaded: {reason}.",
            "Try again with a network, or fetch {url} elsewhere and put the file {file} into the folder {folder}.",
            reason=reason,
            url=self._url,
            file=self._path.name,
            folder=self._path.parent,
        )


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
