"""A nursery answers each question in a confined child of its own, keeps every bound, and outlives whatever they do."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from netcore.errors import BusyError, PhotoError, WorkerError
from netcore.settings import PROJECT_FOLDER
from netcore.worker import child
from netcore.worker import nursery as nursery_module
from netcore.worker.child import MAX_PRINTED_BYTES
from netcore.worker.limits import Limits
from netcore.worker.nursery import Nursery
from tests.engine.scheduler_help import children_of, wait_until

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
TASKS = "tests.engine.worker_tasks"
OWN = "tests.engine.nursery_tasks"
LIMITS = Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=512 * 1024**2, file_bytes=1024**2, open_files=64)
SHORT = Limits(wall_seconds=0.5)


@pytest.fixture(scope="module")
def nursery():
    made = Nursery(f"{OWN}:prepare", children=2)
    yield made
    made.close()


def test_a_child_answers_and_what_it_prints_comes_along(nursery):
    reply = nursery.ask(f"{TASKS}:echo", {"word": "shape"}, b"\x00\xff\n" * 100_000, limits=LIMITS)
    assert (reply.answer, reply.payload, reply.printed) == ({"word": "shape"}, b"\x00\xff\n" * 100_000, "")
    reply = nursery.ask(f"{TASKS}:print_much", {}, limits=LIMITS)
    assert reply.answer == {"said": "done"}
    assert reply.printed.startswith("noise noise")
    assert "more noise\n" in reply.printed
    assert len(reply.printed) <= MAX_PRINTED_BYTES


def test_a_child_wakes_up_alone_in_an_empty_folder_that_is_gone_afterwards(nursery, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "1")
    found = nursery.ask(f"{OWN}:look_around", {}, limits=LIMITS).answer
    assert found["runs_code"] and found["leader"]
    assert found["home"] == found["temporary"] == found["folder"]
    assert found["core"] == 0
    assert found["files"] == 4, "input, output, errors and the talk"
    assert "SECRET_OF_THE_SERVER" not in found["environment"]
    assert not Path(found["folder"]).exists()


def test_a_refusal_of_the_task_arrives_as_its_own_class(nursery):
    with pytest.raises(PhotoError, match=r"The picture is 3 x 4 pixels\. Take a larger one\."):
        nursery.ask(f"{TASKS}:refuse", {}, limits=LIMITS)


@pytest.mark.parametrize(
    ("task", "limits", "words"),
    [
        ("wait_for_ever", SHORT, r"longer than 0\.5 s and was stopped"),
        ("compute_for_ever", Limits(cpu_seconds=1, wall_seconds=60), "used up its computing time"),
        ("take_memory", LIMITS, "needs more memory than it may use"),
        ("die", LIMITS, "it was killed"),
        ("crash", LIMITS, "it crashed"),
        ("end_without_a_word", LIMITS, "without an answer: what it said cannot be read"),
    ],
)
def test_who_breaks_a_limit_is_ended_and_the_sentence_says_which(nursery, task, limits, words):
    with pytest.raises(WorkerError, match=words):
        nursery.ask(f"{TASKS}:{task}", {"bytes": 2 * 1024**3}, limits=limits)
    assert nursery.ask(f"{TASKS}:echo", {}, limits=LIMITS).answer == {}


def test_an_answer_that_is_too_large_is_not_read_to_its_end(nursery, monkeypatch):
    monkeypatch.setattr(child, "MAX_ANSWER_BYTES", 1024**2)
    with pytest.raises(WorkerError, match=r"The answer is larger than 1 MB"):
        nursery.ask(f"{TASKS}:flood", {}, limits=LIMITS)


def test_a_child_that_answers_and_stays_is_ended(nursery):
    with pytest.raises(WorkerError, match="longer than"):
        nursery.ask(f"{OWN}:answer_and_stay", {}, limits=SHORT)
    zygote = nursery._zygote.pid
    wait_until(lambda: not children_of(zygote))


def test_no_more_children_than_agreed_and_who_waits_too_long_is_told(nursery, monkeypatch):
    monkeypatch.setattr(nursery_module, "_SECONDS_TO_WAIT", 0.1)
    monkeypatch.setattr(child, "_SECONDS_QUICK", 60)
    over = threading.Event()

    def occupy():
        with pytest.raises(WorkerError, match="longer than"):
            nursery.ask(f"{TASKS}:wait_for_ever", {}, limits=Limits(wall_seconds=3))
        over.set()

    threads = [threading.Thread(target=occupy) for _ in range(2)]
    for thread in threads:
        thread.start()
    wait_until(lambda: nursery._turns.running == 2)
    with pytest.raises(BusyError, match=r"you are number 1 in the queue\. Wait a moment, then ask again\."):
        nursery.ask(f"{TASKS}:echo", {}, limits=LIMITS)
    for thread in threads:
        thread.join()
    assert over.is_set()
    assert nursery.ask(f"{TASKS}:echo", {}, limits=LIMITS).answer == {}


def test_beside_twenty_who_compute_for_ever_another_is_answered(nursery):
    patience = Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=512 * 1024**2)

    def loop(_):
        with pytest.raises(WorkerError):
            nursery.ask(f"{OWN}:compute_for_ever", {}, limits=patience)

    with ThreadPoolExecutor(20) as pool:
        loops = [pool.submit(loop, number) for number in range(20)]
        wait_until(lambda: nursery._turns.running == 20)
        assert nursery.ask(f"{TASKS}:echo", {}, limits=LIMITS).answer == {}
        assert nursery._turns.running == 20
        nursery.close()  # ends them
        for one in loops:
            one.result()


def test_a_nursery_whose_zygote_was_killed_starts_another(nursery):
    nursery.ask(f"{TASKS}:echo", {}, limits=LIMITS)
    os.kill(nursery._zygote.pid, signal.SIGKILL)
    assert nursery.ask(f"{TASKS}:echo", {"again": 1}, limits=LIMITS).answer == {"again": 1}


def test_a_question_whose_zygote_dies_ends_with_a_sentence(nursery):
    nursery.ask(f"{TASKS}:echo", {}, limits=LIMITS)
    zygote = nursery._zygote.pid
    wait_until(lambda: not children_of(zygote))

    def kill():
        wait_until(lambda: children_of(zygote))
        os.kill(zygote, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(WorkerError, match="ended without an answer: it was killed"):
        nursery.ask(f"{TASKS}:wait_for_ever", {}, limits=LIMITS)
    killer.join()


def test_a_zygote_that_cannot_start_is_told_in_a_sentence():
    nursery = Nursery("netcore.worker.nothing:prepare")
    with pytest.raises(WorkerError, match="The process that answers questions did not start"):
        nursery.ask(f"{TASKS}:echo", {}, limits=LIMITS)
    nursery.close()


def test_where_there_is_no_fork_a_worker_of_its_own_answers(nursery, monkeypatch):
    monkeypatch.delattr(os, "fork")
    nursery.warm_up()
    reply = nursery.ask(f"{TASKS}:echo", {"word": "shape"}, b"bytes", limits=LIMITS)
    assert (reply.answer, reply.payload, reply.printed) == ({"word": "shape"}, b"bytes", "")
    found = nursery.ask(f"{OWN}:look_around", {}, limits=LIMITS).answer
    assert found["runs_code"]
    with pytest.raises(WorkerError, match=r"longer than 0\.5 s"):
        nursery.ask(f"{TASKS}:wait_for_ever", {}, limits=SHORT)


def test_children_and_zygote_end_with_the_server():
    code = (
        "from netcore.worker.nursery import Nursery\nfrom netcore.worker.limits import Limits\n"
        f"Nursery('{OWN}:prepare').ask('{TASKS}:wait_for_ever', {{}}, limits=Limits(wall_seconds=60))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TMPDIR": folder}
        server = subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT_FOLDER, env=environment)
        wait_until(lambda: any(children_of(zygote) for zygote in children_of(server.pid)))
        (zygote,) = children_of(server.pid)
        (child,) = children_of(zygote)
        server.kill()
        server.wait()
        wait_until(lambda: not is_running(zygote) and not is_running(child))


def is_running(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
