"""Whether a file's tensors are those of a network. Needs torch and not torchvision."""

from __future__ import annotations

import re

import torch
from torch import Tensor


def as_todays_names(family: str, state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published names as today's classes spell them: two families changed after their weights were published."""
    if family == "DenseNet":
        pattern = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.(?=[12]\.)")
        return {pattern.sub(r"\1", key): tensor for key, tensor in state.items()}
    if family == "GoogLeNet":
        return {key: tensor for key, tensor in state.items() if not key.startswith("aux")}
    return state


def first_misfit(wanted: dict[str, torch.Size], got: dict[str, Tensor]) -> str:
    """The first difference in words, or nothing. BatchNorm's counter may be missing: it came with PyTorch 0.4.1."""
    for name, shape in wanted.items():
        if name not in got:
            if not name.endswith("num_batches_tracked"):
                return f"{name} is missing"
        elif got[name].shape != shape:
            return f"{name} is {list(got[name].shape)} and not {list(shape)}"
        elif not torch.isfinite(got[name]).all():
            return f"{name} holds values that are not numbers"
        elif name.endswith("running_var") and (got[name] < 0).any():
            return f"{name} holds variances below zero"
    return next((f"it has no {name}" for name in got if name not in wanted), "")
