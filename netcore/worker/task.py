"""What a worker is asked to do, by name, and its refusals as messages. Knows nothing of the task."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from netcore.errors import NetcoreError, WorkerError
from netcore.worker.protocol import error_to_message

Answer = tuple[dict[str, Any], bytes]


def find_task(name: str) -> Callable[..., Any]:
    """The function called ``"package.module:function"``. Its module is loaded now, before any wall stands."""
    module, function = name.split(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def run_task(task: Callable[..., Answer], arguments: dict[str, Any], payload: bytes, stop: threading.Event) -> Answer:
    """What ``task(arguments, payload, stop)`` returns, or its refusal as a message for ``raise_from_message``."""
    try:
        return task(arguments, payload, stop)
    except NetcoreError as error:
        return error_to_message(error), b""
    except MemoryError:
        refusal = WorkerError("The work needs more memory than it may use.", "Try something smaller.")
        return error_to_message(refusal), b""
