"""What a network's run line by line is told as: stops, and what each variable holds there. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netcore.model.problem import Problem
from netcore.model.shape import Shape

MAX_STOPS = 500
"""In one recording. A run that goes on after that is ended."""
MAX_ROWS = 5_000
"""Variables of all stops of a recording together."""


@dataclass(frozen=True)
class TensorValue:
    """A tensor as it is at one stop."""

    shape: Shape
    dtype: str
    """``"float32"``."""
    low: float | None
    """The least of its finite numbers; None where it has none, or is too large to be measured at every stop."""
    mean: float | None
    high: float | None
    strange: int
    """How many of its numbers are NaN or infinite."""
    requires_grad: bool
    grad_fn: str
    """What made it, as autograd calls it: ``"AddmmBackward0"``; empty where autograd does not follow it."""


@dataclass(frozen=True)
class PlainValue:
    """Anything else, in a few words. Nothing of a class of the text's own is called for them."""

    kind: str
    """The name of its type."""
    text: str
    """Empty where there is nothing to say but the type."""


@dataclass(frozen=True)
class Local:
    """One variable, or one tensor in a list or dictionary of it."""

    name: str
    """``"x"``, ``"paths[0]"``, ``"sizes['h']"``; ``RETURNED`` for what a function gives back."""
    value: TensorValue | PlainValue
    changed: bool
    """Whether it is new, or another than at the stop before in the same call."""


RETURNED = "return"
"""The name of what a function gives back: no variable can be called so."""


@dataclass(frozen=True)
class Stop:
    """The moment before a line runs, or in which a function gives back its value."""

    line: int
    """The first line of the statement, from 1."""
    kind: Literal["line", "return"]
    function: str
    """``"ResidualBlock.forward"``."""
    module: str
    """Whose method it is, as in ``named_modules()``: ``"block1"``; empty for the network itself, and for none."""
    depth: int
    """How many functions of the text wait for this one."""
    locals: tuple[Local, ...]
    """Without self."""


@dataclass(frozen=True)
class Recording:
    """All stops of one run, in the order in which the lines ran."""

    stops: tuple[Stop, ...]
    complete: bool
    """Whether the run came to its end within ``MAX_STOPS`` and ``MAX_ROWS``."""
    problem: Problem | None
    """What the line of the last stop raised; None where the batch came through."""

    def passes(self, place: int) -> tuple[int, int]:
        """Which occurrence of its line the stop at ``place`` is, from 1, and how many there are."""
        same = [at for at, stop in enumerate(self.stops) if (stop.line, stop.kind) == self._key(place)]
        return same.index(place) + 1, len(same)

    def find_stop(self, line: int, after: int) -> int | None:
        """The next stop at ``line`` after the stop at ``after``, or else the first; None where the line never ran."""
        places = [at for at, stop in enumerate(self.stops) if stop.line == line and stop.kind == "line"]
        return next((at for at in places if at > after), places[0] if places else None)

    def find_behind_call(self, place: int) -> int:
        """The next stop that is no deeper: where one comes out who does not step into the functions of a line."""
        depth = self.stops[place].depth
        behind = (at for at in range(place + 1, len(self.stops)) if self.stops[at].depth <= depth)
        return next(behind, len(self.stops) - 1)

    def _key(self, place: int) -> tuple[int, str]:
        return self.stops[place].line, self.stops[place].kind
