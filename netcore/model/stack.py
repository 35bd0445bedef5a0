"""A network as a list of layers: written, read, checked, built. Knows nothing of shapes (see trace)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netcore.errors import StackError
from netcore.model.catalogue import get_kind, shorten
from netcore.model.layers import Layer, make_layer
from netcore.seeds import seeded
from netcore.settings import MAX_LAYERS, MAX_PARAMETERS

if TYPE_CHECKING:
    from torch import nn

_MAX_TEXT = 8000
_MAX_DIGITS = 12
_HOW = "Write layers like linear(784,128), with commas between them."
_SEQUENTIAL = ("nn.Sequential", "torch.nn.Sequential", "Sequential", "sequential")
# What PyTorch code has around its layers: imports, the name that it gives them, and comments. Where a field of one line
# has swallowed the line breaks, the comments are those that our own code has beside each layer.
_BEFORE = re.compile(r"(?:\s|from torch import nn\b|import torch\b)*(?:[A-Za-z_][\w.]*\s*=)?")
_COMMENT = re.compile(r"# *(?:\[[^\]\n]*\]|does not fit)|#[^\n]*")
_STRANGE = re.compile(r"[^A-Za-z0-9_.,()\[\]=*+\-\s]")


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
        for number, layer in enumerate(self.layers, 1):
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
        PyTorch's ``model = nn.Sequential(...)`` is read too, comments included.
        Raises ``StackError`` that says which layer, what is wrong with it, and how to write it.
        """
        nodes = _parse_python(text)
        return cls(_number_errors(nodes, _read_layer))

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


def _number_errors(items: list[Any], read: Callable[[Any], Layer]) -> tuple[Layer, ...]:
    layers = []
    for number, item in enumerate(items, 1):
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


def _parse_python(text: str) -> list[ast.expr]:
    if len(text) > _MAX_TEXT:
        raise StackError("The text has {length} characters.", "Keep it under {most}.", length=len(text), most=_MAX_TEXT)
    text = _COMMENT.sub(" ", text)
    text = text[_BEFORE.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing at all, too
    strange = _STRANGE.search(text)
    if strange:
        raise StackError(
            "The character {character} in {words} means nothing here.",
            _HOW,
            character=strange.group(),
            words=shorten(text[max(0, strange.start() - 15) :]),
        )
    body = text.strip().removesuffix(",")
    if not body:
        raise StackError("The text is empty.", _HOW)
    try:
        tree = ast.parse(f"(\n{body}\n,)", mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise StackError(
            "The text cannot be read as a list of layers.",
            "Check the brackets and the commas: flatten, linear(784,128), relu.",
        ) from error
    return _spread(tree.body)


def _spread(node: ast.expr) -> list[ast.expr]:
    """The layers in a bracket or in a Sequential, one after the other."""
    items = [node]
    if isinstance(node, ast.Tuple | ast.List):
        items = node.elts
    elif isinstance(node, ast.Call) and not node.keywords and ast.unparse(node.func) in _SEQUENTIAL:
        items = node.args
    return items if items == [node] else [layer for item in items for layer in _spread(item)]


def _read_layer(node: ast.expr) -> Layer:
    if isinstance(node, ast.Call):
        kind = get_kind(_read_name(node.func))
        named = {keyword.arg: _read_value(keyword.value) for keyword in node.keywords if keyword.arg}
        if len(named) < len(node.keywords):  # a name given twice, or **names
            raise _unreadable(node)
        return make_layer(kind.name, *(_read_value(item) for item in node.args), **named)
    return make_layer(_read_name(node))


def _read_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("nn", "torch.nn"):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    raise StackError("{words} is not a layer.", _HOW, words=shorten(ast.unparse(node)))


def _read_value(node: ast.expr) -> object:
    """A number, True, False, or a bracket of numbers; products are multiplied. Nothing is ever evaluated."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Name) and node.id.lower() in ("true", "false"):
        return node.id.lower() == "true"
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_read_value(item) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _read_value(node.operand)
        if isinstance(value, int | float):
            return -value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _read_value(node.left), _read_value(node.right)
        if isinstance(left, int) and isinstance(right, int) and max(abs(left), abs(right)) < 10**_MAX_DIGITS:
            return left * right
    raise _unreadable(node)


def _unreadable(node: ast.expr) -> StackError:
    return StackError(
        "{words} cannot be read.",
        "Write numbers, True, False, or numbers in brackets: conv2d(1, 32, kernel_size=3, padding=1).",
        words=shorten(ast.unparse(node)),
    )
