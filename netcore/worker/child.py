"""One child of a zygote, as its asker sees it: heard until it has answered or ended, each answer bounded."""

from __future__ import annotations

import contextlib
import io
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netcore.errors import OvertimeError, WorkerError
from netcore.worker.process import OUT_OF_TIME, ending_in_words
from netcore.worker.protocol import MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES, raise_from_message, read_frame, write_frame
from netcore.worker.zygote import ALIVE, ENDING

MAX_ANSWER_BYTES = MAX_HEADER_BYTES + MAX_PAYLOAD_BYTES
MAX_PRINTED_BYTES = 64 * 1024

_SECONDS_TO_START = 120.0
_SECONDS_QUICK = 0.5
"""Who computes longer than this lets others begin."""
_SECONDS_TO_SETTLE = 0.5
"""After its end, for what a child has written and we have not read yet."""
_READS_OF_THE_REST = 16
"""Enough to empty a socket once; who prints on and on is not waited for."""


@dataclass(frozen=True)
class Reply:
    """What came back from a child that answered."""

    answer: dict[str, Any]
    payload: bytes
    printed: str
    """What it printed, at most ``MAX_PRINTED_BYTES``."""


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


class Child:
    """A child of a zygote, by our ends of ``talk``, ``leash`` and ``prints``."""

    def __init__(self, talk: socket.socket, leash: socket.socket, prints: socket.socket) -> None:
        self._talk = _Ear(talk, MAX_ANSWER_BYTES)
        self._leash = _Ear(leash, ENDING.size)
        self._prints = _Ear(prints, MAX_PRINTED_BYTES)
        self._frame: tuple[dict[str, Any], bytes] | None = None

    def lives(self) -> bool:
        """Wait until the zygote says so; False where it ends before."""
        self._leash.end.settimeout(_SECONDS_TO_START)
        try:
            return self._leash.end.recv(len(ALIVE)) == ALIVE
        except OSError:
            return False

    def ask(
        self, message: dict[str, Any], payload: bytes, wall_seconds: float | None, make_room: Callable[[], bool]
    ) -> Reply:
        """Send it its task, and return what it answers, at most ``wall_seconds`` later.

        Where it takes long, ``make_room`` is called until it says that others may be answered beside it. Raises the
        task's own ``NetcoreError``, or ``WorkerError`` that says why there is no answer.
        """
        deadline = time.monotonic() + (wall_seconds or _SECONDS_TO_START)
        with contextlib.suppress(OSError):  # a child that is gone says below how it ended
            self._talk.end.settimeout(deadline - time.monotonic())
            with self._talk.end.makefile("wb") as stream:
                write_frame(stream, message, payload)
        if not self._listen(deadline, make_room):
            raise OvertimeError(
                "The work took longer than {seconds:g} s and was stopped.",
                "Try something smaller.",
                seconds=wall_seconds,
            )
        return self._reply()

    def _listen(self, deadline: float, make_room: Callable[[], bool]) -> bool:
        """Hear all that the child says until it has answered or ended; False where it does neither in time."""
        ended, has_made_room = False, False
        quick = time.monotonic() + _SECONDS_QUICK
        with selectors.DefaultSelector() as selector:
            for ear in (self._talk, self._leash, self._prints):
                ear.end.setblocking(False)
                selector.register(ear.end, selectors.EVENT_READ, ear)
            while selector.get_map() and (left := deadline - time.monotonic()) > 0:
                if not has_made_room and time.monotonic() >= quick:
                    has_made_room, quick = make_room(), time.monotonic() + _SECONDS_QUICK
                for key, _ in selector.select(left if has_made_room else min(left, _SECONDS_QUICK)):
                    if key.data.listen():
                        continue
                    selector.unregister(key.fileobj)
                    if key.data is self._talk and self._understand():
                        return True
                    if key.data is self._leash:
                        ended = True
                        deadline = min(deadline, time.monotonic() + _SECONDS_TO_SETTLE)
                if len(self._talk.heard) == MAX_ANSWER_BYTES:
                    raise WorkerError(
                        "The answer is larger than {most:.0f} MB.", "Ask for less.", most=MAX_ANSWER_BYTES / 1e6
                    )
        return ended

    def _understand(self) -> bool:
        """Whether what came over ``talk``, now that it is closed, is an answer."""
        try:
            self._frame = read_frame(io.BytesIO(self._talk.heard))
        except WorkerError:
            return False
        for _ in range(_READS_OF_THE_REST):
            if not self._prints.listen():
                break
        return True

    def _reply(self) -> Reply:
        printed = self._prints.heard.decode(errors="replace")
        if self._frame:
            raise_from_message(self._frame[0])
            return Reply(*self._frame, printed)
        ending = self._leash.heard
        returncode = ENDING.unpack(ending)[0] if len(ending) == ENDING.size else -9  # the zygote is gone too
        error = (OvertimeError if returncode == OUT_OF_TIME else WorkerError)(
            "The work ended without an answer: {reason}.",
            "Try something smaller.",
            reason=ending_in_words(returncode) if returncode else "what it said cannot be read",
        )
        error.add_note(printed)  # for the log: the last words of a child that failed
        raise error
