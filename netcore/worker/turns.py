"""Whose question is answered next, so that nobody waits for one who asks much or long. Knows nothing of questions."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from netcore.errors import BusyError

_REMEMBERED = 1000
"""Askers whose last turn is known."""


@dataclass(eq=False)
class Turn:
    """A turn that somebody has, or waits for."""

    turns: Turns
    asker: Hashable

    def make_room(self) -> bool:
        """Let others begin beside this turn, which takes longer; False where there are as many as there may be."""
        return self.turns.make_room(self)


class Turns:
    """At most ``at_once`` turns, and ``at_most`` with those that take longer and have made room. Used by many threads.

    An asker has one turn at a time. Of those who wait, the one whose last turn is longest ago is next, and whoever had
    none goes first.
    """

    def __init__(self, at_once: int, at_most: int) -> None:
        self._at_once, self._at_most = at_once, at_most
        self._changed = threading.Condition()
        self._waiting: list[Turn] = []
        self._running: dict[Turn, bool] = {}
        """For each turn, whether it has made room."""
        self._served: OrderedDict[Hashable, int] = OrderedDict()
        self._count = 0

    @property
    def running(self) -> int:
        """How many turns are taken."""
        with self._changed:
            return len(self._running)

    @contextmanager
    def taken(self, asker: Hashable, patience: float) -> Iterator[Turn]:
        """Run the body in a turn of ``asker``; None is somebody whom nobody knows.

        Raises ``BusyError``, with the place in the queue, where none has come up in ``patience`` seconds.
        """
        turn = Turn(self, object() if asker is None else asker)
        self._wait(turn, patience)
        try:
            yield turn
        finally:
            with self._changed:
                del self._running[turn]
                self._changed.notify_all()

    def make_room(self, turn: Turn) -> bool:
        """See ``Turn.make_room``."""
        with self._changed:
            room = len(self._running) < self._at_most
            if room:
                self._running[turn] = True
                self._changed.notify_all()
            return room

    def _wait(self, turn: Turn, patience: float) -> None:
        deadline = time.monotonic() + patience
        with self._changed:
            self._waiting.append(turn)
            try:
                while self._next() is not turn:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise _busy(self._in_order().index(turn) + 1)
                    self._changed.wait(left)
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()
            self._running[turn] = False
            self._remember(turn.asker)

    def _next(self) -> Turn | None:
        quick = sum(not has_made_room for has_made_room in self._running.values())
        if quick >= self._at_once or len(self._running) >= self._at_most:
            return None
        busy = {turn.asker for turn in self._running}
        return next((turn for turn in self._in_order() if turn.asker not in busy), None)

    def _in_order(self) -> list[Turn]:
        return sorted(self._waiting, key=lambda turn: self._served.get(turn.asker, 0))

    def _remember(self, asker: Hashable) -> None:
        self._count += 1
        self._served[asker] = self._count
        self._served.move_to_end(asker)
        if len(self._served) > _REMEMBERED:
            self._served.popitem(last=False)


def _busy(place: int) -> BusyError:
    return BusyError(
        "Others are being answered: you are number {place} in the queue.", "Wait a moment, then ask again.", place=place
    )
