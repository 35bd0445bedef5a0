"""Downloads that go on whoever leaves: one a file, watched by all who wait for it. Knows nothing of screens."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from netcore.errors import NetcoreError
from netcore.zoo.catalogue import ZooEntry
from netcore.zoo.weights import fetch_weights, weights_path

_SECONDS_OF_SPEED = 3.0


@dataclass(frozen=True)
class Fetch:
    """How far a download is."""

    is_running: bool = False
    done: int = 0
    """Bytes that are there, those of an earlier try included."""
    total: int | None = None
    """Bytes there will be; None where the server does not say, or has not answered yet."""
    bytes_per_second: float | None = None
    """Over the last seconds; None where it has not gone on for long enough."""
    waiting: int = 0
    """How many people wait for it."""
    is_awaited: bool = False
    """Whether whoever asks is one of them."""
    problem: NetcoreError | None = None
    """Why it failed; None while it runs, and where the file is there or nobody waited any more."""


class Fetches:
    """The downloads of this process. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[Path, _Job] = {}

    def start(self, entry: ZooEntry, who: str = "", *, anew: bool = False) -> None:
        """Download the entry's weights in the background for ``who``, or let them wait for the one under way.

        With ``anew``, a file in their place that is not the published one is replaced.
        """
        path = weights_path(entry)
        with self._lock:
            job = self._jobs.get(path)
            if job and job.is_running:
                job.people.add(who)
                return
            job = self._jobs[path] = _Job(entry, {who}, anew)
        threading.Thread(target=job.run, name=f"fetch {entry.name}", daemon=True).start()

    def cancel(self, entry: ZooEntry, who: str = "") -> None:
        """Let ``who`` wait no longer. The download ends with the last one who does; what has come of it is kept."""
        path = weights_path(entry)
        with self._lock:
            job = self._jobs.get(path)
            if job is None or not job.is_running:
                return
            job.people.discard(who)
            if not job.people:
                job.stop.set()
                del self._jobs[path]

    def find(self, entry: ZooEntry, who: str = "") -> Fetch:
        """How far the download of the entry's weights is for ``who``, or how the last one ended."""
        with self._lock:
            job = self._jobs.get(weights_path(entry))
        return job.look(who) if job else Fetch()


class _Job:
    """One download and the people who wait for it."""

    def __init__(self, entry: ZooEntry, people: set[str], anew: bool) -> None:
        self.people, self.stop = people, threading.Event()
        self._entry, self._anew = entry, anew
        self._fetch = Fetch(is_running=True)
        self._steps: tuple[tuple[float, int], ...] = ()

    @property
    def is_running(self) -> bool:
        return self._fetch.is_running

    def run(self) -> None:
        problem = None
        try:
            fetch_weights(self._entry, self._go_on, should_stop=self.stop.is_set, anew=self._anew)
        except NetcoreError as error:
            problem = error
        finally:
            self._fetch = replace(self._fetch, is_running=False, problem=problem)

    def look(self, who: str) -> Fetch:
        pace = speed(self._steps, time.monotonic())
        return replace(self._fetch, waiting=len(self.people), is_awaited=who in self.people, bytes_per_second=pace)

    def _go_on(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        recent = (step for step in self._steps if now - step[0] <= _SECONDS_OF_SPEED)
        self._steps = (*recent, (now, done))
        self._fetch = replace(self._fetch, done=done, total=total)


def speed(steps: tuple[tuple[float, int], ...], now: float) -> float | None:
    """Bytes a second from the first of ``steps`` (seconds, bytes there) until ``now``; None without two of them."""
    if len(steps) < 2:
        return None
    (began, first), (_, last) = steps[0], steps[-1]
    return (last - first) / max(now - began, 1e-3)


@cache
def fetches() -> Fetches:
    """The downloads of this process."""
    return Fetches()
