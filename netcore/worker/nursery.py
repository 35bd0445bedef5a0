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
from netcore.worker.child import Child, Reply
from netcore.worker.confinement import Confinement
from netcore.worker.limits import Limits
from netcore.worker.process import call, environment

_SECONDS_TO_WAIT = 30.0
_Zygote = subprocess.Popen[bytes]


class Nursery:
    """Answers questions in confined children, at most ``children`` at a time. Methods may be called from any thread.

    ``prepare`` (``"package.module:function"``) loads what the children need. It must not start a thread.
    """

    def __init__(self, prepare: str, children: int | None = None) -> None:
        self._prepare = prepare
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(children or usable_cores())
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

        Raises the task's own ``NetcoreError``, or ``WorkerError`` where the child breaks a limit, ends without an
        answer, or where too many others are being answered.
        """
        if not self._turns.acquire(timeout=_SECONDS_TO_WAIT):
            raise WorkerError(
                "Others are being answered, and no turn came up in {seconds:g} s.",
                "Try again in a moment.",
                seconds=_SECONDS_TO_WAIT,
            )
        try:
            with tempfile.TemporaryDirectory(prefix="netcore-", ignore_cleanup_errors=True) as folder:
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
                return self._ask_child(message, payload, limits.wall_seconds)
        finally:
            self._turns.release()

    def close(self) -> None:
        """End the zygote and every child. What else happens when this process ends."""
        with self._lock:
            self._disconnect()

    def _ask_child(self, message: dict[str, Any], payload: bytes, wall_seconds: float | None) -> Reply:
        for _ in range(2):  # where something ended the zygote, a fresh one takes the question: nothing of it has run
            with self._child() as (child, zygote):
                if child.lives():
                    return child.ask(message, payload, wall_seconds)
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
