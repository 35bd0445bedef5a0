"""Every layer and tensor of a class, and what is registered: two detectors compared, and no guess where they differ."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn

from netcore.model.modes import find_mode_dependent
from netcore.model.xray.edits import find_node
from netcore.model.xray.holdings import Holding, find_holdings
from netcore.model.xray.leaves import find_leaves
from netcore.model.xray.observation import Observation
from netcore.model.xray.places import Place
from netcore.model.xray.reasons import Reason, explain_ghost, explain_undecided
from netcore.model.xray.recorder import is_torch_layer
from netcore.model.xray.registering import find_unread_variable
from netcore.model.xray.text import Text

_LAST = 1_000_000_000
"""The step of what no step used."""

State = Literal["registered", "unused", "ghost", "stateless", "undecided", "lost"]


@dataclass(frozen=True, eq=False)
class Part:
    """A layer, or a tensor that belongs to no layer of torch's own."""

    thing: nn.Module | Tensor
    name: str
    state: State
    made: Place | None
    used: Place | None
    step: int
    """When it was first used; parts that were not used come last."""
    anew: bool
    """Whether forward makes it, and not ``__init__``."""
    reason: Reason | None = None
    holding: Holding | None = None


def find_parts(seen: Observation) -> list[Part]:
    """What forward used, in that order, then what it did not use."""
    assert seen.model is not None
    return _Sorter(seen, seen.model).sort()


