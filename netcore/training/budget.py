"""What one run may use of the machine. Knows nothing of the run."""

from __future__ import annotations

from dataclasses import dataclass

from netcore.settings import MAX_CHECKPOINT_BYTES
from netcore.worker.limits import Limits


@dataclass(frozen=True)
class Budget:
    """Upper bounds for a run from its start to its end, and for how long it may keep others waiting."""

    wall_seconds: float = 3600.0
    """Time in which it trains, not counting what it waits."""
    memory_bytes: int = 4 * 1024**3
    file_bytes: int = MAX_CHECKPOINT_BYTES + 1024**2
    folder_bytes: int = 6 * MAX_CHECKPOINT_BYTES
    """All that is in its folder: two checkpoints, the ones before them, and one that is being written."""
    threads: int = 256
    """A worker with more threads than this is ended. A training has about a dozen, and those that its settings name."""
    silent_seconds: float = 60.0
    """A worker that gives no sign of life for so long is ended."""
    stalled_seconds: float = 20.0
    """A run that has made no batch for so long is ended where others wait: its worker's sign of life is no progress."""
    turn_seconds: float = 10.0
    """After so long it makes room at the end of an epoch, where others wait."""

    def limits(self, threads: int) -> Limits:
        """The bounds that the system itself keeps for a worker with ``threads`` threads."""
        return Limits(
            cpu_seconds=int((self.wall_seconds + self.silent_seconds) * (threads + 1)),
            memory_bytes=self.memory_bytes,
            file_bytes=self.file_bytes,
        )
