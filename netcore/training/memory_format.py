"""In which order a network's numbers lie in memory while it runs: channels-last where nothing but the speed changes.

Convolutions are up to twice as fast with the channels of a pixel side by side
(https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html). A class notices where it asks for rows,
as ``x.view(-1, n)`` and ``torch.as_strided`` do.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from netcore.data.mnist import CLASSES, SIDE
from netcore.model.tensors import copy_network
from netcore.seeds import seeded

MEMORY_FORMATS = MappingProxyType({"contiguous": torch.contiguous_format, "channels_last": torch.channels_last})
"""By the names under which a checkpoint remembers them."""

_DIGITS = 8
_MOST = 1e-2
"""So far apart, as a share of the length, rounding never brings two answers: it stays under a thousandth."""
_DROPOUTS = (
    functional.dropout,
    functional.dropout1d,
    functional.dropout2d,
    functional.dropout3d,
    functional.alpha_dropout,
    functional.feature_alpha_dropout,
)


def has_convolutions(model: nn.Module) -> bool:
    """Whether channels-last would change anything."""
    return any(isinstance(module, nn.Conv2d) for module in model.modules())


def set_memory_format(model: nn.Module, name: str) -> None:
    """Lay the model's own numbers out as ``MEMORY_FORMATS`` says; what it computes then follows them."""
    model.to(memory_format=MEMORY_FORMATS[name])


def choose_memory_format(model: nn.Module) -> str:
    """The name of the memory format that ``model`` is to run in: the same for the same weights.

    Channels-last only where a copy gives the same logits and gradients in both, in ``train()`` and in ``eval()``.
    Dropout is left out of the comparison: it draws its masks in the order of the memory.
    """
    if not has_convolutions(model):
        return "contiguous"
    try:
        plain, fast = (_answer(model, name) for name in MEMORY_FORMATS)
    except Exception:  # noqa: BLE001  a student's lines can raise anything; what runs in rows will say it in words
        return "contiguous"
    return "channels_last" if all(map(_agree, plain, fast)) else "contiguous"


def find_memory_format(meta: dict[str, Any], model: nn.Module) -> str | None:
    """What the run of a checkpoint with this ``meta`` computes in; None where that has yet to be chosen.

    Before there was a choice, every network with a Conv2d computed in channels-last.
    """
    found = meta.get("memory_format", "channels_last" if has_convolutions(model) else "contiguous")
    return found if isinstance(found, str) and found in MEMORY_FORMATS else None


def _answer(model: nn.Module, name: str) -> list[Tensor]:
    """Logits in both modes, and between them the gradients, of a few digits that are noise."""
    private = copy_network(model)
    set_memory_format(private, name)
    with seeded(0), _WithoutDropout():
        images = torch.rand(_DIGITS, 1, SIDE, SIDE)
        learned = private.train()(images)
        loss = functional.cross_entropy(learned.float(), torch.arange(_DIGITS) % CLASSES)
        parameters = [parameter for parameter in private.parameters() if parameter.requires_grad]
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True) if loss.requires_grad else ()
        with torch.no_grad():
            measured = private.eval()(images)
    given = [gradient.flatten() for gradient in gradients if gradient is not None]
    return [learned.detach(), torch.cat(given) if given else loss.detach(), measured]


def _agree(plain: Tensor, fast: Tensor) -> bool:
    return plain.shape == fast.shape and bool((plain - fast).norm() <= _MOST * plain.norm())


class _WithoutDropout(TorchFunctionMode):
    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if function in _DROPOUTS:
            return args[0]
        return function(*args, **(kwargs or {}))
