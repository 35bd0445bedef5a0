"""What a checkpoint says of its training, beside the course's four keys. Knows nothing of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from netcore.errors import CheckpointError, NetcoreError
from netcore.model.spec import NetworkSpec, fingerprint, spec_from_json, spec_to_json
from netcore.training.config import TrainingConfig
from netcore.training.history import History

FORMAT = 1


@dataclass(frozen=True)
class Origin:
    """Where a checkpoint comes from: what was trained, how, and what was measured."""

    network: NetworkSpec
    config: TrainingConfig
    history: History


def write_meta(
    network: NetworkSpec | None,
    config: TrainingConfig,
    history: History,
    learning_rate: dict[str, Any],
    memory_format: str | None,
) -> dict[str, Any]:
    """The ``meta`` of a checkpoint, in JSON types.

    ``learning_rate`` is the state of a ``LearningRate``; ``memory_format`` is None where the run has yet to choose it.
    """
    return {
        "format": FORMAT,
        "network": spec_to_json(network) if network else None,
        "fingerprint": fingerprint(network) if network else None,
        "config": config.to_json(),
        "learning_rate": learning_rate,
        "memory_format": memory_format,
        "torch": str(torch.__version__),
        "history": history.to_json(),
    }


def read_meta(meta: dict[str, Any], epoch: int, cure: str) -> Origin:
    """What ``meta`` says of a checkpoint that was written after ``epoch``, each value checked as if it were typed.

    Raises ``CheckpointError``: what cannot be, and the ``cure``.
    """
    try:
        network = spec_from_json(meta.get("network"))
        config = TrainingConfig.from_json(meta["config"])
        history = History.from_json(meta.get("history"))
    except NetcoreError as error:
        what = "The file's account of its training cannot be followed. " + error.what
        raise CheckpointError(what, cure, **error.values) from error
    except ValueError as error:
        raise CheckpointError("The file has no readable history.", cure) from error
    if meta.get("fingerprint") != fingerprint(network):
        raise CheckpointError("The file names one network and carries the fingerprint of another.", cure)
    if history.last_epoch != epoch and history.epochs:
        raise CheckpointError(
            "The file's epoch is {epoch}, and its history ends at {last}.", cure, epoch=epoch, last=history.last_epoch
        )
    return Origin(network, config, history)
