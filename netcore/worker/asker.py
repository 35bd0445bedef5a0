"""On whose behalf this thread asks, so that questions are answered in turns. Knows nothing of who that may be."""

from __future__ import annotations

from contextvars import ContextVar

asker: ContextVar[str | None] = ContextVar("asker", default=None)
"""Who asks: each gets one answer at a time. None is somebody whom nobody knows."""
