"""What somebody's file holds: the entries of a checkpoint, or weights alone. Knows no network.

Weights alone are a ``state_dict``, as ``torch.save`` or safetensors (https://huggingface.co/docs/safetensors) write it:
a checkpoint of no epoch, without a loss to beat and without an optimizer's memory.
"""

from __future__ import annotations

import math

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_tensors

from netcore.data.archive import OUTSIDE_CURE as CURE
from netcore.data.archive import OUTSIDE_NAME, is_safetensors, repack
from netcore.errors import CheckpointError
from netcore.training.checkpoints import Checkpoint, as_checkpoint, load_value

_MAX_TENSORS = 2000


def read_foreign(data: bytes) -> Checkpoint:
    """The checkpoint in ``data``, an archive that was looked at or safetensors.

    ``optim_state`` and ``meta`` are empty where it brings none. Raises ``CheckpointError`` that says what is wrong.
    """
    if is_safetensors(data):
        return _as_weights(_read_safetensors(data))
    value = load_value(repack(data), OUTSIDE_NAME, CURE)
    if isinstance(value, dict) and value and all(torch.is_tensor(item) for item in value.values()):
        return _as_weights(value)
    return as_checkpoint(value, OUTSIDE_NAME, CURE, needs_meta=False)


def _read_safetensors(data: bytes) -> dict[str, torch.Tensor]:
    try:
        return dict(sorted(read_tensors(data).items()))  # it hands them out in any order
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            "{name} begins like safetensors, and is damaged or cut off.", CURE, name=OUTSIDE_NAME
        ) from error


def _as_weights(state: dict[str, torch.Tensor]) -> Checkpoint:
    if len(state) > _MAX_TENSORS or not all(isinstance(name, str) for name in state):
        raise CheckpointError("{name} holds no state_dict of a network.", CURE, name=OUTSIDE_NAME)
    return Checkpoint(0, math.inf, dict(state), {}, {})
