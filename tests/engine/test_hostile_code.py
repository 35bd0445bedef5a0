"""The walls of the process hold alone: every class runs here as it is written, the static wall is switched off."""

import ctypes
import os
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.errors import CodeError, NetcoreError, WorkerError
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.forward import Forward
from netcore.model.stepping.stops import Recording
from netcore.settings import PROJECT_FOLDER
from netcore.worker.confinement import isolation
from netcore.worker.nursery import Nursery
from tests.engine.escapes import ESCAPES, HEAD, SILENCES
from tests.engine.good_classes import wrap
from tests.engine.hostile_classes import ATTACKS

pytestmark = pytest.mark.skipif(
    not (isolation().files and isolation().processes), reason="this system offers neither Landlock nor seccomp"
)
GIVEN = {"images": pack(load_mnist("test").images[:2]), "mode": "eval", "seed": 0}
SECONDS = 1.5
_PRIVATE, _OWNER = 0, 0o600


@pytest.fixture(scope="module")
def outside():
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "secret").write_text("another student's work")
        yield Path(folder)


@pytest.fixture(scope="module")
def queue():
    """A System V queue of this process, with a message in it: only its owner may use it, and that is the same user."""
    libc = ctypes.CDLL(None)
    made = libc.msgget(_PRIVATE, _OWNER)
    assert libc.msgsnd(made, ctypes.create_string_buffer(b"\1\0\0\0\0\0\0\0words", 24), 5, 0) == 0
    yield made
    assert libc.msgrcv(made, ctypes.create_string_buffer(24), 5, 0, 0) == 5
    assert libc.msgctl(made, 0, None) == 0


@pytest.fixture(scope="module")
def scratch():
    """Where the folders of the children are."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module", autouse=True)
def nursery(outside, scratch):
    """A nursery whose children trust every class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETCORE_CODE", "trusted")
        patch.setenv("NETCORE_TEST_TOKEN", "server's own")
        patch.setattr(tempfile, "tempdir", str(scratch))
        own = Nursery("netcore.training.answering:prepare")
        patch.setattr(confined, "nursery", lambda: own)
        own.warm_up()
        yield own
        own.close()


def write(lines, outside, port=9, queue=0):
    """A class whose ``forward`` runs the lines, with the words of ``escapes`` filled in."""
    words = {
        "SECRET": str(outside / "secret"),
        "OUTSIDE": str(outside),
        "APP": str(PROJECT_FOLDER / "app.py"),
        "ENGINE": str(PROJECT_FOLDER / "netcore"),
        "SERVER": os.getpid(),
        "PORT": port,
        "QUEUE": queue,
    }
    given = "".join(f"{name} = {value!r}\n" for name, value in words.items())
    return wrap(top=HEAD + given, forward=lines)


def ask(source):
    return confined.ask_aloud(Forward, "netcore.model.questions:forward_packed", CustomSource(source), **GIVEN)


@pytest.fixture
def little_time(monkeypatch):
    monkeypatch.setattr(confined, "_LIMITS", replace(confined._LIMITS, wall_seconds=SECONDS))


def everything(folder):
    """Each file of a folder with what is in it and who may use it."""
    return {
        (
            path.relative_to(folder),
            path.stat().st_mode,
            path.stat().st_uid,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


@pytest.fixture(autouse=True)
def untouched(outside, scratch):
    """Whatever a test did: nothing outside has changed, and no folder of a child is left. The next test is answered."""
    before = everything(outside)
    yield
    assert everything(outside) == before
    assert not list(scratch.iterdir())
    assert not Path("/tmp/netcore-escape").exists()
    assert not Path("/dev/shm/netcore-escape").exists()
    assert not (PROJECT_FOLDER / "netcore" / "new.py").exists()


def test_the_static_wall_is_really_off(outside):
    assert "here" in ask(write("print(os.getcwd(), 'here')", outside)).printed


@pytest.mark.parametrize("name", ESCAPES)
def test_no_escape_gets_out(name, outside, queue):
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempt = f"try:\n{ESCAPES[name]}".replace("\n", "\n    ") + "\nexcept Exception as error:\n    print('shut')\n"
        try:
            printed = ask(write(attempt, outside, server.getsockname()[1], queue)).printed
        except NetcoreError:
            return  # it did not live to tell
        assert "OUT" not in printed


@pytest.mark.parametrize("name", SILENCES)
def test_who_gives_no_answer_is_ended_in_time_and_the_reason_is_a_sentence(name, outside, little_time):
    began = time.monotonic()
    with pytest.raises((WorkerError, CodeError), match=r".+\. [A-Z].*\.$"):
        ask(write(SILENCES[name], outside))
    assert time.monotonic() - began < SECONDS + 10  # it is a bound on what is kept, not a measurement


def test_prints_are_kept_up_to_a_limit_and_the_rest_is_dropped(outside):
    printed = ask(write("for i in range(20000):\n    print(i, 'x' * 10)", outside)).printed
    assert printed.startswith("0 xxx")
    assert len(printed) <= 64 * 1024


def test_others_are_answered_while_one_computes_for_ever(outside):
    ends = []

    def occupy():
        with pytest.raises(WorkerError, match=r"longer than|computing time"):
            ask(write("while True:\n    pass", outside))
        ends.append(time.monotonic())

    thread = threading.Thread(target=occupy)
    thread.start()
    assert ask(wrap()).result.shape == (2, 10)
    answered = time.monotonic()
    thread.join()
    assert answered < ends[0]


def test_every_class_that_the_static_wall_refuses_is_harmless_without_it(monkeypatch):
    limits = replace(confined._LIMITS, wall_seconds=20, cpu_seconds=confined.QUESTION_SECONDS)
    monkeypatch.setattr(confined, "_LIMITS", limits)

    def attempt(source):
        try:
            ask(source)
        except NetcoreError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(4) as pool:
        refusals = list(pool.map(attempt, ATTACKS.values()))
    assert not [text for text in refusals if "Traceback" in text]
    assert refusals.count("") > 50, "many of them run where nothing stops them: the wall is off"


def test_no_escape_gets_out_while_it_is_run_line_by_line_and_no_answer_is_of_another_kind(outside, queue, little_time):
    def attempt(lines):
        lines = f"try:\n{lines}".replace("\n", "\n    ") + "\nexcept BaseException as error:\n    print('shut')\n"
        network = CustomSource(write(lines, outside, queue=queue))
        try:
            return confined.ask_aloud(Recording, "netcore.model.stepping.asking:record_stops", network, **GIVEN)
        except NetcoreError:
            return None  # it did not live to tell

    with ThreadPoolExecutor(4) as pool:
        told = [answer for answer in pool.map(attempt, ESCAPES.values()) if answer]
    assert told and not [answer for answer in told if "OUT" in answer.printed]
    assert all(answer.result.stops for answer in told)


def test_after_all_this_the_nursery_is_the_one_that_it_was(nursery):
    assert ask(wrap()).result.shape == (2, 10)
    assert nursery._zygote.poll() is None
