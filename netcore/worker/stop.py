"""How a worker's task hears that it shall end. Knows nothing of who asks."""

from __future__ import annotations

import threading


class Stop(threading.Event):
    """Set when the task shall end now: the parent asks for it, or is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.soon = threading.Event()
        """Set when the task shall make room for others as soon as that costs nothing."""
