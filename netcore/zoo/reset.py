"""Fresh weights for any network, and an account of what the usual loop reaches. Knows nothing of pretrained ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from torch import nn

from netcore.seeds import seeded


@dataclass(frozen=True)
class ResetLayer:
    """A layer that drew its parameters anew."""

    name: str
    kind: str
    parameters: int


@dataclass(frozen=True)
class MissedParameter:
    """A parameter that kept its value: the module that owns it has no ``reset_parameters``."""

    name: str
    owner: str
    """The kind of that module."""
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class ResetReport:
    """What ``reset_weights`` did."""

    reset: tuple[ResetLayer, ...]
    nothing_to_reset: tuple[tuple[str, int], ...]
    """Kinds of layers without parameters (``"ReLU"``, ``"MaxPool2d"``) and how many there are of each."""
    missed: tuple[MissedParameter, ...]
    reset_buffers: int
    """Numbers outside ``parameters()`` that were reset too: BatchNorm's running statistics."""
    kept_buffers: int

    @property
    def reset_parameters(self) -> int:
        """How many numbers were drawn anew."""
        return sum(layer.parameters for layer in self.reset)

    @property
    def missed_parameters(self) -> int:
        """How many numbers kept their value."""
        return sum(parameter.parameters for parameter in self.missed)

    @property
    def total_parameters(self) -> int:
        """All parameters of the network, each counted once."""
        return self.reset_parameters + self.missed_parameters


def reset_weights(model: nn.Module, seed: int = 0) -> ResetReport:
    """Call ``reset_parameters()`` on every module of ``model`` that has one, in place, and say what that reached.

    It is the usual loop over ``modules()``. It misses every parameter that is an attribute of a module without that
    method: a Vision Transformer's ``class_token``, the ``in_proj_weight`` of ``nn.MultiheadAttention``. The same
    ``seed`` gives the same weights.
    """
    owners = {name: module for name, module in model.named_modules() if hasattr(module, "reset_parameters")}
    with seeded(seed):
        for module in owners.values():
            module.reset_parameters()
    return _report(model, owners)


def _report(model: nn.Module, owners: dict[str, nn.Module]) -> ResetReport:
    reached = {id(tensor) for module in owners.values() for tensor in module.parameters(recurse=False)}
    statistics = [module for module in owners.values() if hasattr(module, "reset_running_stats")]
    reached_buffers = {id(tensor) for module in statistics for tensor in module.buffers(recurse=False)}
    kinds = {name: type(module).__name__ for name, module in model.named_modules()}
    counts: Counter[str] = Counter()
    missed = []
    for name, parameter in model.named_parameters():
        owner = name.rpartition(".")[0]
        if id(parameter) in reached:
            counts[owner] += parameter.numel()
        else:
            missed.append(MissedParameter(name, kinds[owner], tuple(parameter.shape), parameter.numel()))
    plain = Counter(type(module).__name__ for module in model.modules() if _has_nothing_to_reset(module))
    buffers = Counter[bool]()
    for buffer in model.buffers():
        buffers[id(buffer) in reached_buffers] += buffer.numel()
    return ResetReport(
        reset=tuple(ResetLayer(name, kinds[name], counts[name]) for name in owners),
        nothing_to_reset=tuple(plain.most_common()),
        missed=tuple(missed),
        reset_buffers=buffers[True],
        kept_buffers=buffers[False],
    )


def _has_nothing_to_reset(module: nn.Module) -> bool:
    is_leaf = not list(module.children())
    return is_leaf and not list(module.parameters()) and not hasattr(module, "reset_parameters")
