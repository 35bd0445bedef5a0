"""The first detector: what a network's attributes hold besides what is registered. It looks, and runs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Literal

from torch import Tensor, nn

Holder = Literal["attribute", "list", "tuple", "dict", "set", "object", "class", "closure", "global"]

_OWN_NAMES = frozenset(vars(nn.Module()))
_MAX_ITEMS = 10_000


@dataclass(frozen=True, eq=False)
class Holding:
    """A layer or a tensor that stands in no module's own tables, and where it stands instead."""

    thing: nn.Module | Tensor
    path: str
    """As one writes it: ``self.layers[0]``, ``self.block.scale``."""
    holder: Holder
    owner: str
    """The class whose attribute it is: ``Block``."""
    attribute: str
    """The name of that attribute: ``layers``."""
    of_layer: bool
    """Whether it is a layer, or a tensor of a layer that stands there."""


def find_holdings(model: nn.Module) -> dict[int, Holding]:
    """By ``id``, every layer and tensor that the attributes of ``model`` hold besides what is registered."""
    walk = _Walk(model)
    for name, module in model.named_modules():
        walk.look_into(module, f"self.{name}" if name else "self")
    walk.look_around(model)
    return walk.found


class _Walk:
    def __init__(self, model: nn.Module) -> None:
        self.found: dict[int, Holding] = {}
        things = (*model.modules(), *model.parameters(), *model.buffers())
        self.registered = {id(thing) for thing in things}
        self.seen: set[int] = set()

    def look_into(self, module: nn.Module, path: str) -> None:
        """What the attributes of one module hold, and of its class where it is the student's."""
        kind = type(module)
        if kind.__module__.startswith("torch."):
            return
        for name, value in vars(module).items():
            if name not in _OWN_NAMES:
                self.look_at(value, f"{path}.{name}", "attribute", kind.__name__, name)
        for name, value in vars(kind).items():
            if not name.startswith("__") and (isinstance(value, nn.Module) or not callable(value)):
                self.look_at(value, f"{kind.__name__}.{name}", "class", kind.__name__, name)

    def look_around(self, model: nn.Module) -> None:
        """What the functions of the text can see: its global names, and what stands around its class."""
        forward = type(model).forward
        if not isinstance(forward, FunctionType):
            return
        for name, value in forward.__globals__.items():
            if isinstance(value, nn.Module | Tensor | list | tuple | dict) and not name.startswith("__"):
                self.look_at(value, name, "global", "", name)
        self._look_into_closure(forward, type(model).__name__)

    def look_at(self, value: Any, path: str, holder: Holder, owner: str, attribute: str) -> None:
        """A value, and what it holds in turn."""
        if id(value) in self.seen or id(value) in self.registered or len(self.seen) > _MAX_ITEMS:
            return
        if isinstance(value, nn.Module):
            self._look_at_module(value, path, holder, owner, attribute)
        elif isinstance(value, Tensor):
            self._note(value, path, holder, owner, attribute, of_layer=False)
        elif isinstance(value, FunctionType):
            self._look_into_closure(value, owner)
        else:
            self.seen.add(id(value))
            for part, item, inside in _items(value):
                self.look_at(item, path + part, inside if holder == "attribute" else holder, owner, attribute)

    def _look_at_module(self, found: nn.Module, path: str, holder: Holder, owner: str, attribute: str) -> None:
        for name, module in found.named_modules():
            place = f"{path}.{name}" if name else path
            self._note(module, place, holder, owner, attribute, of_layer=True)
            for own_name, tensor in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
                self._note(tensor, f"{place}.{own_name}", holder, owner, attribute, of_layer=True)
            self.look_into(module, place)

    def _look_into_closure(self, function: FunctionType, owner: str) -> None:
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if name != "__class__":
                with suppress(ValueError):  # an empty cell: its variable has no value yet
                    self.look_at(cell.cell_contents, name, "closure", owner, name)

    def _note(
        self, thing: nn.Module | Tensor, path: str, holder: Holder, owner: str, attribute: str, *, of_layer: bool
    ) -> None:
        self.seen.add(id(thing))
        if id(thing) not in self.registered:
            self.found.setdefault(id(thing), Holding(thing, path, holder, owner, attribute, of_layer))


def _items(value: Any) -> Iterator[tuple[str, Any, Holder]]:
    if isinstance(value, list):
        yield from ((f"[{number}]", item, "list") for number, item in enumerate(value))
    elif isinstance(value, tuple):
        yield from ((f"[{number}]", item, "tuple") for number, item in enumerate(value))
    elif isinstance(value, dict):
        yield from ((f"[{key!r}]", item, "dict") for key, item in value.items())
    elif isinstance(value, set | frozenset):
        yield from (("", item, "set") for item in value)
    elif hasattr(value, "__dict__") and not isinstance(value, type) and not type(value).__module__.startswith("torch"):
        yield from ((f".{name}", item, "object") for name, item in vars(value).items())
