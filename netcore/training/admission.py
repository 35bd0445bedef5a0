"""A checkpoint from outside, held against the network and the settings that it is to go on with. Needs torch.

Nothing that is written later comes from the file as it was: the network is built here, the file's tensors are copied
into it once each has the name, shape, type and numbers that it must have, and all of it is saved anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from netcore.data.archive import OUTSIDE_CURE as CURE
from netcore.data.archive import OUTSIDE_NAME as NAME
from netcore.data.mnist import SIDE
from netcore.data.saved import Taken, kind_of
from netcore.errors import CheckpointError, ConfigError
from netcore.model.spec import NetworkSpec
from netcore.model.state_checks import check_state
from netcore.model.state_files import find_state, left_out, read_values
from netcore.settings import MAX_EPOCHS, usable_cores
from netcore.training.checkpoints import Checkpoint
from netcore.training.config import TrainingConfig, check_learning_rate
from netcore.training.foreign import Entries, missing, read_entries
from netcore.training.foreign_optimizer import FileOptimizer, compare_optimizer
from netcore.training.freezing import freeze
from netcore.training.history import History
from netcore.training.learning_rate import LearningRate
from netcore.training.memory_format import find_memory_format
from netcore.training.meta import Origin, read_meta, write_meta
from netcore.training.optimizers import build_optimizer, expected_state, fresh_memory, learning_parameters
from netcore.training.readiness import check_network
from netcore.training.restore import restore_model, restore_optimizer
from netcore.training.schedules import SCHEDULES

_OTHER_NETWORK = "Take the network into hand that it was trained with, or choose another file."
_MAX_PLAIN_VALUES = 20_000
_MAX_NESTING = 12
_MAX_WHOLE = 2**63


@dataclass(frozen=True, eq=False)
class Admitted:
    """A file that can be gone on from."""

    origin: Origin
    """The file's own, or the network in hand with the settings of the form."""
    brings_settings: bool
    """Whether it is the file's own."""
    checkpoint: Checkpoint
    """What was restored, as it is saved."""
    problem: CheckpointError | None
    """Why the optimizer's memory does not fit; it begins anew then."""
    taken: Taken
    """How the file's tensors became the network's; ``left_out`` is all of the file that is not used."""
    missing: tuple[str, ...]
    """Which of the course's keys the file has not, where it is more than weights."""
    other: FileOptimizer | None
    """The optimizer that the file was trained with, where it is another or had other settings."""


def admit(data: bytes, network: NetworkSpec, config: TrainingConfig) -> Admitted:
    """The checkpoint in ``data``, restored into a fresh network.

    Network and settings come from its ``meta``, where it has one; else they are ``network``, and ``config`` for so many
    more epochs. Raises ``CheckpointError`` or ``ConfigError`` that says why it is refused.
    """
    torch.set_num_threads(1)
    value = read_values(data, NAME, CURE)
    found = read_entries(value)
    brings_settings = found.meta.get("network") is not None
    if not brings_settings:
        origin = Origin(network, _lengthen(config, found.epoch, goes_on=found.schedule is not None), History())
    else:
        origin = _read_origin(found)
    model = origin.network.build(origin.config.seed)
    freeze(model, origin.config.frozen)
    check_network(model, replace(origin.config, batch_size=2, training_size=2, validation_size=2))
    state = find_state(value, model.state_dict(), NAME)
    check_state(state.tensors, model.state_dict(), _OTHER_NETWORK)
    restore_model(model, state.tensors)
    optimizer, rate, problem = _restore_optimizer(found, origin, model, brings_settings)
    # What the file's run computed in is taken over where any network can: the rest is chosen when it goes on.
    rows = find_memory_format(found.meta, model) == "contiguous"
    meta = write_meta(origin.network, origin.config, origin.history, rate.state(), "contiguous" if rows else None)
    return Admitted(
        origin=origin,
        brings_settings=brings_settings,
        checkpoint=Checkpoint(found.epoch, found.best_loss, model.state_dict(), optimizer.state_dict(), meta),
        problem=problem,
        taken=replace(state.taken, left_out=left_out(value, state.taken, found.used)),
        missing=missing(value, state.taken, found),
        other=None
        if brings_settings
        else compare_optimizer(found.optim_state, origin.config, planned=found.schedule is not None),
    )


def _restore_optimizer(
    found: Entries, origin: Origin, model: nn.Module, brings_settings: bool
) -> tuple[torch.optim.Optimizer, LearningRate, CheckpointError | None]:
    """The optimizer with the file's memory or a fresh one, where the learning rate stands, and why it is fresh."""
    config, learning = origin.config, learning_parameters(model)
    learned = _try_backward(model)
    optimizer = build_optimizer(config, list(learning.values()))
    rate = LearningRate(config, optimizer)
    if brings_settings:
        # Checkpoints of before there were schedules had one rate for all steps: where a fresh one stands.
        _restore_rate(rate, found.meta.get("learning_rate", rate.state()), found.epoch, config)
    elif found.schedule is not None:
        _restore_rate(rate, _read_schedule(rate, found.schedule, config), found.epoch, config)
    problem = found.problem
    try:
        if found.optim_state:
            _check_remembers(found.optim_state["state"], learned, config)
            restore_optimizer(optimizer, model, config, found.optim_state)
    except CheckpointError as error:
        problem = error
    if problem or not found.optim_state:
        state = fresh_memory(config, list(learning.values()))
        restore_optimizer(optimizer, model, config, {**optimizer.state_dict(), "state": state})
    if problem:
        problem = CheckpointError(
            problem.what, "Begin with a fresh optimizer, or choose another file.", **problem.values
        )
    return optimizer, rate, problem


