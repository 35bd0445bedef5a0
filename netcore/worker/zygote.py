"""A process with its modules loaded that forks a confined child for every question. Has one thread, runs no question.

For each question it is sent three ends: ``talk``, over which the child reads its question and answers; ``leash``,
which tells the asker that the child lives and how it ended, and which kills the child when the asker lets go; and
``prints``, where the child's output goes. It ends, with its children, when the process that started it does.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import selectors
import signal
import socket
import struct
import sys
import threading
import traceback

from netcore.worker.confinement import Confinement, confine
from netcore.worker.limits import Limits, apply_limits
from netcore.worker.protocol import read_frame, write_frame
from netcore.worker.task import find_task, run_task

ALIVE = b"+"
ENDING = struct.Struct("=i")
"""How a child ended, as ``subprocess`` says it."""

_MOST_OPEN_FILES = 4096
_NICENESS = 5
"""Whoever draws the pages goes first, and a question goes before a training."""
_SET_DEATH_SIGNAL = 1


def main() -> None:
    """Load what children need (``argv[2]``) and serve questions from the socket ``argv[1]``."""
    control = socket.socket(fileno=int(sys.argv[1]))
    find_task(sys.argv[2])()
    gc.collect()
    gc.freeze()  # a child's collector then leaves the pages that it shares with us alone
    _Zygote(control).serve()


class _Zygote:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._leashes: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        deaths, waker = socket.socketpair()
        deaths.setblocking(False)
        waker.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, whose end we hear of
        signal.set_wakeup_fd(waker.fileno())
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(deaths, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    self._take_question()
                elif key.fileobj is deaths:
                    with contextlib.suppress(BlockingIOError):
                        deaths.recv(4096)
                    self._reap()
                elif self._leashes.get(key.data) is key.fileobj:  # the asker let go
                    self._selector.unregister(key.fileobj)
                    _kill(key.data)

    def _take_question(self) -> None:
        message, ends, _, _ = socket.recv_fds(self._control, 1, 3)
        if not message:
            for pid in self._leashes:
                _kill(pid)
            os._exit(0)
        talk, leash_end, prints = ends
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                _live(zygote, talk, prints)
            except BaseException:  # noqa: BLE001  the child must not go on as a second zygote, whatever it met
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(talk)
        os.close(prints)
        leash = socket.socket(fileno=leash_end)
        self._leashes[pid] = leash
        self._selector.register(leash, selectors.EVENT_READ, pid)
        with contextlib.suppress(OSError):
            leash.send(ALIVE)

    def _reap(self) -> None:
        while self._leashes:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _kill_group(pid)  # whatever it started, where the system lets it start something
            leash = self._leashes.pop(pid)
            with contextlib.suppress(KeyError):
                self._selector.unregister(leash)
            with contextlib.suppress(OSError):
                leash.send(ENDING.pack(os.waitstatus_to_exitcode(status)))
            leash.close()


def _live(zygote: int, talk: int, prints: int) -> None:
    """A child's whole life: alone in a session of its own, with three open files, limits and walls, one question."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.nice(_NICENESS)
    _die_with(zygote)
    os.dup2(prints, 1)
    os.dup2(prints, 2)
    talk = os.dup2(talk, 3) if talk != 3 else talk
    os.closerange(4, _MOST_OPEN_FILES)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with socket.socket(fileno=talk) as connection:
        request, payload = read_frame(connection.makefile("rb"))
        os.chdir(request["folder"])
        apply_limits(Limits(**request["limits"]))
        task = find_task(request["task"])
        confine(Confinement.from_json(request["confinement"]))
        answer, data = run_task(task, request["arguments"], payload, threading.Event())
        sys.stdout.flush()
        write_frame(connection.makefile("wb"), answer, data)
        connection.shutdown(socket.SHUT_WR)  # all is said: nobody waits until a process of this size is taken apart
        os._exit(0)


def _die_with(zygote: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != zygote:
        os._exit(1)


def _kill(pid: int) -> None:
    _kill_group(pid)
    os.kill(pid, signal.SIGKILL)  # it may not be in a group of its own yet; until it is reaped, the number is its own


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
