"""A worker answers with plain data, keeps its limits, and never takes its parent with it."""

import platform
import subprocess

import pytest

from netcore.errors import PhotoError, WorkerError
from netcore.worker.limits import Limits
from netcore.worker.process import call, kill, start
from netcore.worker.protocol import error_from_message

TASKS = "tests.engine.worker_tasks"


def test_call_returns_the_answer_and_the_bytes_of_the_task():
    answer, payload = call(f"{TASKS}:echo", {"word": "shape"}, b"\x00\xff\n")
    assert (answer, payload) == ({"word": "shape"}, b"\x00\xff\n")


def test_what_a_task_prints_never_gets_between_the_frames():
    answer, _ = call(f"{TASKS}:print_much", {})
    assert answer == {"said": "done"}


def test_an_error_of_the_task_arrives_as_its_own_class_with_its_values():
    with pytest.raises(PhotoError, match=r"The picture is 3 x 4 pixels\. Take a larger one\.") as caught:
        call(f"{TASKS}:refuse", {})
    assert caught.value.values == {"width": 3, "height": 4}


@pytest.mark.parametrize(
    "message",
    [
        "x",
        5,
        ["error"],
        {"error": "X"},
        {"error": "RunError"},
        {"error": "os", "what": "a", "cure": "b", "values": {}},
        {"error": "annotations", "what": "a", "cure": "b", "values": {}},
        {"error": "RunError", "what": "{a}", "cure": "b", "values": {}},
        {"error": "RunError", "what": "{", "cure": "b", "values": {}},
        {"error": "RunError", "what": "a", "cure": "b", "values": [1]},
        {"error": "RunError", "what": 1, "cure": "b", "values": {"what": 2}},
        {"error": ["RunError"], "what": "a", "cure": "b", "values": {}},
    ],
)
def test_a_message_that_is_no_error_is_a_sentence_too(message):
    assert str(error_from_message(message)) == "What went wrong was written down, but cannot be read. Try again."


def test_an_answer_carries_no_error():
    assert error_from_message({"width": 3}) is None


def test_a_task_that_takes_too_long_is_killed_and_says_so():
    with pytest.raises(WorkerError, match=r"longer than 0\.5 s"):
        call(f"{TASKS}:wait_for_ever", {}, limits=Limits(wall_seconds=0.5))


def test_a_task_that_wants_too_much_memory_says_so():
    with pytest.raises(WorkerError, match="needs more memory than it may use"):
        call(f"{TASKS}:take_memory", {"bytes": 2 * 1024**3}, limits=Limits(memory_bytes=512 * 1024**2))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library manages memory in another way")
def test_a_worker_keeps_the_memory_that_its_task_will_need_again():
    answer, _ = call(f"{TASKS}:use_memory_again", {})
    assert answer["pages"] < 100  # given back, it is 12,288 pages of 4 KiB


def test_a_task_that_floods_its_answer_is_stopped_by_its_file_limit():
    with pytest.raises(WorkerError, match="ended without an answer"):
        call(f"{TASKS}:flood", {}, limits=Limits(file_bytes=1024**2))


def test_a_task_that_dies_is_named_and_leaves_the_parent_alone():
    with pytest.raises(WorkerError, match=r"ended without an answer: it was killed"):
        call(f"{TASKS}:die", {})


def test_closing_its_input_asks_a_worker_to_stop():
    process = start(f"{TASKS}:wait_for_stop", {}, answers=subprocess.PIPE)
    process.stdin.close()
    assert b'"stopped": true' in process.stdout.read()
    assert process.wait() == 0
    process.stdout.close()


def test_kill_ends_a_worker_that_will_not_stop_and_can_be_called_twice():
    process = start(f"{TASKS}:wait_for_ever", {})
    kill(process)
    kill(process)
    assert process.returncode == -9
    process.stdin.close()