def _read_origin(found: Entries) -> Origin:
    _check_plain(found.meta)
    origin = read_meta(found.meta, found.epoch, CURE)
    # More threads than cores would only wait for one another.
    threads = min(origin.config.threads, usable_cores())
    # What another disk refused is no news here: this file was saved.
    epochs = tuple(replace(result, save_problem="") for result in origin.history.epochs)
    return replace(origin, config=replace(origin.config, threads=threads), history=History(epochs))


def _lengthen(config: TrainingConfig, epoch: int, *, goes_on: bool) -> TrainingConfig:
    """The settings of the form, for so many more epochs after ``epoch``; as they are where a plan only ``goes_on``."""
    if goes_on and SCHEDULES[config.schedule].is_planned:
        return config
    if epoch and SCHEDULES[config.schedule].is_planned:
        raise ConfigError(
            "The {schedule} schedule is laid out over all epochs of a run, and this file begins after epoch {epoch}.",
            "Choose another schedule.",
            schedule=config.schedule.replace("_", "-"),
            epoch=epoch,
        )
    if epoch + config.epochs > MAX_EPOCHS:
        raise ConfigError(
            "{more} more epochs after epoch {epoch} are more than the {most} that a run has.",
            "Train fewer epochs.",
            more=config.epochs,
            epoch=epoch,
            most=MAX_EPOCHS,
        )
    return replace(config, epochs=epoch + config.epochs)


def _check_plain(meta: dict[str, Any]) -> None:
    """Refuse a ``meta`` that is no small tree of JSON types. What is in it twice counts twice."""
    waiting: list[tuple[object, int]] = [(meta, 0)]
    count = 0
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list):
            items = [*value, *value.values()] if isinstance(value, dict) else value
            count += len(items)
            waiting += [(item, depth + 1) for item in items]
        elif not _is_plain(value):
            raise CheckpointError(
                "The file's meta holds {kind}, and only plain values belong there.", CURE, kind=kind_of(value)
            )
        if depth > _MAX_NESTING or count > _MAX_PLAIN_VALUES:
            raise CheckpointError("The file's meta holds far more than an account of its training.", CURE)


def _is_plain(value: object) -> bool:
    return value is None or type(value) in (bool, float, str) or (type(value) is int and abs(value) < _MAX_WHOLE)


def _try_backward(model: nn.Module) -> set[int]:
    """Which parameters learn at all, by the optimizer's numbers; a second head that no loss reaches does not.

    Raises ``CheckpointError`` where the network's answer is no number.
    """
    logits = model.eval()(torch.zeros(2, 1, SIDE, SIDE))
    if not logits.isfinite().all():
        raise CheckpointError("With the file's weights, the network's logits are no numbers.", CURE)
    logits.sum().backward()
    learning = learning_parameters(model).values()
    learned = {number for number, parameter in enumerate(learning) if parameter.grad is not None}
    model.train().zero_grad()
    return learned


def _check_remembers(state: dict[Any, Any], learned: set[int], config: TrainingConfig) -> None:
    missing = learned - set(state)
    if missing and expected_state(config, torch.Size([2])):
        raise CheckpointError(
            "The checkpoint's optimizer remembers nothing of {missing} of the {count} parameters that learn.",
            CURE,
            missing=len(missing),
            count=len(learned),
        )


def _read_schedule(rate: LearningRate, saved: Any, config: TrainingConfig) -> dict[str, Any]:
    """What a script's scheduler says, as the state of a ``LearningRate``.

    Raises ``CheckpointError`` where it is another scheduler, or one with other settings.
    """
    _check_plain({"scheduler": saved})
    moving = rate.state()["scheduler"]
    settings = {
        name: value
        for name, value in rate.scheduler.state_dict().items()
        if name not in moving and type(value) in (int, float, str)
    }
    rates = saved.get("_last_lr") if isinstance(saved, dict) else None
    if not isinstance(rates, list) or len(rates) != 1 or not settings.items() <= saved.items():
        raise CheckpointError(
            "The file's schedule of the learning rate is another one than {schedule} over {epochs} epochs.",
            "Choose the settings that the script was made with.",
            schedule=config.schedule.replace("_", "-"),
            epochs=config.epochs,
        )
    return {"base": config.learning_rate, "now": rates[0], "scheduler": {name: saved.get(name) for name in moving}}


def _restore_rate(rate: LearningRate, state: object, epoch: int, config: TrainingConfig) -> None:
    """Put the learning rate where ``state`` says that it was. Raises ``CheckpointError`` where it cannot have been."""
    rate.restore(state)
    moves = epoch * (config.steps if SCHEDULES[config.schedule].each_step else 1)
    counts = [value for value in rate.state()["scheduler"].values() if type(value) is int]
    try:
        check_learning_rate(rate.base)
    except ConfigError as error:
        raise CheckpointError(error.what, CURE, **error.values) from error
    if any(count > moves + 1 for count in counts) or rate.now > rate.base * (1 + 1e-6) or math.isnan(rate.now):
        raise CheckpointError("The file's learning rate is not where its schedule can have brought it.", CURE)
