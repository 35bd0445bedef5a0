"""One server a data folder: two would each train as many runs as the machine has room for. Knows no runs."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from netcore.errors import RunError


def claim(folder: Path) -> FileLock:
    """Make this process the one that trains the runs under ``folder``, for as long as it keeps what this returns.

    May be called again by the same process. The system lets go when the process dies, however it dies. Raises
    ``RunError`` where another process has the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "server.lock", thread_local=False, is_singleton=True)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise RunError(
            "Another server trains the runs in {folder}.",
            "Use that one, or stop it; or give this one a folder of its own: NETCORE_HOME.",
            folder=str(folder),
        ) from error
    return lock
