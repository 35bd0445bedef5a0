"""Where a run stands is read from a file that anybody may have changed."""

from dataclasses import asdict

import pytest

from netcore.errors import RunError
from netcore.training.status import RunStatus

FAILED = RunStatus("running", epoch=2, steps=8).ended("failed", RunError("No room: {size}.", "Make some.", size=3))


@pytest.mark.parametrize(
    "status",
    [
        RunStatus(),
        RunStatus("queued"),
        RunStatus("running", epoch=1, step=3, steps=8, images_per_second=1e4, seconds_left=2.5),
        RunStatus("done", epoch=2, step=8, steps=8, test_accuracy=0.97),
        FAILED,
    ],
    ids=lambda status: status.state,
)
def test_what_was_written_is_read(status):
    assert RunStatus.from_json(asdict(status)) == status


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "done",
        {"state": "nonsense"},
        {"state": 5},
        {"state": ["done"]},
        {"state": "done", "extra": 1},
        {"state": "done", "epoch": "x"},
        {"state": "done", "epoch": -1},
        {"state": "done", "epoch": True},
        {"state": "done", "test_accuracy": "x"},
        {"state": "done", "test_accuracy": float("nan")},
        {"state": "done", "seconds_left": float("inf")},
        {"state": "done", "images_per_second": None},
        {"state": "done", "test_accuracy": 10**400},
        {"state": "done", "seconds_left": 1e300},
        {"state": "done", "step": 10**400, "steps": 1},
        {"state": "done", "damage": "x"},
        {"state": "failed"},
        {"state": "diverged", "message": {}},
        {"state": "failed", "message": "x"},
    ],
    ids=str,
)
def test_anything_else_is_a_run_of_which_nothing_is_known(value):
    assert RunStatus.from_json(value) == RunStatus()


def test_a_reason_that_is_no_sentence_is_said_to_be_unreadable():
    status = RunStatus.from_json({"state": "failed", "message": {"error": "RunError", "what": "{a}"}})
    assert "cannot be read" in str(status.problem)
