"""The parent's side: start a worker, ask it one thing, or leave it running. Knows nothing of what it works on."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from netcore.errors import WorkerError
from netcore.settings import PROJECT_FOLDER
from netcore.worker.confinement import Confinement
from netcore.worker.limits import UNLIMITED, Limits
from netcore.worker.protocol import raise_from_message, read_frame, write_frame

Process = subprocess.Popen[bytes]

OUT_OF_TIME = -24
"""How ``subprocess`` says that the system ended a process at its limit of computing time (``SIGXCPU``)."""

_BLOCK_BYTES = 512
"""What ``st_blocks`` counts."""

# glibc gives a large piece of memory back when it is freed, and the system clears it before it is used again: a sixth
# of a step that needs the same pieces as the one before. A worker lives as long as its task and may keep them.
_KEEP_FREED_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**30)}
_KEPT_ENVIRONMENT = (
    "PATH",
    "HOME",
    "TMPDIR",
    "TEMP",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",
    "LANG",
    "NETCORE_HOME",
    "NETCORE_CODE",
    "NETCORE_ADDRESS",
    "TORCH_HOME",
)


def call(
    task: str,
    arguments: dict[str, Any],
    payload: bytes = b"",
    *,
    limits: Limits = UNLIMITED,
    confinement: Confinement | None = None,
) -> tuple[dict[str, Any], bytes]:
    """Run ``task`` (``"package.module:function"``) in a process of its own and return its answer.

    Its answer lands in an unnamed file, so a worker that floods is stopped by its own file limit and never fills
    our memory. Raises the task's own ``NetcoreError``, or ``WorkerError`` where the process ends without an answer.
    """
    with tempfile.TemporaryFile() as answers, tempfile.TemporaryFile() as log:
        process = start(task, arguments, payload, limits=limits, confinement=confinement, answers=answers, log=log)
        try:
            process.wait(limits.wall_seconds)
        except subprocess.TimeoutExpired as error:
            raise WorkerError(
                "The work took longer than {seconds:g} s and was stopped.",
                "Try something smaller.",
                seconds=limits.wall_seconds,
            ) from error
        finally:
            kill(process)
            close_input(process)
        answers.seek(0)
        if process.returncode != 0:
            raise WorkerError(
                "The work ended without an answer: {reason}.",
                "Try something smaller.",
                reason=ending_in_words(process.returncode),
            )
        answer, data = read_frame(answers)
    raise_from_message(answer)
    return answer, data


def start(
    task: str,
    arguments: dict[str, Any],
    payload: bytes = b"",
    *,
    limits: Limits = UNLIMITED,
    confinement: Confinement | None = None,
    answers: IO[bytes] | int = subprocess.DEVNULL,
    log: IO[bytes] | int = subprocess.DEVNULL,
) -> Process:
    """Start ``task`` and return at once. The worker is asked to stop by closing its standard input.

    That is also what happens when this process dies, so no worker outlives it for long.
    """
    process = launch(answers=answers, log=log)
    give(process, task, arguments, payload, limits=limits, confinement=confinement)
    return process


def launch(
    *,
    prepare: str = "",
    answers: IO[bytes] | int = subprocess.DEVNULL,
    log: IO[bytes] | int = subprocess.DEVNULL,
) -> Process:
    """Start a worker that waits for ``give``. It calls ``prepare`` (``"package.module:function"``) in the meantime."""
    process = subprocess.Popen(
        [sys.executable, "-m", "netcore.worker"],
        stdin=subprocess.PIPE,
        stdout=answers,
        stderr=log,
        cwd=PROJECT_FOLDER,
        env=environment(),
        start_new_session=True,
    )
    if prepare:
        _send(process, {"prepare": prepare})
    return process


def give(
    process: Process,
    task: str,
    arguments: dict[str, Any],
    payload: bytes = b"",
    *,
    limits: Limits = UNLIMITED,
    confinement: Confinement | None = None,
    log: Path | None = None,
) -> None:
    """Give a waiting worker its one task. What it prints from then on goes to the file ``log``."""
    message = {
        "task": task,
        "arguments": arguments,
        "limits": limits.to_json(),
        "confinement": confinement.to_json() if confinement else None,
        "log": str(log) if log else None,
    }
    _send(process, message, payload)


def ask_to_make_room(process: Process) -> None:
    """Ask a worker's task to end as soon as that costs nothing. May be repeated; does nothing where it has ended."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ValueError):
        process.stdin.write(b"\n")
        process.stdin.flush()


def close_input(process: Process) -> None:
    """Ask a worker's task to stop now."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()


def kill(process: Process) -> None:
    """End a worker and whatever it started, at once. Does nothing where it has ended already."""
    if process.poll() is not None:
        return
    if os.name == "nt":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def count_threads(process: Process) -> int:
    """How many threads a worker has at this moment; 0 where it has ended, or the system does not tell."""
    try:
        return sum(1 for _ in Path(f"/proc/{process.pid}/task").iterdir())
    except OSError:
        return 0


def count_unlinked_bytes(process: Process) -> int:
    """The bytes of files that a worker holds open or mapped and that have no name any more; no folder shows them.

    0 where it has ended, or the system does not tell.
    """
    found: dict[tuple[int, int], int] = {}
    for folder in ("fd", "map_files"):
        with contextlib.suppress(OSError), os.scandir(f"/proc/{process.pid}/{folder}") as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat()
                    if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                        found[status.st_dev, status.st_ino] = status.st_blocks * _BLOCK_BYTES
    return sum(found.values())


def ending_in_words(returncode: int) -> str:
    """Why a process ended, for a student. ``returncode`` as ``subprocess`` gives it: negative for a signal."""
    words = {
        -9: "it was killed, most often because memory ran out",
        OUT_OF_TIME: "it used up its computing time",
        -25: "it wrote more than it may",
        -11: "it crashed",
        -15: "it was asked to end",
    }
    return words.get(returncode, f"exit code {returncode}")


def environment() -> dict[str, str]:
    """What a worker finds in its environment: little of ours, and what makes it repeatable and fast."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return {
        **kept,
        # Until a task asks for more: a wall goes up around a process that has one thread, and a fork takes only one.
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": str(PROJECT_FOLDER),
        **_KEEP_FREED_MEMORY,
    }


def _send(process: Process, message: dict[str, Any], payload: bytes = b"") -> None:
    assert process.stdin is not None
    try:
        write_frame(process.stdin, message, payload)
    except BrokenPipeError:
        process.wait()
