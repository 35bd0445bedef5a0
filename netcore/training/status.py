"""Where a run stands, as its folder says it. Knows nothing of files, nor of who trains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from netcore.errors import NetcoreError
from netcore.worker.protocol import error_from_message, error_to_message

ACTIVE = ("queued", "running")
WITH_A_REASON = ("failed", "diverged")
_MOST = 10**12
"""Of anything that is counted here: what is written there may be a stranger's."""
STATES = ("new", *ACTIVE, "paused", "stopped", "done", *WITH_A_REASON, "interrupted")


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands."""

    state: str = "new"
    """``queued`` or ``running``; or how it ended: ``paused``, ``stopped``, ``done``, ``failed``, ``diverged``,
    ``interrupted``."""
    epoch: int = 0
    """The epoch that is being trained, or was the last."""
    step: int = 0
    steps: int = 0
    """Batches done of this epoch, and in all."""
    images_per_second: float = 0.0
    seconds_left: float = 0.0
    test_accuracy: float | None = None
    """Of the best checkpoint on the 10,000 test digits, once the run is done."""
    message: dict[str, Any] | None = None
    """Why it ended, as the worker protocol writes an error."""
    damage: dict[str, Any] | None = None
    """Which checkpoint was damaged when it began, so that the one before it was used; written in the same way."""

    @classmethod
    def from_json(cls, value: object) -> RunStatus:
        """The status that a run's folder holds; ``new`` where somebody wrote another thing into the file."""
        try:
            status = cls(**value)  # type: ignore[arg-type]
        except TypeError:
            return cls()
        return status if status._is_sound() else cls()

    def _is_sound(self) -> bool:
        if self.state not in STATES or (self.state in WITH_A_REASON and not self.message):
            return False
        counts = (self.epoch, self.step, self.steps)
        amounts = (self.images_per_second, self.seconds_left, self.test_accuracy or 0.0)
        return (
            all(type(count) is int and 0 <= count <= _MOST for count in counts)
            and all(type(amount) in (int, float) and 0 <= amount <= _MOST for amount in amounts)
            and all(isinstance(message, dict | None) for message in (self.message, self.damage))
        )

    @property
    def is_active(self) -> bool:
        """Whether it trains, or waits for its turn."""
        return self.state in ACTIVE

    @property
    def has_ended(self) -> bool:
        """Whether it has trained and is over; what cannot be read says neither."""
        return not self.is_active and self.state != "new"

    @property
    def problem(self) -> NetcoreError | None:
        """Why it ended, in two sentences; None where there is nothing to say."""
        return error_from_message(self.message) if self.message else None

    @property
    def found_damage(self) -> NetcoreError | None:
        """What was wrong with a checkpoint when the training began; None where nothing was."""
        return error_from_message(self.damage) if self.damage else None

    def ended(self, state: str, problem: NetcoreError | None = None) -> RunStatus:
        """This status with the run over."""
        message = error_to_message(problem) if problem else None
        return replace(self, state=state, images_per_second=0.0, seconds_left=0.0, message=message)
