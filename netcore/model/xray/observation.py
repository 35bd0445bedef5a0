"""A class, built and run once with every step recorded, and whatever stopped it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netcore.model.custom.source import CustomSource
from netcore.model.xray.recorder import Recorder
from netcore.seeds import seeded
from netcore.settings import runs_code


@dataclass(frozen=True, eq=False)
class Observation:
    """What there is after a class was built and sent a batch."""

    network: CustomSource
    recorder: Recorder
    batch: Tensor
    model: nn.Module | None
    """None where it could not be built."""
    output: Any
    error: Exception | None
    """What ended it, with its traceback; None where the batch came through."""


def observe(
    network: CustomSource,
    batch: Tensor,
    *,
    modes: tuple[bool, ...] = (False,),
    gradients: bool = False,
    follows_changes: bool = False,
    seed: int = 0,
) -> Observation:
    """Build the class on the device of ``batch`` (``[N, 1, 28, 28]``) with fresh weights and send the batch through.

    Once for each of ``modes``, True being train(); the output is that of the last. Autograd follows with ``gradients``.
    Nothing that the class raises leaves this function; raises ``CodeError`` in a process that does not run code.
    """
    model, output, stopped = None, None, None
    recorder = Recorder(follows_changes=follows_changes)
    with seeded(seed), recorder, torch.device(batch.device):
        try:
            model = network.build()
            recorder.begin_forward(batch)
            with torch.set_grad_enabled(gradients):
                for training in modes:
                    output = model.train(training)(batch)
        except Exception as error:  # a student's lines can raise anything
            if not runs_code():
                raise
            stopped = error
    return Observation(network, recorder, batch, model, output, stopped)
