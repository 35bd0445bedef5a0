"""Tasks that the nursery's tests run in its children; the nursery loads this module before it forks."""

import os
import resource
import threading
from pathlib import Path

from netcore.settings import runs_code


def prepare():
    pass


def look_around(arguments, payload, stop):
    """What a child finds when it wakes up."""
    return {
        "folder": str(Path.cwd()),
        "home": os.environ["HOME"],
        "temporary": os.environ["TMPDIR"],
        "runs_code": runs_code(),
        "files": sum(map(_is_open, range(4096))),
        "leader": os.getsid(0) == os.getpid(),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "environment": sorted(os.environ),
    }, b""


def _is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def answer_and_stay(arguments, payload, stop):
    """Answers, and then does not end: as much of a lie as a child can tell."""
    os.write(3, b'{"payload_bytes": 0}\n')
    threading.Event().wait()


def compute_for_ever(arguments, payload, stop):
    while True:
        pass


def read(arguments, payload, stop):
    try:
        Path(arguments["path"]).read_bytes()
    except PermissionError:
        return {"read": False, "runs_code": runs_code()}, b""
    return {"read": True, "runs_code": runs_code()}, b""
