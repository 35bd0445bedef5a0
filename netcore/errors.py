"""Every refusal of the engine: what happened, with the value, and the cure. Knows nothing of who shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from string import Formatter

_FORMAT = re.compile(r",?(\.[0-9])?[fge%]?")


class NetcoreError(Exception):
    """A refusal that a student can read and act on.

    ``what`` and ``cure`` are sentences with ``{names}`` of ``values`` in them, so that whoever shows the error can
    translate the sentence and keep the values. ``str(error)`` is both sentences in English. Sentences may come from a
    process that runs a student's code: ``ValueError`` for one that asks for more than a value and its few digits.
    """

    def __init__(self, what: str, cure: str, **values: object) -> None:
        for _, name, form, _ in Formatter().parse(f"{what}{cure}"):
            # "{a.__class__}" would look into the value, and "{a:999999999}" fill the memory.
            if name is not None and not (name.isidentifier() and _FORMAT.fullmatch(form or "")):
                raise ValueError("this is no sentence")
        self.what = what
        self.cure = cure
        self.values = values
        super().__init__(f"{what} {cure}".format_map(values))

    def __reduce__(self) -> tuple[Callable[..., NetcoreError], tuple[object, ...]]:
        """For ``pickle`` and ``copy``: the same error with its values, which a cache hands out again."""
        return _make, (type(self), self.what, self.cure, self.values)


class StackError(NetcoreError):
    """A layer or a network that cannot be built."""


class CodeError(StackError):
    """A class that a student wrote and that cannot be used. ``values`` has the ``line``, from 1."""


class ConfigError(NetcoreError):
    """A training setting out of its range."""


class DataError(NetcoreError):
    """A sample that does not exist, or a data set that is not what it should be."""


class PhotoError(NetcoreError):
    """An upload that is not a picture we can show to a network."""


class CheckpointError(NetcoreError):
    """A checkpoint that cannot be read, is damaged, or belongs to another network."""


class RunError(NetcoreError):
    """A run that cannot be started, resumed or deleted as it stands."""


class DivergedError(RunError):
    """A training whose loss stopped being a number."""


class WeightsError(NetcoreError):
    """Pretrained weights that are missing, damaged, or cannot be downloaded."""


class OwnWeightsError(WeightsError):
    """Weights that fit a network and are not the published ones: somebody has to say that they want them."""


class WorkerError(NetcoreError):
    """A process of its own that ended before it answered."""


class OvertimeError(WorkerError):
    """A process of its own that ran out of its time."""


class BusyError(WorkerError):
    """A question that waits for those of others. ``values`` has the ``place`` in the queue, from 1."""


def _make(kind: type[NetcoreError], what: str, cure: str, values: dict[str, object]) -> NetcoreError:
    return kind(what, cure, **values)
