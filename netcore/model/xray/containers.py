"""What ``nn.Sequential``, ``nn.ModuleList`` and ``nn.ModuleDict`` cannot hold, in words, and the mend."""

from __future__ import annotations

import ast
import re
from typing import Any

from torch import nn

from netcore.model.custom.names import ENTRIES
from netcore.model.xray.diagnosis import Diagnosis
from netcore.model.xray.edits import Edit, find_node, find_statement, get_text, insert_after, insert_before, replace
from netcore.model.xray.places import Place
from netcore.model.xray.registering import find_prefix
from netcore.model.xray.text import Text

_NO_MODULE = re.compile(r"(?P<kind>\S+) is not a Module subclass")
_BAD_KEY = re.compile(
    r"attribute '(?P<taken>[^']*)' already exists|name can't contain \"\.\", got: (?P<dotted>[^'\"]+)"
)
_NEVER_CALLED = re.compile(r"Module \[(?P<kind>ModuleList|ModuleDict)\] is missing the required \"forward\"")
_MANY = frozenset(("list", "tuple", "generator", "ModuleList", "torch.nn.modules.container.ModuleList"))


def explain_container(text: Text, error: Exception, place: Place | None) -> Diagnosis | None:
    """Why a container of layers cannot take what the text gives it; None where the error is another one."""
    line = place.line if place else 1
    if isinstance(error, NotImplementedError) and (found := _NEVER_CALLED.search(str(error))):
        return _explain_call(text, found["kind"], line, place)
    if isinstance(error, TypeError) and (found := _NO_MODULE.search(str(error))):
        return _explain_item(text, found["kind"], line, place)
    if isinstance(error, KeyError) and error.args and (key := _BAD_KEY.search(str(error.args[0]))):
        return _explain_key(text, key["taken"] or key["dotted"], line, place)
    return None


def _explain_item(text: Text, kind: str, line: int, place: Place | None) -> Diagnosis | None:
    call = find_node(text.tree, place, ast.Call)
    name = kind.rpartition(".")[2]
    words = text.quote(call) if call else text.class_name
    values: tuple[tuple[str, Any], ...] = (("words", words), ("kind", name))
    if (kind in _MANY or kind.endswith("<genexpr>")) and call:
        name = "generator" if kind.endswith("<genexpr>") else name
        values = (("words", words), ("kind", name))
        given = next((part for part in call.args if not isinstance(part, ast.Call | ast.Starred)), None)
        what = "{words} is given a {kind}, and takes its layers one by one."
        if given is None:
            return Diagnosis(line, what, "Write a star before it.", values)
        written = get_text(text.source, given)
        edit = replace(given, f"(*{written})") if isinstance(given, ast.GeneratorExp) else insert_before(given, "*")
        short = "(...)" if isinstance(given, ast.GeneratorExp) else text.quote(given)
        label = f"{text.quote(call.func)}(*{short})"
        return Diagnosis(line, what, "Write {label}.", (*values, ("label", label)), label, (edit,))
    layer = _find_layer(name) if name == name.lower() else name
    bare = [node for node in _find_uncalled(text) if ast.unparse(node).rpartition(".")[2] == name]
    if layer is None or not bare:
        what = "{words} holds a value of type {kind}, which is no layer."
        return Diagnosis(line, what, "Take it out, and call it in forward.", values)
    edits: tuple[Edit, ...]
    if layer == name:
        what, edits = (
            "{words} holds the class {kind}, and no layer of it.",
            tuple(insert_after(part, "()") for part in bare),
        )
        label = f"{text.quote(bare[0])}()"
        return Diagnosis(line, what, "Write {label}, with brackets.", (*values, ("label", label)), label, edits)
    label = f"{find_prefix(text)}{layer}()"
    what, edits = "{words} holds the function {kind}, and takes layers.", tuple(replace(part, label) for part in bare)
    return Diagnosis(line, what, "Write {label}.", (*values, ("label", label)), label, edits)


def _explain_call(text: Text, kind: str, line: int, place: Place | None) -> Diagnosis:
    """Why a container that only holds its layers cannot be called; an ``nn.Sequential`` calls them in turn."""
    call = find_node(text.tree, place, ast.expr)
    values: tuple[tuple[str, Any], ...] = (("words", text.quote(call) if call else text.class_name), ("kind", kind))
    what = "{words} calls an nn.{kind}, which holds its layers and does not call them."
    made = [
        node
        for node in ast.walk(text.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == kind and len(node.args) == 1
    ]
    if kind != "ModuleList" or len(made) != 1:
        return Diagnosis(line, what, "Call each of them in forward, or put them into an nn.Sequential.", values)
    given, maker = made[0].args[0], f"{find_prefix(text)}Sequential"
    label = f"{maker}(*{text.quote(given)})"
    edit = replace(made[0], f"{maker}(*{get_text(text.source, given)})")
    return Diagnosis(line, what, "Write {label}.", (*values, ("label", label)), label, (edit,))


def _explain_key(text: Text, key: str, line: int, place: Place | None) -> Diagnosis:
    statement = find_statement(text.tree, place)
    held = [node.value for node in ast.walk(statement) if isinstance(node, ast.Constant)] if statement else []
    keys = dict.fromkeys((key, *(value for value in held if isinstance(value, str) and _why(value))))
    given = {old: old.replace(".", "_") if "." in old else f"{old}_" for old in keys}
    edits = tuple(
        replace(node, f'"{given[node.value]}"')
        for node in _walk_texts(text.tree)
        if isinstance(node.value, str) and node.value in given
    )
    reasons = ", ".join(f'"{old}" {_why(old) or "is the name of another attribute"}' for old in keys)
    label = ", ".join(f'"{new}"' for new in given.values())
    what = "{words} cannot give its layers these names: {reasons}."
    node = find_node(text.tree, place, ast.expr)
    values = (("words", text.quote(node or statement or text.tree)), ("reasons", reasons), ("label", label))
    return Diagnosis(line, what, "Write {label}.", values, label, edits)


def _why(key: str) -> str:
    """Why no layer can have that key in an ``nn.ModuleDict``; nothing where one can."""
    if "." in key:
        return "holds a dot"
    return "is a name that nn.ModuleDict has itself" if hasattr(nn.ModuleDict, key) else ""


def _walk_texts(tree: ast.AST) -> list[ast.Constant]:
    """The constants of a text, without the pieces of f-strings, whose places Python does not know."""
    pieces = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    return [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in pieces]


def _find_uncalled(text: Text) -> list[ast.expr]:
    """What stands in brackets or in a list without brackets of its own: ``nn.ReLU`` in ``[nn.ReLU, nn.Tanh()]``."""
    found: list[ast.expr] = []
    for node in ast.walk(text.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) not in ("isinstance", "issubclass"):
            found += node.args
        elif isinstance(node, ast.List | ast.Tuple):
            found += node.elts
        elif isinstance(node, ast.Dict):
            found += node.values
    return [node for node in found if isinstance(node, ast.Attribute | ast.Name)]


def _find_layer(function: str) -> str | None:
    """``ReLU`` for the function ``relu``; None where no layer does the same without sizes."""
    plain = function.replace("_", "")
    names = (name.removeprefix("torch.nn.") for name in ENTRIES if name.rpartition(".")[0] == "torch.nn")
    return next((name for name in sorted(names) if name.lower() == plain and name != function), None)
