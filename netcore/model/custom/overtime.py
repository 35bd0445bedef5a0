"""The classes that ran out of their time a moment ago: asked once more, they are refused at once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from netcore.errors import CodeError
from netcore.model.custom.source import CustomSource

_SECONDS = 120.0
"""So long it is remembered: a busy machine can be the reason too."""
_TEXTS = 500
_QUESTIONS = 2
"""A text that ran out of time at so many different questions is not asked any other."""


class Overtime:
    """Remembers who ran out of time, and at what. May be used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, dict[str, float]] = OrderedDict()

    def note(self, network: CustomSource, question: str) -> None:
        """The text ran out of time at that question."""
        with self._lock:
            self._seen.setdefault(network.source, {})[question] = time.monotonic()
            self._seen.move_to_end(network.source)
            if len(self._seen) > _TEXTS:
                self._seen.popitem(last=False)

    def check(self, network: CustomSource, question: str) -> None:
        """Raise ``CodeError`` where the text ran out of time at that question, or at others, a moment ago."""
        now = time.monotonic()
        with self._lock:
            left = {asked: when + _SECONDS - now for asked, when in self._seen.get(network.source, {}).items()}
        left = {asked: seconds for asked, seconds in left.items() if seconds > 0}
        if question in left or len(left) >= _QUESTIONS:
            raise CodeError(
                "{name} ran out of time a moment ago, and is not run again as it stands.",
                "Look for a loop that does not end, or that makes too much; or ask again in {seconds:.0f} s.",
                name=network.class_name,
                seconds=max(left.values()),
                line=1,
            )
