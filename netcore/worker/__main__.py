"""A worker's whole life: read one frame, keep the limits, run the task, answer. Knows nothing of the task."""

from __future__ import annotations

import os
import sys
import threading
from importlib import import_module

from netcore.errors import NetcoreError, WorkerError
from netcore.worker.limits import Limits, apply_limits
from netcore.worker.protocol import error_to_message, read_frame, write_frame


def main() -> None:
    """Run the task named in the first frame as ``task(arguments, payload, stop)`` and write what it returns.

    ``stop`` is an event that is set when standard input closes: the parent asks to stop, or is gone.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the task prints goes to the log, never between the frames
    request, payload = read_frame(sys.stdin.buffer)
    apply_limits(Limits(**request["limits"]))
    stop = threading.Event()
    threading.Thread(target=_set_at_end_of_input, args=(stop,), daemon=True).start()
    try:
        module, function = request["task"].split(":")
        answer, data = getattr(import_module(module), function)(request["arguments"], payload, stop)
    except NetcoreError as error:
        answer, data = error_to_message(error), b""
    except MemoryError:
        refusal = WorkerError("The work needs more memory than it may use.", "Try something smaller.")
        answer, data = error_to_message(refusal), b""
    write_frame(answers, answer, data)


def _set_at_end_of_input(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    stop.set()


main()
