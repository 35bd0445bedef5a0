"""What a worker may use of the machine. Knows nothing of what the worker does."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """Upper bounds for one process. None means no bound of ours."""

    wall_seconds: float | None = None
    """Kept by the parent, which kills the process group."""
    cpu_seconds: int | None = None
    memory_bytes: int | None = None
    """Private data (``RLIMIT_DATA``); of address space 16 GB more than that, since torch maps much it never touches."""
    file_bytes: int | None = None
    open_files: int | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON types, for the worker's first frame."""
        return asdict(self)


UNLIMITED = Limits()

_MAX_STACK_BYTES = 64 * 1024**2
_ADDRESSES = 16 * 1024**3
"""Bytes of address space beside its memory: torch's libraries, and what each thread sets aside. Pages that are only
read are no private data, but the tables in which the kernel finds them are memory: one byte for 512."""


def apply_limits(limits: Limits) -> None:
    """Bound this process for the rest of its life. Does nothing where the system has no ``resource`` (Windows)."""
    try:
        import resource
    except ImportError:
        return
    bounds = {
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_AS: limits.memory_bytes and limits.memory_bytes + _ADDRESSES,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
    }
    for kind, bound in bounds.items():
        if bound is not None:
            hard = resource.getrlimit(kind)[1]
            value = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
            # At the soft limit of computing time the process ends with a signal that says why; at the hard one it is
            # killed as by anybody.
            last = value if kind != resource.RLIMIT_CPU or value == hard else value + 1
            resource.setrlimit(kind, (value, last))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stack = resource.getrlimit(resource.RLIMIT_STACK)[0]
    most = _MAX_STACK_BYTES if stack == resource.RLIM_INFINITY else min(stack, _MAX_STACK_BYTES)
    resource.setrlimit(resource.RLIMIT_STACK, (most, most))  # a stack that grows is no private data
