"""A small process beside a worker that ends it where its parent is gone, whatever it computes. Knows nothing of tasks.

A thread of the worker's own could not: a long call in C lets no other thread of its interpreter run.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal

_SECONDS_BETWEEN_LOOKS = 1.0
_MOST_OPEN_FILES = 4096


def keep_watch(patience: float) -> None:
    """Have this process killed ``patience`` seconds after its standard input, a pipe, has ended.

    Does nothing where the system has no fork. To be called while this process has one thread.
    """
    if not hasattr(os, "fork"):
        return
    watched = os.getpid()
    if os.fork():
        return
    try:
        os.closerange(1, _MOST_OPEN_FILES)
        _watch(watched, patience)
    finally:
        os._exit(0)


def _watch(watched: int, patience: float) -> None:
    ends = select.poll()
    ends.register(0, 0)  # asked for nothing, it tells of the end alone
    while not ends.poll(1000 * _SECONDS_BETWEEN_LOOKS):
        if os.getppid() != watched:
            return
    select.select([], [], [], patience)
    if os.getppid() == watched:  # its number is still its own
        with contextlib.suppress(ProcessLookupError):
            os.kill(watched, signal.SIGKILL)
