"""Loaded before any test: what netcore sets for OpenMP counts only where it comes before torch."""

from dataclasses import replace

import pytest

import netcore  # noqa: F401
from netcore.model.custom import confined


@pytest.fixture(scope="session", autouse=True)
def _patience():
    """Classes are asked for their answers, not for their speed: they have the time that a busy machine takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(confined, "_LIMITS", replace(confined._LIMITS, wall_seconds=120, cpu_seconds=60))
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered():
    """What ran out of time in one test is asked again in another."""
    confined._overtime.cache_clear()


@pytest.fixture(scope="module")
def nursery():
    """Questions in confined processes: what answers them is ended when the module's tests are over."""
    yield
    confined.nursery().close()
