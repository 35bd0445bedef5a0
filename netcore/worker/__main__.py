"""A worker's whole life: prepare, read one task, keep the limits, run it, answer. Knows nothing of the task."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from netcore.errors import NetcoreError, WorkerError
from netcore.worker.limits import Limits, apply_limits
from netcore.worker.protocol import error_to_message, read_frame, write_frame
from netcore.worker.stop import Stop

_SECONDS_TO_END = 5.0


def main() -> None:
    """Run the task named in a frame as ``task(arguments, payload, stop)`` and write what it returns.

    A frame that names only something to ``prepare`` may come before. Afterwards every byte on standard input asks the
    task to make room, and its end, to stop.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the task prints goes to the log, never between the frames
    requests = sys.stdin.buffer
    assert isinstance(requests, io.BufferedReader)
    request, payload = read_frame(requests)
    if "prepare" in request:
        _find(request["prepare"])()
        if not requests.peek(1):
            return  # the parent ended before it had a task
        request, payload = read_frame(requests)
    if request["log"]:
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
    apply_limits(Limits(**request["limits"]))
    stop = Stop()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    try:
        answer, data = _find(request["task"])(request["arguments"], payload, stop)
    except NetcoreError as error:
        answer, data = error_to_message(error), b""
    except MemoryError:
        refusal = WorkerError("The work needs more memory than it may use.", "Try something smaller.")
        answer, data = error_to_message(refusal), b""
    write_frame(answers, answer, data)
    sys.stdout.flush()
    os._exit(0)  # all is said: taking an interpreter with torch apart takes a second


def _find(name: str) -> Callable[..., Any]:
    module, function = name.split(":")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def _listen(stop: Stop) -> None:
    while os.read(0, 4096):
        stop.soon.set()
    stop.set()
    # Where the parent is gone nobody else ends a task that does not listen.
    threading.Event().wait(_SECONDS_TO_END)
    os._exit(1)


main()
