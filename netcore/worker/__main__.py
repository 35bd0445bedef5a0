"""A worker's whole life: prepare, read one task, be limited and confined, run it, answer. Knows nothing of the task."""

from __future__ import annotations

import io
import os
import sys
import threading

from netcore.worker.confinement import Confinement, confine
from netcore.worker.limits import Limits, apply_limits
from netcore.worker.protocol import read_frame, write_frame
from netcore.worker.stop import Stop
from netcore.worker.task import find_task, run_task
from netcore.worker.watchdog import keep_watch

_NICENESS = 10
_SECONDS_TO_END = 5.0


def main() -> None:
    """Run the task named in a frame as ``task(arguments, payload, stop)`` and write what it returns.

    A frame that names only something to ``prepare`` may come before. Afterwards every byte on standard input asks the
    task to make room, and its end, to stop.
    """
    keep_watch(_SECONDS_TO_END + 1)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the task prints goes to the log, never between the frames
    requests = sys.stdin.buffer
    assert isinstance(requests, io.BufferedReader)
    request, payload = read_frame(requests)
    if "prepare" in request:
        if hasattr(os, "nice"):
            os.nice(_NICENESS)  # whoever draws the pages goes first: what is prepared may keep a core busy for seconds
        find_task(request["prepare"])()
        if not requests.peek(1):
            return  # the parent ended before it had a task
        request, payload = read_frame(requests)
    if request["log"]:
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
    apply_limits(Limits(**request["limits"]))
    task = find_task(request["task"])
    if request["confinement"]:
        confine(Confinement.from_json(request["confinement"]))
    stop = Stop()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    answer, data = run_task(task, request["arguments"], payload, stop)
    write_frame(answers, answer, data)
    sys.stdout.flush()
    os._exit(0)  # all is said: taking an interpreter with torch apart takes a second


def _listen(stop: Stop) -> None:
    while os.read(0, 4096):
        stop.soon.set()
    stop.set()
    # Where the parent is gone nobody else ends a task that does not listen; one that lets no thread run, the watchdog.
    threading.Event().wait(_SECONDS_TO_END)
    os._exit(1)


main()
