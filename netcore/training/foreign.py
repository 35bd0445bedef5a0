"""What somebody's file says of a training, beside its weights: found by what it is. Knows no network.

The course's four keys count as they stand. Under other keys an optimizer is found by its shape and nothing else is
guessed: ``loss`` may be any batch's, and ``best_acc`` is none. What is not used is named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from netcore.data.archive import OUTSIDE_CURE as CURE
from netcore.data.archive import OUTSIDE_NAME as NAME
from netcore.data.saved import Taken
from netcore.errors import CheckpointError
from netcore.model.state_checks import list_some
from netcore.model.state_files import is_optimizer
from netcore.training.checkpoints import (
    KEYS,
    epoch_problem,
    loss_problem,
    meta_problem,
    not_a_checkpoint,
    optimizer_problem,
)

_COURSE = KEYS[:4]


@dataclass(frozen=True, eq=False)
class Entries:
    """What a file says beside its weights."""

    epoch: int
    """After which it was saved; 0 where it does not say."""
    best_loss: float
    """The one to beat; ``inf`` where there is none."""
    optim_state: dict[str, Any]
    """Empty where it brings none."""
    meta: dict[str, Any]
    """Of a file of ours; empty for any other."""
    schedule: Any
    """What a script of ours keeps of its scheduler beside the four; None elsewhere."""
    used: frozenset[str]
    """The keys of all that."""
    problem: CheckpointError | None
    """Why an optimizer is in it and cannot be taken."""


def read_entries(value: Any) -> Entries:
    """The entries of a file beside its weights. Raises ``CheckpointError`` where one of the course's cannot be."""
    if not isinstance(value, dict) or all(torch.is_tensor(item) for item in value.values()):
        return Entries(0, math.inf, {}, {}, None, frozenset(), None)
    epoch, best_loss = _plain(value.get("epoch", 0)), _plain(value.get("best_loss", math.inf))
    # A loss of 1 is one too, and a number of a thousand digits is none.
    if type(best_loss) is int and abs(best_loss) < 2**53:
        best_loss = float(best_loss)
    meta = value.get("meta")
    has_meta = isinstance(meta, dict) and "format" in meta
    problem = epoch_problem(epoch) or loss_problem(best_loss) or (meta_problem(meta) if has_meta else "")
    optimizers = dict(_optimizers(value))
    if "optim_state" in value:
        optimizers = {"optim_state": value["optim_state"]}
        problem = problem or optimizer_problem(value["optim_state"])
    if problem:
        raise not_a_checkpoint(problem, NAME, CURE)
    has_schedule = not has_meta and all(key in value for key in _COURSE)
    chosen = optimizers if len(optimizers) == 1 else {}
    used = {key for key in ("epoch", "best_loss") if key in value}
    used |= {*chosen, *(["meta"] if has_meta else []), *(["scheduler"] if has_schedule else [])}
    return Entries(
        epoch=epoch,
        best_loss=best_loss,
        optim_state=next(iter(chosen.values()), {}),
        meta=meta if isinstance(meta, dict) and has_meta else {},
        schedule=value.get("scheduler") if has_schedule else None,
        used=frozenset(used),
        problem=_several(list(optimizers)) if len(optimizers) > 1 else None,
    )


def missing(value: Any, taken: Taken, entries: Entries) -> tuple[str, ...]:
    """Which of the course's keys a file has not, where it is more than weights."""
    if not taken.entry:
        return ()
    lost = [key for key in ("epoch", "best_loss") if key not in value]
    return tuple(lost) + (() if entries.optim_state or entries.problem else ("optim_state",))


def _plain(value: Any) -> Any:
    """A number of torch's as Python's own."""
    return value.item() if torch.is_tensor(value) and value.numel() == 1 and not value.is_complex() else value


def _optimizers(value: dict[Any, Any]) -> list[tuple[str, dict[str, Any]]]:
    """All optimizers in the file; Lightning keeps its own in a list."""
    found = []
    for key, item in value.items():
        parts = item if isinstance(item, list | tuple) else [item]
        states = [part for part in parts if is_optimizer(part) and not optimizer_problem(part)]
        found += [(str(key) if len(states) == 1 else f"{key}[{number}]", part) for number, part in enumerate(states)]
    return found


def _several(keys: list[str]) -> CheckpointError:
    return CheckpointError(
        "The file holds {count} optimizers: {keys}. A run here has one.",
        CURE,
        count=len(keys),
        keys=list_some(keys),
    )
