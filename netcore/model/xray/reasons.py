"""Why something is not registered, in words. Knows nothing of how it was found, or of the mend."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn

from netcore.model.xray.holdings import Holding


@dataclass(frozen=True)
class Reason:
    """A sentence and its cure, with the names of ``values`` in them."""

    what: str
    cure: str
    values: tuple[tuple[str, Any], ...] = ()


_LAYERS = MappingProxyType(
    {
        "list": (
            "{name} stands in a plain list: nn.Module finds the layers that are attributes, not those inside a list.",
            "Make the list an nn.ModuleList.",
        ),
        "tuple": (
            "{name} stands in a tuple: nn.Module finds the layers that are attributes, not those inside a tuple.",
            "Make it an nn.ModuleList.",
        ),
        "set": ("{name} stands in a set: nn.Module does not find layers there.", "Make it an nn.ModuleList."),
        "dict": (
            "{name} stands in a plain dict: nn.Module finds the layers that are attributes, not those inside a dict.",
            "Make the dict an nn.ModuleDict.",
        ),
    }
)
_TENSORS = MappingProxyType(
    {
        "attribute": (
            "{name} is a bare tensor: it gets a gradient, and no optimizer moves it.",
            "Make it an nn.Parameter.",
        ),
        "list": (
            "{name} stands in a plain list: it gets a gradient, and no optimizer moves it.",
            "Make the list an nn.ParameterList.",
        ),
        "tuple": (
            "{name} stands in a tuple: it gets a gradient, and no optimizer moves it.",
            "Make it an nn.ParameterList.",
        ),
        "dict": (
            "{name} stands in a plain dict: it gets a gradient, and no optimizer moves it.",
            "Give each its name on the network: self.scale = nn.Parameter(…).",
        ),
    }
)
_BOTH = MappingProxyType(
    {
        "attribute": ("{name} went around nn.Module's own way of keeping attributes.", "Write self.name = … for it."),
        "object": (
            "{name} belongs to an object whose class does not derive nn.Module.",
            "Derive that class from nn.Module, and begin its __init__ with super().__init__().",
        ),
        "class": ("{name} belongs to the class and not to the network.", "Make it in __init__, as self.name = …"),
        "closure": (
            "{name} is a local variable, which only an inner function remembers.",
            "Keep it on the network: self.{name}.",
        ),
        "global": ("{name} is a variable outside of the class.", "Make it in __init__, as self.name = …"),
        "": (
            "{name} gets a gradient, and no attribute of the network leads to it: no optimizer moves it.",
            "Make it in __init__, as self.name = …",
        ),
    }
)


def explain_ghost(
    thing: nn.Module | Tensor, name: str, holding: Holding | None, *, anew: bool, registered: bool
) -> Reason:
    """Why forward uses something that no optimizer, no ``state_dict()`` and no ``.to()`` reaches."""
    values = (("name", name),)
    if anew and isinstance(thing, nn.Module) and not any(True for _ in thing.parameters()):
        what = "{name} is made anew each time that forward runs, in train(): eval() does not reach it."
        return Reason(what, "Make it once, in __init__.", values)
    if anew and registered:
        what = "{name} is made when forward first runs: an optimizer made before that does not know it."
        return Reason(what, "Make it in __init__.", values)
    if anew:
        what = "{name} is made anew each time that forward runs: it begins with fresh numbers and learns nothing."
        return Reason(what, "Make it once, in __init__.", values)
    holder = holding.holder if holding else ""
    if (
        isinstance(thing, Tensor)
        and not thing.requires_grad
        and holder in ("attribute", "list", "tuple", "dict", "set")
    ):
        what = "{name} is a bare tensor: state_dict() does not hold it, and .to(…) does not reach it."
        cure = "Register it as a buffer." if holder == "attribute" else "Register each with register_buffer."
        return Reason(what, cure, values)
    table = _TENSORS if isinstance(thing, Tensor) and not (holding and holding.of_layer) else _LAYERS
    what, cure = table.get(holder) or _BOTH.get(holder) or _BOTH[""]
    return Reason(what, cure, values)


def explain_undecided(name: str, shared: str, *, computed: bool) -> Reason:
    """Why neither can be said of a tensor."""
    values = (("name", name), ("shared", shared))
    if shared:
        return Reason(
            "{name} lies in the memory of {shared}: it moves with it now, and .to(…) would part them.",
            "Compute it in forward, from self.{shared}.",
            values,
        )
    if computed:
        what = (
            "{name} was computed once, before forward: its value stays, whatever becomes of what it was computed from."
        )
        return Reason(what, "Compute it in forward.", values)
    what = "{name} is used, and neither an operation of forward made it nor does an attribute lead to it."
    return Reason(what, "Keep it on the network, with register_buffer or as an nn.Parameter.", values)
