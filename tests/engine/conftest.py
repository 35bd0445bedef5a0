"""What the engine's tests share."""

import json
import threading

import pytest


@pytest.fixture(scope="module")
def spare():
    """A warm worker for all schedulers of a module: loading torch takes seconds."""
    from tests.engine.scheduler_help import SharedSpare

    made = SharedSpare()
    yield made
    made.end()


@pytest.fixture
def near(monkeypatch):
    """Files from outside are checked in this process, which has torch already. What is said still has to be JSON."""
    import torch

    from netcore.training import outside

    threads = torch.get_num_threads()

    def call(task, arguments, payload, *, limits):
        answer, written = outside.check(json.loads(json.dumps(arguments)), payload, threading.Event())
        return json.loads(json.dumps(answer, allow_nan=False)), written

    monkeypatch.setattr(outside, "call", call)
    yield
    torch.set_num_threads(threads)
