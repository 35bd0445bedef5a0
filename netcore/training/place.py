"""A place in a queue, and how long it takes until one's turn. Knows nothing of what is waited for."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where a run stands in the queue."""

    number: int
    """1 is the next."""
    seconds: float | None
    """About how long until its turn; None while nothing was measured yet."""


def seconds_until_start(training: Iterable[float], ahead: Iterable[float]) -> float:
    """How long until the turn of who waits behind ``ahead``.

    ``training`` says for each worker in how many seconds it is free, ``ahead`` how long each turn before this one
    takes; each goes to the worker that is free first.
    """
    free = list(training)
    heapq.heapify(free)
    for seconds in ahead:
        heapq.heapreplace(free, free[0] + seconds)
    return free[0]
