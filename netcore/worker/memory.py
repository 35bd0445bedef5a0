"""How much memory there is. Starts nothing."""

from __future__ import annotations

from pathlib import Path


def free_memory() -> int | None:
    """Bytes that can be had without swapping (``MemAvailable``), or None where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    sizes = dict(line.split(":") for line in lines if ":" in line)
    return int(sizes["MemAvailable"].split()[0]) * 1024 if "MemAvailable" in sizes else None
