"""A network as a list of layers: written, read, checked, built. Knows nothing of shapes (see trace)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netcore.errors import StackError
from netcore.model.catalogue import get_kind, shorten
from netcore.model.layers import Layer, make_layer
from netcore.model.stack_text import HOW, StackText, find_sequential, read_layers
from netcore.seeds import seeded
from netcore.settings import MAX_LAYERS, MAX_PARAMETERS

if TYPE_CHECKING:
    from torch import nn

_MAX_DIGITS = 12


@dataclass(frozen=True)
class Stack:
    """Layers one after the other: the output of each is the input of the next, as in ``nn.Sequential``.

    A ``Stack`` that exists is within the limits (1 to ``MAX_LAYERS`` layers, at most ``MAX_PARAMETERS`` parameters);
    the constructor raises ``StackError`` otherwise. Whether its layers fit one another is what ``trace`` finds out.
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise StackError(
                "The network has {count} layers.",
                "Give it 1 to {most} layers.",
                count=len(self.layers),
                most=MAX_LAYERS,
            )
        total = 0
        for number, layer in enumerate(self.layers):
            total += layer.parameters
            if total > MAX_PARAMETERS:
                raise StackError(
                    "Layer {number}, {layer}, brings the network to {total} parameters, and {most} are the limit.",
                    "Make the layer smaller.",
                    number=number,
                    layer=layer.code,
                    total=f"{total:,}",
                    most=f"{MAX_PARAMETERS:,}",
                )

    @classmethod
    def parse(cls, text: str) -> Stack:
        """The stack written as ``flatten, linear(784,128), relu, linear(128,10)``; ``str(stack)`` gives it back.

        Spaces, case and a leading ``nn.`` do not matter; arguments go by place or by name; ``28*28`` is multiplied.
        PyTorch's ``model = nn.Sequential(...)`` is read too, with what stands around it in a script.
        Raises ``StackError`` that says which layer, what is wrong with it, and how to write it.
        """
        return read_stack(text).stack

    @classmethod
    def from_json(cls, value: object) -> Stack:
        """The stack that ``to_json`` wrote. Every type and range is checked again: the file may be anybody's."""
        layers = value.get("layers") if isinstance(value, dict) else None
        if not isinstance(layers, list):
            raise StackError("This is not a saved network.", "It needs a list called layers.")
        return cls(_number_errors(layers[: MAX_LAYERS + 1], _layer_from_json))

    def __str__(self) -> str:
        return ", ".join(str(layer) for layer in self.layers)

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(layer.parameters for layer in self.layers)

    def to_json(self) -> dict[str, Any]:
        """JSON types: the layers with all of their arguments."""
        return {"layers": [layer.to_json() for layer in self.layers]}

    def build(self, seed: int | None = None) -> nn.Sequential:
        """The network on the CPU with fresh weights, the same for the same ``seed``."""
        from torch import nn

        if seed is None:
            return nn.Sequential(*(layer.build() for layer in self.layers))
        with seeded(seed):
            return self.build()

    def insert(self, place: int, *layers: Layer) -> Stack:
        """A stack with ``layers`` before the layer at ``place`` (from 0; the length appends)."""
        return Stack((*self.layers[:place], *layers, *self.layers[place:]))

    def replace(self, place: int, *layers: Layer) -> Stack:
        """A stack with ``layers``, or nothing, instead of the layer at ``place`` (from 0)."""
        return Stack((*self.layers[:place], *layers, *self.layers[place + 1 :]))

    def swap(self, place: int, other: int) -> Stack:
        """A stack in which the layers at the two places (from 0) have changed places."""
        layers = list(self.layers)
        layers[place], layers[other] = layers[other], layers[place]
        return Stack(tuple(layers))


@dataclass(frozen=True)
class ReadStack:
    """A stack that was read from a text."""

    stack: Stack
    assumed: tuple[tuple[str, int], ...]
    """The names to which the text gives no value, and the number that each stands for: ``("nbClasses", 10)``."""
    names: tuple[str, ...]
    """The names that an ``OrderedDict`` of the text gives to its layers: a stack numbers them."""


def read_stack(text: str) -> ReadStack:
    """``Stack.parse``, with what it assumed (``nbClasses`` stands for 10) and the names of layers that it left out."""
    return _to_stack(read_layers(text))


def find_stack(source: str) -> ReadStack | None:
    """The stack of the ``nn.Sequential`` that a script makes; None where it makes none.

    Raises ``StackError`` where it makes one with a layer that a stack does not have.
    """
    found = find_sequential(source)
    return _to_stack(found) if found else None


def _to_stack(text: StackText) -> ReadStack:
    layers = _number_errors(text.layers, lambda node: _read_layer(node, text.assumed))
    return ReadStack(Stack(layers), tuple(text.assumed.items()), text.names)


def _number_errors(items: list[Any], read: Callable[[Any], Layer]) -> tuple[Layer, ...]:
    layers = []
    for number, item in enumerate(items):
        try:
            layers.append(read(item))
        except StackError as error:
            raise StackError(
                "Layer {number}: " + error.what, error.cure, **{**error.values, "number": number}
            ) from error
    return tuple(layers)


def _layer_from_json(value: object) -> Layer:
    if not isinstance(value, dict) or not isinstance(value.get("layer"), str):
        raise StackError("this is not a saved layer.", "It needs a name called layer.")
    return make_layer(value["layer"], **{str(name): item for name, item in value.items() if name != "layer"})


def _read_layer(node: ast.expr, sizes: Mapping[str, int]) -> Layer:
    if isinstance(node, ast.Call):
        kind = get_kind(_read_name(node.func))
        named = {keyword.arg: _read_value(keyword.value, sizes) for keyword in node.keywords if keyword.arg}
        if len(named) < len(node.keywords):  # a name given twice, or **names
            raise _unreadable(node)
        return make_layer(kind.name, *(_read_value(item, sizes) for item in node.args), **named)
    return make_layer(_read_name(node))


def _read_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("nn", "torch.nn"):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    raise StackError("{words} is not a layer.", HOW, words=shorten(ast.unparse(node)))


def _read_value(node: ast.expr, sizes: Mapping[str, int]) -> object:
    """A number, True, False, or a bracket of numbers; products are multiplied. Nothing is ever evaluated."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Name) and node.id.lower() in ("true", "false"):
        return node.id.lower() == "true"
    if isinstance(node, ast.Name) and node.id in sizes:
        return sizes[node.id]
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_read_value(item, sizes) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _read_value(node.operand, sizes)
        if isinstance(value, int | float):
            return -value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _read_value(node.left, sizes), _read_value(node.right, sizes)
        if isinstance(left, int) and isinstance(right, int) and max(abs(left), abs(right)) < 10**_MAX_DIGITS:
            return left * right
    raise _unreadable(node)


def _unreadable(node: ast.expr) -> StackError:
    if isinstance(node, ast.Name):
        return StackError(
            "{words} has no value in this text.", "Write its number in its place.", words=shorten(node.id)
        )
    return StackError(
        "{words} cannot be read.",
        "Write numbers, True, False, or numbers in brackets: conv2d(1, 32, kernel_size=3, padding=1).",
        words=shorten(ast.unparse(node)),
    )
