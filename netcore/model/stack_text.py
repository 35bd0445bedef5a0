"""The text of a stack as expressions, one per layer: a list of layers, or the Sequential of a script. Runs nothing.

Where a field of one line has swallowed the line breaks of a script, its comments and statements are told apart again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from netcore.errors import StackError
from netcore.model.catalogue import shorten
from netcore.model.custom.anatomy import read_aliases, read_anatomy, read_functions
from netcore.model.custom.dotted import dotted_name
from netcore.model.custom.finding import Finding
from netcore.model.custom.making import find_makings
from netcore.model.custom.settling import Settler
from netcore.model.custom.text import parse_source
from netcore.model.custom.tidying import drop_commands, tidy_text
from netcore.model.usual_sizes import usual_size
from netcore.syntax import parse_python

HOW = "Write layers like linear(784,128), with commas between them."
_SEQUENTIAL = ("nn.Sequential", "torch.nn.Sequential", "Sequential", "sequential")
_HOMES = {"nn": "torch.nn", "torch": "torch", "OrderedDict": "collections.OrderedDict"}
"""What a text means that imports nothing."""
_MAX_TEXT = 8000
# What PyTorch code has around its layers: imports, the name that it gives them, and comments. Where a field of one line
# has swallowed the line breaks, the comments are those that our own code has beside each layer.
_BEFORE = re.compile(r"(?:\s|from torch import nn\b|import torch\b)*(?:[A-Za-z_][\w.]*\s*=)?")
_COMMENT = re.compile(r"# *(?:\[[^\]\n]*\]|does not fit)|#[^\n]*")
_STRANGE = re.compile(r"[^A-Za-z0-9_.,()\[\]=*+\-\s]")
_COMMENT_OF_ONE_LINE = re.compile(r"#.*?(?=(?:torch\.)?nn\.[A-Z]|\Z)")
_CLASS = re.compile(r"class\s+\w+\s*\(\s*(?:torch\.)?(?:nn\.)?Module\s*\)")
_BEGINNING = re.compile(r"(?:torch\.)?(?:nn\.)?Sequential\(")
_CONSTANT = re.compile(r"([A-Za-z_]\w*)\s*=\s*(\d[\d*+ ]*)")


@dataclass(frozen=True)
class StackText:
    """What a text says of a stack."""

    layers: list[ast.expr]
    assumed: Mapping[str, int]
    """By a name that the text gives no value: the number that such a name stands for."""
    names: tuple[str, ...]
    """What an ``OrderedDict`` calls its layers; the layers of a stack have numbers."""


def read_layers(text: str) -> StackText:
    """The layers of a list such as ``flatten, linear(784,128)`` or of code that makes an ``nn.Sequential``.

    Raises ``StackError`` that says what cannot be read, and how to write it.
    """
    if len(text) > _MAX_TEXT:
        raise StackError("The text has {length} characters.", "Keep it under {most}.", length=len(text), most=_MAX_TEXT)
    if _CLASS.search(text):
        raise StackError("This text is a class.", "Choose Turn it into a class, and paste it there.")
    try:
        return _read_list(text)
    except StackError:
        found = find_sequential(text) or find_sequential(_unfold(text))
        if found is None:
            raise
        return found


def find_sequential(source: str) -> StackText | None:
    """The layers of the last ``nn.Sequential`` that a script without a class makes, or of its ``model``."""
    tree = parse_source(drop_commands(tidy_text(source)))
    if isinstance(tree, Finding) or read_anatomy(tree).network:
        return None
    aliases = _HOMES | read_aliases(tree)
    settler = Settler(aliases, (), read_functions(tree), usual_size)

    def find_name(made: ast.expr) -> str | None:
        full = dotted_name(made.func, aliases) if isinstance(made, ast.Call) else None
        return "Sequential" if full == "torch.nn.Sequential" else None

    makings = [making for making in find_makings(tree, settler, find_name) if making.call]
    if not makings:
        return None
    usual = [making for making in makings if making.is_named_as_usual]
    call = (usual or makings)[-1].call
    assert call
    return StackText(_spread(_Shortener(aliases).visit(call)), settler.assumed, _find_names(call))


def _read_list(text: str) -> StackText:
    text = _COMMENT.sub(" ", text)
    text = text[_BEFORE.match(text).end() :]  # type: ignore[union-attr]  # it matches nothing at all, too
    strange = _STRANGE.search(text)
    if strange:
        raise StackError(
            "The character {character} in {words} means nothing here.",
            HOW,
            character=strange.group(),
            words=shorten(text[max(0, strange.start() - 15) :]),
        )
    body = text.strip().removesuffix(",")
    if not body:
        raise StackError("The text is empty.", HOW)
    try:
        tree = parse_python(f"(\n{body}\n,)", "<stack>", "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise StackError(
            "The text cannot be read as a list of layers.",
            "Check the brackets and the commas: flatten, linear(784,128), relu.",
        ) from error
    return StackText(_spread(tree.body), _find_usual_sizes(tree.body), ())


def _find_usual_sizes(tree: ast.expr) -> dict[str, int]:
    """The names among the values of the layers that plainly stand for a number."""
    values = [
        value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for value in (*call.args, *(keyword.value for keyword in call.keywords))
    ]
    names = {node.id for value in values for node in ast.walk(value) if isinstance(node, ast.Name)}
    return {name: size for name in sorted(names) for size in (usual_size(name),) if size}


def _spread(node: ast.expr) -> list[ast.expr]:
    """The layers in a bracket, a Sequential or an OrderedDict, one after the other."""
    items = [node]
    if isinstance(node, ast.Tuple | ast.List):
        items = node.elts
    elif isinstance(node, ast.Call) and not node.keywords and ast.unparse(node.func) in _SEQUENTIAL:
        items = node.args
    elif _is_ordered(node):
        items = [layer for _, layer in _read_pairs(node)]
    return items if items == [node] else [layer for item in items for layer in _spread(item)]


def _find_names(node: ast.expr) -> tuple[str, ...]:
    calls = [call for call in ast.walk(node) if _is_ordered(call)]
    names = [name for call in calls for name, _ in _read_pairs(call)]
    return tuple(name.value for name in names if isinstance(name, ast.Constant) and isinstance(name.value, str))


def _is_ordered(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and len(node.args) == 1 and ast.unparse(node.func).endswith("OrderedDict")


def _read_pairs(call: ast.Call) -> list[tuple[ast.expr | None, ast.expr]]:
    """The names and layers of ``OrderedDict({"fc1": layer})`` or ``OrderedDict([("fc1", layer)])``."""
    given = call.args[0]
    if isinstance(given, ast.Dict):
        return list(zip(given.keys, given.values, strict=True))
    items = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
    return [
        (item.elts[0], item.elts[1]) if isinstance(item, ast.Tuple | ast.List) and len(item.elts) == 2 else (None, item)
        for item in items
    ]


def _unfold(text: str) -> str:
    """A script whose line breaks were swallowed, as far as its Sequential goes, with its brackets closed."""
    plain = _COMMENT_OF_ONE_LINE.sub("", text)
    beginning = _BEGINNING.search(plain)
    if not beginning or "\n" in text:
        return ""
    constants = "".join(f"{name} = {value}\n" for name, value in _CONSTANT.findall(plain[: beginning.start()]))
    depth, end = 0, len(plain)
    for place in range(beginning.end() - 1, len(plain)):
        depth += (plain[place] in "([{") - (plain[place] in ")]}")
        if depth == 0:
            end = place + 1
            break
    return f"{constants}model = {plain[beginning.start() : end]}{')' * depth}"


class _Shortener(ast.NodeTransformer):
    """Writes each name of PyTorch by its last word, whatever the text has imported it as."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._aliases = aliases

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._shorten(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._shorten(node)

    def _shorten(self, node: ast.Attribute | ast.Name) -> ast.expr:
        full = dotted_name(node, self._aliases) or ""
        name = full.removeprefix("torch.nn.")
        return ast.copy_location(ast.Name(name, ast.Load()), node) if name != full and name.isidentifier() else node
