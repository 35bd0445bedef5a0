"""Every refusal of the engine: what happened, with the value, and the cure. Knows nothing of who shows it."""

from __future__ import annotations


class NetcoreError(Exception):
    """A refusal that a student can read and act on.

    ``what`` and ``cure`` are sentences with ``{names}`` of ``values`` in them, so that whoever shows the error can
    translate the sentence and keep the values. ``str(error)`` is both sentences in English.
    """

    def __init__(self, what: str, cure: str, **values: object) -> None:
        self.what = what
        self.cure = cure
        self.values = values
        super().__init__(f"{what} {cure}".format_map(values))


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


class WorkerError(NetcoreError):
    """A process of its own that ended before it answered."""