class _Sorter:
    def __init__(self, seen: Observation, model: nn.Module) -> None:
        self.recorder, self.model, self.text = seen.recorder, model, Text(seen.network.source)
        self.names: dict[int, str] = {}
        for name, thing in (*model.named_modules(), *model.named_parameters(), *model.named_buffers()):
            self.names.setdefault(id(thing), name)
        self.holdings = find_holdings(model)
        self.leaves = {id(leaf): leaf for leaf in find_leaves(seen.output)}
        self.parts: dict[int, Part] = {}
        self.covered: set[int] = set()
        """The tensors of the layers that are parts."""
        layers = (call.module for call in self.recorder.calls if is_torch_layer(call.module))
        self.called = {id(inner) for layer in layers for inner in layer.modules()}
        held = (part.thing for part in self.holdings.values() if isinstance(part.thing, nn.Module))
        self.held = {id(own) for module in held for own in (*module.parameters(), *module.buffers())}
        """The tensors of the layers that are not registered."""

    def sort(self) -> list[Part]:
        for call in self.recorder.calls:
            if call.done and not call.is_inside_layer and (is_torch_layer(call.module) or self._is_stuck(call.module)):
                self._add_layer(call.module, call.place, call.step)
        for use in self.recorder.used.values():
            self._add_tensor(use.tensor, use.place, use.step)
        for leaf in self.leaves.values():
            if not self.recorder.is_computed(leaf):  # x.requires_grad_() makes a leaf of what is none of the network's
                self._add_tensor(leaf, None, _LAST)
        self._add_unused_registered()
        for holding in self.holdings.values():
            self._add_unused_holding(holding)
        for module in self.recorder.modules:
            self._add_lost(module)
        return sorted(self.parts.values(), key=lambda part: part.step)

    def _add_layer(self, module: nn.Module, used: Place | None, step: int) -> None:
        self.covered.update(id(tensor) for tensor in (*module.parameters(), *module.buffers()))
        if id(module) in self.parts or self._is_again(module):
            return
        if id(module) in self.names and id(module) not in self.recorder.made_in_forward:
            self._add(module, self.names[id(module)], "registered", used, step)
        elif not has_state(module) and not find_mode_dependent(module):
            self._add(module, self._name_of(module), "stateless", used, step)
        else:
            self._add_ghost(module, used, step)

    def _add_tensor(self, tensor: Tensor, used: Place | None, step: int) -> None:
        key = id(tensor)
        if key in self.covered or key in self.parts or self._is_again(tensor):
            return
        if key in self.names and key not in self.recorder.made_in_forward:
            self._add(tensor, self.names[key], "registered", used, step)
        elif self._is_ghost(tensor):
            self._add_ghost(tensor, used, step)
        else:
            shared = self._shared_with(tensor)
            reason = explain_undecided(self._name_of(tensor), shared, computed=tensor.grad_fn is not None)
            self._add(tensor, self._name_of(tensor), "undecided", used, step, reason)

    def _is_ghost(self, tensor: Tensor) -> bool:
        """Whether both detectors agree: it is used, none of forward's operations made it, and it stands by itself."""
        if id(tensor) in self.leaves or (tensor.requires_grad and id(tensor) in self.recorder.made_in_forward):
            return True
        return id(tensor) in self.holdings and tensor.grad_fn is None and not self._shared_with(tensor)

    def _add_ghost(self, thing: nn.Module | Tensor, used: Place | None, step: int) -> None:
        name = self._name_of(thing)
        anew = id(thing) in self.recorder.made_in_forward
        registered = id(thing) in self.names
        reason = explain_ghost(thing, name, self.holdings.get(id(thing)), anew=anew, registered=registered)
        self._add(thing, name, "ghost", used, step, reason)

    def _add_unused_registered(self) -> None:
        for module in self.model.modules():
            if is_torch_layer(module) and not self._is_used(module):
                self._add_unused(module, "unused", None)
                self.covered.update(id(own) for own in (*module.parameters(), *module.buffers()))
                self.called.update(id(inner) for inner in module.modules())
        for tensor in (*self.model.parameters(), *self.model.buffers()):
            if id(tensor) not in self.covered and id(tensor) not in self.parts:
                self._add_unused(tensor, "unused", None)

    def _add_unused_holding(self, holding: Holding) -> None:
        thing = holding.thing
        if isinstance(thing, Tensor):
            counts = thing.requires_grad and id(thing) not in self.held
        else:
            counts = is_torch_layer(thing) and has_state(thing) and not self._is_used(thing)
        if counts and id(thing) not in self.parts:
            reason = Reason(
                "{name} is not registered, and forward did not use it with this batch.",
                "If another input needs it, register it; else take it away.",
                (("name", holding.path),),
            )
            self._add_unused(thing, "undecided", reason)

    def _add_lost(self, module: nn.Module) -> None:
        """A layer that a variable of ``__init__`` named, and that nothing has kept."""
        known = id(module) in self.names or id(module) in self.holdings or id(module) in self.parts
        if known or id(module) in self.recorder.made_in_forward or not is_torch_layer(module):
            return
        made = self.recorder.made.get(id(module))
        name = find_unread_variable(self.text, made)
        if name:
            reason = Reason(
                "{name} is made, and nothing keeps it: it is gone when __init__ ends.",
                "Write self.{name}, or take the line away.",
                (("name", name),),
            )
            self.parts[id(module)] = Part(module, name, "lost", made, None, _LAST, False, reason)

    def _add_unused(self, thing: nn.Module | Tensor, state: State, reason: Reason | None) -> None:
        self._add(thing, self.names.get(id(thing)) or self._name_of(thing), state, None, _LAST, reason)

    def _add(
        self,
        thing: nn.Module | Tensor,
        name: str,
        state: State,
        used: Place | None,
        step: int,
        reason: Reason | None = None,
    ) -> None:
        made = self.recorder.made.get(id(thing))
        anew = id(thing) in self.recorder.made_in_forward
        self.parts[id(thing)] = Part(thing, name, state, made, used, step, anew, reason, self.holdings.get(id(thing)))

    def _name_of(self, thing: nn.Module | Tensor) -> str:
        holding = self.holdings.get(id(thing))
        if holding:
            return holding.path
        if id(thing) in self.names:
            return f"self.{self.names[id(thing)]}"
        node = find_node(self.text.tree, self.recorder.made.get(id(thing)), ast.expr)
        return self.text.quote(node) if node else type(thing).__name__

    def _is_stuck(self, module: nn.Module) -> bool:
        """Whether it is a student's own, asks for the mode, and is out of reach of eval()."""
        return id(module) not in self.names and any(not part.name for part in find_mode_dependent(module))

    def _is_used(self, module: nn.Module) -> bool:
        """Whether forward called it, or used its tensors without calling it."""
        tensors = (*module.parameters(), *module.buffers())
        return id(module) in self.called or any(id(own) in self.covered or id(own) in self.parts for own in tensors)

    def _is_again(self, thing: nn.Module | Tensor) -> bool:
        """Whether an earlier pass through forward has made the same thing at the same place."""
        made = self.recorder.made.get(id(thing))
        if id(thing) not in self.recorder.made_in_forward or made is None:
            return False
        return any(part.made == made and type(part.thing) is type(thing) for part in self.parts.values())

    def _shared_with(self, tensor: Tensor) -> str:
        """The registered tensor that lies in the same memory, by name; empty where none does."""
        pointer = tensor.untyped_storage().data_ptr()
        own = (*self.model.named_parameters(), *self.model.named_buffers())
        return next((name for name, other in own if other.untyped_storage().data_ptr() == pointer), "")


def has_state(module: nn.Module) -> bool:
    """Whether it holds parameters or buffers, which a ghost would lose."""
    return any(True for _ in module.parameters()) or any(True for _ in module.buffers())
