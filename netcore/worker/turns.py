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
class _Ticket:
    asker: Hashable


class Turns:
    """At most ``at_once`` turns, and ``at_most`` with those that take longer and have made room. Used by many threads.

    An asker has one turn at a time. Of those who wait, the one whose last turn is longest ago is next, and whoever had
    none goes first.
    """

    def __init__(self, at_once: int, at_most: int) -> None:
        self._at_once, self._at_most = at_once, at_most
        self._changed = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._running: dict[_Ticket, bool] = {}
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
        ticket = _Ticket(object() if asker is None else asker)
        self._wait(ticket, patience)
        try:
            yield Turn(self, ticket)
        finally:
            with self._changed:
                del self._running[ticket]
                self._changed.notify_all()

    def make_room(self, ticket: object) -> bool:
        """Let others begin beside a turn that takes longer; False where there are as many as there may be."""
        with self._changed:
            room = len(self._running) < self._at_most
            if room and isinstance(ticket, _Ticket):
                self._running[ticket] = True
                self._changed.notify_all()
            return room

    def _wait(self, ticket: _Ticket, patience: float) -> None:
        deadline = time.monotonic() + patience
        with self._changed:
            self._waiting.append(ticket)
            try:
                while self._next() is not ticket:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise _busy(self._in_order().index(ticket) + 1)
                    self._changed.wait(left)
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
            self._running[ticket] = False
            self._remember(ticket.asker)

    def _next(self) -> _Ticket | None:
        quick = sum(not has_made_room for has_made_room in self._running.values())
        if quick >= self._at_once or len(self._running) >= self._at_most:
            return None
        busy = {ticket.asker for ticket in self._running}
        return next((ticket for ticket in self._in_order() if ticket.asker not in busy), None)

    def _in_order(self) -> list[_Ticket]:
        return sorted(self._waiting, key=lambda ticket: self._served.get(ticket.asker, 0))

    def _remember(self, asker: Hashable) -> None:
        self._count += 1
        self._served[asker] = self._count
        self._served.move_to_end(asker)
        if len(self._served) > _REMEMBERED:
            self._served.popitem(last=False)


@dataclass(frozen=True)
class Turn:
    """A turn that somebody has."""

    turns: Turns
    ticket: object

    def make_room(self) -> bool:
        """See ``Turns.make_room``."""
        return self.turns.make_room(self.ticket)


def _busy(place: int) -> BusyError:
    return BusyError(
        "Others are being answered: you are number {place} in the queue.", "Wait a moment, then ask again.", place=place
    )
