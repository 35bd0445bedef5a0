"""A worker answers with plain data, keeps its limits, and never takes its parent with it."""

import copy
import io
import os
import pickle
import platform
import subprocess

import pytest

from netcore.errors import CheckpointError, PhotoError, WorkerError
from netcore.worker.limits import Limits
from netcore.worker.process import call, kill, launch, start
from netcore.worker.protocol import MAX_HEADER_BYTES, error_from_message, read_frame

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
        {"error": "RunError", "what": "{a:.1f}", "cure": "b", "values": {"a": 10**400}},
        {"error": "RunError", "what": "{a.real}", "cure": "b", "values": {"a": 1}},
        {"error": "RunError", "what": "{a[0]}", "cure": "b", "values": {"a": "xy"}},
        {"error": "RunError", "what": "{a:9999999999}", "cure": "b", "values": {"a": 1}},
        {"error": "RunError", "what": "{a:.99999999f}", "cure": "b", "values": {"a": 1.0}},
        {"error": "RunError", "what": "{a:{b}}", "cure": "b", "values": {"a": 1, "b": 9999}},
        {"error": "RunError", "what": "a", "cure": "{a.__class__.__mro__}", "values": {"a": 1}},
        {"error": "RunError", "what": "a", "cure": "b", "values": [1]},
        {"error": "RunError", "what": 1, "cure": "b", "values": {"what": 2}},
        {"error": ["RunError"], "what": "a", "cure": "b", "values": {}},
        {"error": "RunError", "what": "![a](http://elsewhere.example/?secret)", "cure": "b", "values": {}},
        {"error": "RunError", "what": "a", "cure": "![b][b]", "values": {}},
        {"error": "RunError", "what": "a" * 20_000, "cure": "b", "values": {}},
        {"error": "RunError", "what": "{a}", "cure": "b", "values": {"a": "a" * 20_000}},
    ],
)
def test_a_message_that_is_no_error_is_a_sentence_too(message):
    assert str(error_from_message(message)) == "What went wrong was written down, but cannot be read. Try again."


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"", "no answer that can be read"),
        (b"\xff\xfe garbage\n", "no answer that can be read"),
        (b"[" * 100_000 + b"\n", "no answer that can be read"),
        (b"{}\n", "no answer that can be read"),
        (b'["payload_bytes"]\n', "no answer that can be read"),
        (b'{"x": "' + bytes(MAX_HEADER_BYTES) + b'", "payload_bytes": 0}\n', "no answer that can be read"),
        (b'{"payload_bytes": NaN}\n', "announced an answer of nan bytes"),
        (b'{"payload_bytes": -1}\n', "announced an answer of -1 bytes"),
        (b'{"payload_bytes": true}\n', "announced an answer of True bytes"),
        (b'{"payload_bytes": 1e300}\n', r"announced an answer of 1e\+300 bytes"),
        (b'{"payload_bytes": 1000000000000}\n', "announced an answer of 1000000000000 bytes"),
        (b'{"payload_bytes": 10}\nabc', "ended after 3 of 10 bytes"),
    ],
)
def test_a_frame_that_is_none_or_too_large_is_a_sentence(sent, sentence):
    """SC06: and no more of it is read than a frame may have."""
    stream = io.BytesIO(sent)
    with pytest.raises(WorkerError, match=sentence):
        read_frame(stream)
    assert stream.tell() <= MAX_HEADER_BYTES + 1


def test_an_error_is_the_same_after_it_was_copied_or_kept_by_a_cache():
    error = CheckpointError("{name} is damaged.", "Train.", name="x")
    for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(again), str(again), again.values) == (CheckpointError, "x is damaged. Train.", {"name": "x"})


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


@pytest.mark.skipif(not hasattr(os, "nice"), reason="the system knows no niceness")
def test_a_worker_that_prepares_itself_lets_the_pages_go_first():
    process = launch(prepare=f"{TASKS}:tell_niceness", answers=subprocess.PIPE, log=subprocess.PIPE)
    assert int(process.stderr.readline()) == min(os.nice(0) + 10, 19)
    kill(process)
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def test_kill_ends_a_worker_that_will_not_stop_and_can_be_called_twice():
    process = start(f"{TASKS}:wait_for_ever", {})
    kill(process)
    kill(process)
    assert process.returncode == -9
    process.stdin.close()
