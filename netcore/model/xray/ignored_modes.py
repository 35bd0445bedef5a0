"""What a class draws at random in eval() too: at which line, and the mend where the function can be told the mode.

It builds and runs the class, so it works only in a process that runs code.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from netcore.data.mnist import SIDE
from netcore.model.custom.dotted import dotted_name
from netcore.model.custom.source import CustomSource
from netcore.model.xray.diagnosis import Diagnosis, find_mended
from netcore.model.xray.edits import Edit, find_node, insert_after, replace
from netcore.model.xray.places import Place, find_current_place
from netcore.model.xray.text import Text
from netcore.seeds import seeded

_FUNCTIONAL, _LAYERS = "torch.nn.functional.", "torch.nn."
_MODE = "self.training"


@dataclass(frozen=True)
class IgnoredMode:
    """A call that draws at random in eval() as it does in train()."""

    line: int
    words: str
    """The call, as the person wrote it."""
    makes_layer: bool
    """Whether it makes a layer, with weights that are new at every call."""
    label: str
    """The mend in a few signs: ``training=self.training``; empty where none is known."""
    mended: CustomSource | None
    """The class with that mend, which was tried: the call no longer draws in eval()."""


def find_ignored_modes(network: CustomSource) -> tuple[IgnoredMode, ...]:
    """The calls of the class that draw at random although the network is in eval(), in the order of the lines.

    The network is built with fresh weights and asked once. Whatever the class raises comes through.
    """
    text = Text(network.source)
    return tuple(
        _describe(network, text, place) for place in sorted(_find_draws(network), key=lambda place: place.span)
    )


def _find_draws(network: CustomSource) -> set[Place]:
    # In inference mode, F.dropout would come as one operation, and be taken to draw where it does not.
    with seeded(0), torch.no_grad():
        model = network.build().eval()
        with _Draws() as draws:
            model(torch.zeros(2, 1, SIDE, SIDE))
    return draws.places


class _Draws(TorchDispatchMode):
    """Notes where in the student's text operations draw at random, by the tag that PyTorch gives them.

    https://docs.pytorch.org/docs/stable/torch.html#torch.Tag: ``nondeterministic_seeded``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.places: set[Place] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if torch.Tag.nondeterministic_seeded in func.tags:
            place = find_current_place()
            if place:
                self.places.add(place)
        return func(*args, **(kwargs or {}))


def _describe(network: CustomSource, text: Text, place: Place) -> IgnoredMode:
    call = find_node(text.tree, place, ast.Call)
    words = text.quote(call) if call else network.source.splitlines()[place.line - 1].strip()
    name = (dotted_name(call.func, text.anatomy.aliases) if call else None) or ""
    makes_layer = isinstance(getattr(nn, name.removeprefix(_LAYERS), None), type) and name.startswith(_LAYERS)
    edit = _tell_mode(call, name) if call else None
    if edit is None:
        return IgnoredMode(place.line, words, makes_layer, "", None)
    label = f"training={_MODE}"
    before = len(_find_draws(network))
    mended = find_mended(network, Diagnosis(place.line, "", "", (), label, (edit,)), _draws_less(before))
    return IgnoredMode(place.line, words, makes_layer, label if mended else "", mended)


def _draws_less(before: int) -> Callable[[CustomSource], bool]:
    return lambda mended: len(_find_draws(mended)) < before


def _tell_mode(call: ast.Call, name: str) -> Edit | None:
    """The edit that gives the function ``name`` of ``torch.nn.functional`` the mode; None for another call."""
    function = getattr(functional, name.removeprefix(_FUNCTIONAL), None) if name.startswith(_FUNCTIONAL) else None
    names = list(inspect.signature(function).parameters) if callable(function) else []
    if "training" not in names or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    for keyword in call.keywords:
        if keyword.arg == "training":
            return replace(keyword.value, _MODE)
    place = names.index("training")
    if place < len(call.args):
        return replace(call.args[place], _MODE)
    given: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    return insert_after(given[-1], f", training={_MODE}") if given else None
