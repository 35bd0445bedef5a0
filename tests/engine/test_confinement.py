"""The wall around a process goes up for root and for anybody, around one thread, with whatever the system offers."""

import errno
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
    try:
        subprocess.run(
            [sys.executable, "-c", "import netcore"], user=65534, env=environment(), capture_output=True, check=True
        )
    except (PermissionError, subprocess.CalledProcessError):  # its folder is root's own
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


CALLS = """
import ctypes, fcntl, mmap, os, sys
from netcore.worker import confinement as c
c.confine(c.Confinement(readable=(sys.argv[1],)))
libc = ctypes.CDLL(None, use_errno=True)
def attempt(action):
    try:
        return "no" if action() == -1 else "yes"
    except OSError:
        return "no"
print({call})
"""
NAMELESS = "mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS"


@needs_walls
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        # The names of what others open in a folder: a workspace's name is the key to it.
        ("attempt(lambda: libc.inotify_init())", "no"),
        ("attempt(lambda: libc.inotify_init1(0))", "no"),
        ("attempt(lambda: libc.fanotify_init(0, 0))", "no"),
        # Times and flags of files that it could not even open, or only read.
        ("attempt(lambda: os.utime(sys.argv[2]))", "no"),
        ("attempt(lambda: os.utime(os.open(sys.argv[1] + '/file', os.O_RDONLY)))", "no"),
        ("attempt(lambda: fcntl.ioctl(os.open(sys.argv[1] + '/file', os.O_RDONLY), 0x80086601, bytes(8)))", "no"),
        ("attempt(lambda: os.setxattr(sys.argv[2], 'user.x', b''))", "no"),
        ("attempt(lambda: libc.syscall(463, -100, sys.argv[2].encode(), 0, b'user.x', bytes(16), 16))", "no"),
        # How fast all the processes of a user run.
        ("attempt(lambda: os.setpriority(os.PRIO_USER, 0, 19))", "no"),
        ("attempt(lambda: os.setpriority(os.PRIO_PROCESS, 0, 19))", "no"),
        ("attempt(lambda: libc.syscall(251 if os.uname().machine == 'x86_64' else 30, 3, 0, 3 << 13))", "no"),
        # Signals that the kernel sends in its name.
        ("attempt(lambda: fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid()))", "no"),
        ("attempt(lambda: fcntl.fcntl(1, fcntl.F_SETSIG, 9))", "no"),
        ("attempt(lambda: fcntl.fcntl(1, fcntl.F_GETFD))", "yes"),
        # Memory that no limit counts.
        (f"attempt(lambda: mmap.mmap(-1, 4096, {NAMELESS}) and 0)", "yes"),
        (f"attempt(lambda: mmap.mmap(-1, 4096, {NAMELESS} | 0x100) and 0)", "no"),
        ("attempt(lambda: mmap.mmap(-1, 4096, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS) and 0)", "no"),
        ("attempt(lambda: os.open('/dev/zero', os.O_RDONLY))", "no"),
    ],
)
def test_what_landlock_does_not_hold_the_filter_of_calls_does(call, expected):
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as secret:
        (Path(folder) / "file").touch()
        command = [sys.executable, "-c", CALLS.format(call=call), folder, secret.name]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == (expected, "")


@needs_walls
def test_calls_that_are_younger_than_the_filter_are_not_there():
    with tempfile.TemporaryDirectory() as folder:
        call = "libc.syscall(450 + 50, 0), ctypes.get_errno(), libc.syscall(451, 0, 0, 0, 0), ctypes.get_errno()"
        command = [sys.executable, "-c", CALLS.format(call=call), folder]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.stdout.split() == ["-1", str(errno.ENOSYS)] * 2


@needs_walls
@pytest.mark.parametrize(("threads", "expected"), [(True, "started"), (False, "can't start new thread")])
def test_threads_start_only_where_they_may(threads, expected):
    code = (
        "import threading; from netcore.worker.confinement import Confinement, confine;"
        f"confine(Confinement(threads={threads})); threading.Thread(target=print, args=('started',)).start()"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert expected in done.stdout + done.stderr


def test_the_stack_is_bounded_where_memory_is():
    code = (
        "import resource as r; from netcore.worker.limits import Limits, apply_limits;"
        "apply_limits(Limits()); print(*r.getrlimit(r.RLIMIT_STACK))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert all(0 < int(bound) <= 64 * 1024**2 for bound in done.stdout.split())
