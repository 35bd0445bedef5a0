"""What the engine's tests share."""

import pytest


@pytest.fixture(scope="session")
def spare():
    """Warm workers for all schedulers: loading torch takes seconds."""
    from tests.engine.forked_workers import ForkingSpare

    return ForkingSpare()


@pytest.fixture
def here(monkeypatch):
    """The classes of a test are our own: they run in this very process, as if it were confined, without the wall."""
    from netcore.settings import CONFINED

    monkeypatch.setenv(CONFINED, "1")
    monkeypatch.setenv("NETCORE_CODE", "trusted")
