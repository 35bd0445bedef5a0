"""The asker's side of the zygote: one question, one confined child of a few milliseconds. Knows nothing of questions.

Loading torch takes seconds; a fork of a process that has loaded it takes a hundredth of one. Where the system has no
fork (Windows), each question starts a worker of its own and takes those seconds.
"""

from __future__ import annotations

import contextlib
import io
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from netcore.errors import WorkerError
from netcore.settings import PROJECT_FOLDER, usable_cores
from netcore.worker.confinement import Confinement
from netcore.worker.limits import Limits
from netcore.worker.process import call, ending_in_words, environment
from netcore.worker.protocol import MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES, raise_from_message, read_frame, write_frame
from netcore.worker.zygote import ALIVE, ENDING

MAX_ANSWER_BYTES = MAX_HEADER_BYTES + MAX_PAYLOAD_BYTES
MAX_PRINTED_BYTES = 64 * 1024

_SECONDS_TO_START = 120.0
_SECONDS_TO_WAIT = 30.0
_SECONDS_TO_SETTLE = 0.5
"""After its end, for what a child has written and we have not read yet."""

_Zygote = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Reply:
    """What came back from a child that answered."""

    answer: dict[str, Any]
    payload: bytes
    printed: str
    """What it printed, at most ``MAX_PRINTED_BYTES``."""


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
                    "confinement": confinement.to_json(),
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
    def _child(self) -> Iterator[tuple[_Child, _Zygote | None]]:
        with contextlib.ExitStack() as ours:
            pairs = [socket.socketpair() for _ in range(3)]
            theirs = [ours.enter_context(pair[1]) for pair in pairs]
            child = _Child(*(ours.enter_context(pair[0]) for pair in pairs))
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


class _Ear:
    """One of our ends, and what has come over it, up to ``most`` bytes."""

    def __init__(self, end: socket.socket, most: int) -> None:
        self.end, self.most, self.heard = end, most, bytearray()

    def listen(self) -> bool:
        """Take what is there, and drop what is too much; False where the other side has closed it."""
        try:
            data = self.end.recv(65536)
        except OSError:
            return False
        self.heard += data[: self.most - len(self.heard)]
        return bool(data)


class _Child:
    """One child, from our side: the three ends that reach it."""

    def __init__(self, talk: socket.socket, leash: socket.socket, prints: socket.socket) -> None:
        self._talk = _Ear(talk, MAX_ANSWER_BYTES)
        self._leash = _Ear(leash, ENDING.size)
        self._prints = _Ear(prints, MAX_PRINTED_BYTES)

    def lives(self) -> bool:
        """Wait until the zygote says so; False where it ends before."""
        self._leash.end.settimeout(_SECONDS_TO_START)
        try:
            return self._leash.end.recv(len(ALIVE)) == ALIVE
        except OSError:
            return False

    def ask(self, message: dict[str, Any], payload: bytes, wall_seconds: float | None) -> Reply:
        deadline = time.monotonic() + (wall_seconds or _SECONDS_TO_START)
        with contextlib.suppress(OSError):  # a child that is gone says below how it ended
            self._talk.end.settimeout(deadline - time.monotonic())
            with self._talk.end.makefile("wb") as stream:
                write_frame(stream, message, payload)
        if not self._listen(deadline):
            raise WorkerError(
                "The work took longer than {seconds:g} s and was stopped.",
                "Try something smaller.",
                seconds=wall_seconds,
            )
        return self._reply()

    def _listen(self, deadline: float) -> bool:
        """Hear all that the child says until it has ended; False where it has not in time."""
        ended = False
        with selectors.DefaultSelector() as selector:
            for ear in (self._talk, self._leash, self._prints):
                ear.end.setblocking(False)
                selector.register(ear.end, selectors.EVENT_READ, ear)
            while selector.get_map() and (left := deadline - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    if key.data.listen():
                        continue
                    selector.unregister(key.fileobj)
                    if key.data is self._leash:
                        ended = True
                        deadline = min(deadline, time.monotonic() + _SECONDS_TO_SETTLE)
                if len(self._talk.heard) == MAX_ANSWER_BYTES:
                    raise WorkerError(
                        "The answer is larger than {most:.0f} MB.", "Ask for less.", most=MAX_ANSWER_BYTES / 1e6
                    )
        return ended

    def _reply(self) -> Reply:
        printed = self._prints.heard.decode(errors="replace")
        ending = self._leash.heard
        returncode = ENDING.unpack(ending)[0] if len(ending) == ENDING.size else -9  # the zygote is gone too
        if returncode != 0:
            error = WorkerError(
                "The work ended without an answer: {reason}.",
                "Try something smaller.",
                reason=ending_in_words(returncode),
            )
            error.add_note(printed)  # for the log: the last words of a child that failed
            raise error
        answer, data = read_frame(io.BytesIO(self._talk.heard))
        raise_from_message(answer)
        return Reply(answer, data, printed)
