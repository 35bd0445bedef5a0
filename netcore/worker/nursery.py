"""The asker's side of the zygote: one question, one confined child of a few milliseconds. Knows nothing of questions.

Loading torch takes seconds; a fork of a process that has loaded it takes a hundredth of one. Where the system has no
fork (Windows), each question starts a worker of its own and takes those seconds.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from netcore.errors import WorkerError
from netcore.settings import PROJECT_FOLDER, usable_cores
from netcore.worker.asker import asker
from netcore.worker.child import Child, Reply
from netcore.worker.confinement import Confinement
from netcore.worker.limits import Limits
from netcore.worker.memory import free_memory
from netcore.worker.process import call, environment
from netcore.worker.turns import Turn, Turns

_SECONDS_TO_WAIT = 8.0
_BESIDE = 16
"""Times as many children as are answered at once may take longer beside them, while there is memory."""
_Zygote = subprocess.Popen[bytes]


class Nursery:
    """Answers questions in confined children, ``children`` at a time, and more where some take long, in fair turns.

    ``asker`` says whose question it is. Methods may be called from any thread.

    ``prepare`` (``"package.module:function"``) loads what the children need. It must not start a thread.
    """

    def __init__(self, prepare: str, children: int | None = None) -> None:
        self._prepare = prepare
        self._lock = threading.Lock()
        at_once = children or usable_cores()
        self._turns = Turns(at_once, _BESIDE * at_once)
        self._zygote: _Zygote | None = None
        self._control: socket.socket | None = None

    def warm_up(self) -> None:
        """Start loading now what the first question would wait for."""
        if hasattr(os, "fork"):
            with self._lock:
                self._connect()

    def ask(
        self,
        task: str,
        arguments: dict[str, Any],
        payload: bytes = b"",
        *,
        limits: Limits,
        confinement: Confinement | None = None,
    ) -> Reply:
        """Run ``task`` (``"package.module:function"``) in a child and return what it answers and prints.

        Raises the task's own ``NetcoreError``; ``WorkerError`` where the child breaks a limit or ends without an
        answer; ``BusyError``, with a place in the queue, where no turn came up in ``_SECONDS_TO_WAIT``.
        """
        with (
            self._turns.taken(asker.get(), _SECONDS_TO_WAIT) as turn,
            tempfile.TemporaryDirectory(prefix="netcore-", ignore_cleanup_errors=True) as folder,
        ):
            confinement = confinement or Confinement()
            confinement = replace(confinement, readable=(*confinement.readable, folder))
            if not hasattr(os, "fork"):
                answer, data = call(task, arguments, payload, limits=limits, confinement=confinement)
                return Reply(answer, data, "")
            message = {
                "task": task,
                "arguments": arguments,
                "limits": limits.to_json(),
                "confinement": replace(confinement, threads=False).to_json(),
                "folder": folder,
            }
            return self._ask_child(message, payload, limits, turn)

    def close(self) -> None:
        """End the zygote and every child. What else happens when this process ends."""
        with self._lock:
            self._disconnect()

    def _ask_child(self, message: dict[str, Any], payload: bytes, limits: Limits, turn: Turn) -> Reply:
        def make_room() -> bool:
            free = free_memory()
            return (free is None or free > 2 * (limits.memory_bytes or 0)) and turn.make_room()

        for _ in range(2):  # where something ended the zygote, a fresh one takes the question: nothing of it has run
            with self._child() as (child, zygote):
                if child.lives():
                    return child.ask(message, payload, limits.wall_seconds, make_room)
            with self._lock:
                if self._zygote is zygote:
                    self._disconnect()
        raise WorkerError("The process that answers questions did not start.", "Try again.")

    @contextlib.contextmanager
    def _child(self) -> Iterator[tuple[Child, _Zygote | None]]:
        with contextlib.ExitStack() as ours:
            pairs = [socket.socketpair() for _ in range(3)]
            theirs = [ours.enter_context(pair[1]) for pair in pairs]
            child = Child(*(ours.enter_context(pair[0]) for pair in pairs))
            with self._lock:
                control, zygote = self._connect(), self._zygote
                with contextlib.suppress(OSError):  # where the zygote has just ended, no child will live
                    socket.send_fds(control, [b"?"], [end.fileno() for end in theirs])
            for end in theirs:
                end.close()
            yield child, zygote

    def _connect(self) -> socket.socket:
        if self._zygote and self._zygote.poll() is not None:
            self._disconnect()
        if self._control is None:
            self._control, theirs = socket.socketpair()
            with theirs:
                self._zygote = subprocess.Popen(
                    [sys.executable, "-m", "netcore.worker.zygote", str(theirs.fileno()), self._prepare],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    cwd=PROJECT_FOLDER,
                    env=environment(),
                    start_new_session=True,
                )
        return self._control

    def _disconnect(self) -> None:
        if self._control and self._zygote:
            self._control.close()
            self._zygote.kill()
            self._zygote.wait()
        self._control = self._zygote = None
