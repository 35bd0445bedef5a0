"""What the engine's tests share."""

import pytest


@pytest.fixture(scope="module")
def spare():
    """A warm worker for all schedulers of a module: loading torch takes seconds."""
    from tests.engine.scheduler_help import SharedSpare

    made = SharedSpare()
    yield made
    made.end()
