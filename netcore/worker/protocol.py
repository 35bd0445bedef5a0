"""Frames between a worker and its parent: one line of JSON, then raw bytes. Knows nothing of what they mean."""

from __future__ import annotations

import json
from typing import IO, Any

from netcore import errors
from netcore.errors import NetcoreError, WorkerError
from netcore.files import parse_json

MAX_HEADER_BYTES = 1024**2
MAX_PAYLOAD_BYTES = 64 * 1024**2
MAX_SENTENCES = 10_000
"""Characters of an error, its values included."""


def write_frame(stream: IO[bytes], message: dict[str, Any], payload: bytes = b"") -> None:
    """Write one frame and flush. ``message`` holds JSON types only."""
    header = json.dumps({**message, "payload_bytes": len(payload)}, allow_nan=False)
    stream.write(header.encode() + b"\n" + payload)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Read one frame. Raises ``WorkerError`` where the stream ends, or holds no frame, or a larger one than agreed."""
    header = stream.readline(MAX_HEADER_BYTES + 1)
    try:
        message = parse_json(header)
        size = message.pop("payload_bytes")
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise WorkerError("The worker gave no answer that can be read.", "Try again.") from error
    if type(size) is not int or not 0 <= size <= MAX_PAYLOAD_BYTES:
        raise WorkerError("The worker announced an answer of {size} bytes.", "Try again.", size=size)
    payload = stream.read(size)
    if len(payload) != size:
        raise WorkerError(
            "The worker's answer ended after {got} of {size} bytes.",
            "Try again.",
            got=len(payload),
            size=size,
        )
    return message, payload


def error_to_message(error: NetcoreError) -> dict[str, Any]:
    """An error as JSON types, for ``error_from_message`` on the other side."""
    values = {
        name: value if isinstance(value, int | float | str) else str(value) for name, value in error.values.items()
    }
    return {"error": type(error).__name__, "what": error.what, "cure": error.cure, "values": values}


def error_from_message(message: object) -> NetcoreError | None:
    """The error that a message carries, as its own class, or None where it carries none.

    A message may come from a file that somebody changed: one that is no sentence with its values is itself an error.
    """
    if isinstance(message, dict) and "error" not in message:
        return None
    try:
        kind = getattr(errors, message["error"])  # type: ignore[index]
        if issubclass(kind, NetcoreError):
            error = kind(message["what"], message["cure"], **message["values"])  # type: ignore[index]
            # Sentences are shown as Markdown, and no sentence of ours has a picture, which a browser would fetch.
            if len(str(error)) <= MAX_SENTENCES and "![" not in error.what + error.cure:
                return error
    except (TypeError, AttributeError, LookupError, ValueError, ArithmeticError):
        pass
    return WorkerError("What went wrong was written down, but cannot be read.", "Try again.")


def raise_from_message(message: dict[str, Any]) -> None:
    """Raise the error that a message carries. Returns where it carries none."""
    error = error_from_message(message)
    if error is not None:
        raise error
