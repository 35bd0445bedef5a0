"""The wall around a process goes up for root and for anybody, around one thread, with whatever the system offers."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from netcore.settings import PROJECT_FOLDER
from netcore.worker.confinement import Confinement, Isolation, isolation
from netcore.worker.limits import Limits
from netcore.worker.process import call

needs_walls = pytest.mark.skipif(
    not (isolation().files and isolation().processes), reason="this system offers neither Landlock nor seccomp"
)
ATTEMPT = """
import os, sys, socket, threading
from pathlib import Path
from netcore.worker import confinement as c
{before}
c.confine(c.Confinement(changeable=sys.argv[1]))
def attempt(action):
    try:
        action()
        return "yes"
    except OSError:
        return "no"
print(
    attempt(lambda: Path(sys.argv[2]).read_text()), attempt(lambda: Path("new").write_text("x")),
    attempt(lambda: Path(sys.argv[1], "own").write_text("x")), attempt(socket.socket), os.environ["NETCORE_CONFINED"],
)
"""


def attempt(before="", **options):
    """What a fresh process may do once it is confined: read a stranger's file, write beside us, in its own, connect."""
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("w") as secret:
        Path(folder).chmod(0o777)
        Path(secret.name).chmod(0o644)
        command = [sys.executable, "-c", ATTEMPT.format(before=before), folder, secret.name]
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, **options)
        return done.stdout.split() or done.stderr


def environment():
    return {**os.environ, "PYTHONPATH": str(PROJECT_FOLDER), "PYTHONDONTWRITEBYTECODE": "1"}


@needs_walls
def test_a_confined_process_reaches_only_what_it_was_given():
    assert attempt() == ["no", "yes", "yes", "no", "1"]


@needs_walls
@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can become somebody else")
def test_the_wall_needs_no_root():
    probe = subprocess.run([sys.executable, "-c", "import netcore"], user=65534, env=environment(), capture_output=True)
    if probe.returncode:
        pytest.skip("this Python cannot be run by anybody but root")
    assert attempt(user=65534, group=65534, extra_groups=[]) == ["no", "yes", "yes", "no", "1"]


@needs_walls
def test_a_process_with_a_second_thread_is_not_taken_for_confined():
    before = "threading.Thread(target=threading.Event().wait, daemon=True).start()"
    assert "The process has other threads, which could not be confined" in attempt(before)


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        (Isolation(0, False), ["yes", "yes", "yes", "yes", "1"]),
        pytest.param(Isolation(0, True), ["yes", "yes", "yes", "no", "1"], marks=needs_walls),
        pytest.param(Isolation(1, False), ["no", "yes", "yes", "yes", "1"], marks=needs_walls),
    ],
)
def test_with_less_on_offer_the_rest_still_holds(offered, expected):
    assert attempt(f"c.isolation = lambda: c.{offered!r}") == expected


@needs_walls
@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7])
def test_older_versions_of_landlock_are_asked_for_no_more_than_they_know(version):
    if version > isolation().landlock:
        pytest.skip("this kernel is older")
    before = f"import netcore.worker.landlock as l\nl.landlock_version = lambda: {version}"
    assert attempt(before)[:3] == ["no", "yes", "yes"]


def test_isolation_says_what_there_is():
    assert Isolation(0, False).files is Isolation(0, False).network is Isolation(0, False).processes is False
    assert Isolation(1, True).files and Isolation(1, True).network and Isolation(1, True).processes


@needs_walls
def test_a_worker_is_confined_after_its_task_is_loaded_and_before_it_runs():
    limits = Limits(wall_seconds=60)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").write_text("x")
        task, arguments = "tests.engine.nursery_tasks:read", {"path": str(Path(folder) / "file")}
        assert call(task, arguments, limits=limits)[0] == {"read": True, "runs_code": False}
        shut = call(task, arguments, limits=limits, confinement=Confinement())[0]
        given = call(task, arguments, limits=limits, confinement=Confinement(readable=(folder,)))[0]
    assert (shut, given) == ({"read": False, "runs_code": True}, {"read": True, "runs_code": True})
