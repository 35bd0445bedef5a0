"""One step of a forward pass while it is recorded, and what it and its tensors are called. Knows no hooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netcore.model.graph.arithmetic import write_flops
from netcore.model.graph.nodes import Line, NodeKind
from netcore.model.shape import Shape
from netcore.model.tensors import FlopCounter, tensors_in
from netcore.model.xray.holdings import find_holdings


@dataclass(eq=False)
class Step:
    """A node of the graph while it is made."""

    kind: NodeKind
    name: str
    code: str
    module: nn.Module | None = None
    given: Sequence[Tensor] = ()
    tensors: Sequence[tuple[str, Tensor]] = ()
    """The parameters that belong to it."""
    identity: str = ""
    group: str = ""
    call: int = 1
    line: Line | None = None
    inputs: tuple[Shape, ...] = ()
    outputs: tuple[Shape, ...] = ()
    flops: int = 0
    flop_terms: Sequence[str] = ()
    saved_bytes: int = 0
    in_place: bool = False
    is_registered: bool = True
    finished: bool = False
    versions: Sequence[int] = ()
    counted: tuple[int, int, int] = (0, 0, 0)
    """FLOPs, their terms and saved bytes that were counted when it began."""


class Tally(FlopCounter):
    """Also writes down how the numbers come about."""

    def __init__(self) -> None:
        super().__init__()
        self.terms: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        before = self.total
        result = super().__torch_dispatch__(func, types, args, kwargs)
        if self.total > before:
            self.terms.append(write_flops(func._overloadpacket.__name__, args, result, self.total - before))
        return result


def find_parts(model: nn.Module) -> tuple[dict[nn.Module, str], dict[int, str]]:
    """The modules of ``model`` with their names, and the names of its tensors by ``id``: ghosts too."""
    modules = {module: name for name, module in model.named_modules()}
    tensors = {id(tensor): name for name, tensor in (*model.named_parameters(), *model.named_buffers())}
    for holding in find_holdings(model).values():
        path = holding.path.removeprefix("self.")
        if isinstance(holding.thing, nn.Module):
            modules.setdefault(holding.thing, path)
        else:
            tensors.setdefault(id(holding.thing), path)
    return modules, tensors


def name_of(function: Any) -> str:
    """``add``, ``relu_``, ``getitem``; for an attribute such as ``x.T`` its name."""
    name = str(getattr(function, "__name__", function))
    if name == "__get__":
        return str(function.__self__.__name__)
    return name.removeprefix("__").removesuffix("__")


def write_arguments(arguments: Sequence[Any]) -> str:
    """The plain ones among a function's arguments, as Python writes them."""
    kinds = (bool, int, float, str, tuple, list, torch.dtype)
    plain = [value for value in arguments if isinstance(value, kinds) and not tensors_in(value)]
    text = ", ".join(repr(tuple(value) if isinstance(value, torch.Size) else value) for value in plain)
    return text if len(text) <= 60 else f"{text[:59]}…"


def find_tensors(value: Any, name: str) -> Iterator[tuple[str, Tensor]]:
    """The tensors of what ``forward`` gave back, as one would write each: ``output[0]``, ``output['digit']``."""
    if isinstance(value, Tensor):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from find_tensors(item, f"{name}[{key!r}]")
    elif isinstance(value, tuple | list):
        for number, item in enumerate(value):
            yield from find_tensors(item, f"{name}[{number}]")
