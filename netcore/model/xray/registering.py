"""The mends that make a network keep its layers: edits of the text, from where the layers stand now."""

from __future__ import annotations

import ast
import builtins
from types import MappingProxyType
from typing import Literal

from netcore.model.custom.scopes import all_arguments, bound_names
from netcore.model.xray.edits import (
    Edit,
    find_node,
    find_statement,
    get_text,
    insert_after,
    insert_before,
    replace,
    wrap,
)
from netcore.model.xray.places import Place
from netcore.model.xray.text import Text, is_self

Container = Literal["ModuleList", "ModuleDict", "ParameterList", "Parameter"]


IMPORTS = MappingProxyType(
    {
        "torch": "import torch",
        "nn": "from torch import nn",
        "F": "import torch.nn.functional as F",
        "math": "import math",
    }
)
"""The names that everybody writes, and the lines that import them."""


def keep_on_self(text: Text, name: str, made: ast.stmt) -> tuple[Edit, ...]:
    """Turn the variable ``name``, made in ``__init__``, into ``self.name``: there and wherever it is used."""
    here = text.find_function(Place("", made.lineno, 0, made.lineno, 0))
    edits = []
    for function in _find_functions(text):
        own = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
        nodes = [node for node in _walk_function(function) if isinstance(node, ast.Name) and node.id == name]
        stores = any(isinstance(node.ctx, ast.Store) for node in nodes)
        if function is here or (name not in own and not stores):
            edits += [insert_before(node, "self.") for node in nodes]
    return tuple(edits)


def keep_argument(text: Text, name: str) -> tuple[Edit, ...]:
    """Keep an argument of ``__init__`` as ``self.name``, and ask for that wherever another method uses it."""
    edits = []
    for owner in (node for node in text.tree.body if isinstance(node, ast.ClassDef)):
        methods = [part for part in owner.body if isinstance(part, ast.FunctionDef)]
        init = next((part for part in methods if part.name == "__init__" and _takes(part, name)), None)
        if init:
            edits.append(_add_to_init(text, owner, init, f"self.{name} = {name}"))
            others = [part for part in methods if part is not init and name not in bound_names(part)]
            nodes = (node for part in others for node in ast.walk(part))
            edits += [insert_before(node, "self.") for node in nodes if isinstance(node, ast.Name) and node.id == name]
    return tuple(edits)


def _takes(function: ast.FunctionDef, name: str) -> bool:
    return name in {argument.arg for argument in all_arguments(function.args)}


def put_in_container(text: Text, owner: str, attribute: str, kind: Container) -> tuple[Edit, ...]:
    """Wrap what the class ``owner`` assigns to ``self.attribute``: ``nn.ModuleList([...])``, ``nn.Parameter(...)``."""
    edits: list[Edit] = []
    for statement in _find_values(text, owner, attribute):
        if statement.value:
            edits += _wrap_display(statement.value, f"{find_prefix(text)}{kind}")
    return tuple(edits)


def register_buffer(text: Text, owner: str, attribute: str) -> tuple[Edit, ...]:
    """``self.register_buffer("mask", …)`` in place of ``self.mask = …``."""
    edits: list[Edit] = []
    for statement in _find_values(text, owner, attribute):
        if statement.value:
            head = insert_before(statement.value, f'self.register_buffer("{attribute}", ')
            edits.append(Edit(statement.lineno, statement.col_offset, head.line, head.column, head.text))
            edits.append(insert_after(statement, ")"))
    return tuple(edits)


def move_to_init(text: Text, made: Place, code: str | None, wrapper: str = "") -> tuple[tuple[Edit, ...], str]:
    """Make in ``__init__`` what ``forward`` makes anew each time, and the name under which the network keeps it.

    ``code`` is what to write where the text depends on variables of ``forward``. No edits where that is not known.
    """
    node, function = find_node(text.tree, made, ast.Call), text.find_function(made)
    owner = _find_class(text, function) if function else None
    if node is None or function is None or owner is None:
        return (), ""
    free = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
    outer = {*text.anatomy.aliases, *text.anatomy.classes, *dir(builtins)}
    written = ast.unparse(node) if free <= outer else code
    if written is None:
        return (), ""
    name = _choose_name(text, node, made)
    line = f"self.{name} = {wrapper}({written})" if wrapper else f"self.{name} = {written}"
    return (replace(node, f"self.{name}"), _add_to_init(text, owner, function, line)), name


def wrap_whole(text: Text, made: Place) -> tuple[Edit, ...]:
    """``self.w = nn.Parameter(torch.randn(3) * 0.1)`` in place of ``self.w = nn.Parameter(torch.randn(3)) * 0.1``."""
    call, statement = find_node(text.tree, made, ast.Call), find_statement(text.tree, made)
    if not isinstance(statement, ast.Assign) or call is None or statement.value is call or not call.args:
        return ()
    inner = get_text(text.source, call.args[0]) if is_parameter(call) else get_text(text.source, call)
    start, end = statement.value, statement.value
    return (insert_before(start, f"{find_prefix(text)}Parameter("), replace(call, inner), insert_after(end, ")"))


def is_parameter(call: ast.Call) -> bool:
    """Whether the call makes an ``nn.Parameter``."""
    return isinstance(call.func, ast.Attribute | ast.Name) and ast.unparse(call.func).split(".")[-1] == "Parameter"


def find_lost(text: Text, name: str, place: Place | None) -> ast.Assign | ast.AnnAssign | None:
    """Where another function gives a value to a variable of that name."""
    here = text.find_function(place) if place else None
    for node in text.find_assignments(name, attribute=False):
        function = text.find_function(Place("", node.lineno, 0, node.lineno, 0))
        if function and function is not here and function.name == "__init__":
            return node
    return None


def add_import(text: Text, addition: str) -> Edit:
    """Put the line ``addition`` before the first import."""
    lines = (node for node in text.tree.body if getattr(node, "module", "") != "__future__")
    first = next((node for node in lines if isinstance(node, ast.Import | ast.ImportFrom)), text.tree.body[0])
    return insert_before(first, addition + "\n")


def find_unread_variable(text: Text, made: Place | None) -> str:
    """The variable that is given what was made at that place, where its function never reads it; else nothing."""
    statement = find_statement(text.tree, made)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    function = text.find_function(made) if made else None
    if not isinstance(target, ast.Name) or function is None:
        return ""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == target.id]
    return target.id if all(isinstance(node.ctx, ast.Store) for node in names) else ""


def find_prefix(text: Text) -> str:
    """How this text writes ``torch.nn.``"""
    for alias, name in text.anatomy.aliases.items():
        if name == "torch.nn":
            return f"{alias}."
    return "torch.nn."


def _find_functions(text: Text) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(text.tree) if isinstance(node, ast.FunctionDef)]


def _walk_function(function: ast.FunctionDef) -> list[ast.AST]:
    """Its nodes, without those of functions of its own that are visited by themselves."""
    inner = {
        id(item)
        for node in ast.walk(function)
        if isinstance(node, ast.FunctionDef) and node is not function
        for item in ast.walk(node)
    }
    return [node for node in ast.walk(function) if id(node) not in inner]


def _find_class(text: Text, function: ast.FunctionDef) -> ast.ClassDef | None:
    classes = [node for node in ast.walk(text.tree) if isinstance(node, ast.ClassDef)]
    return next((node for node in classes if function in node.body), None)


def _find_values(text: Text, owner: str, attribute: str) -> list[ast.Assign | ast.AnnAssign]:
    """The statements in which the class gives its attribute a value, and only that."""
    classes = [node for node in ast.walk(text.tree) if isinstance(node, ast.ClassDef) and node.name == owner]
    inside = {id(node) for found in classes for node in ast.walk(found)}
    statements = text.find_assignments(attribute, attribute=True)
    return [
        node
        for node in statements
        if id(node) in inside and (isinstance(node, ast.AnnAssign) or len(node.targets) == 1)
    ]


def _wrap_display(node: ast.expr, kind: str) -> list[Edit]:
    """``kind(...)`` around a list, and around the lists inside it."""
    if isinstance(node, ast.List | ast.Dict) and not ast.unparse(node).strip("[]{}"):
        return [replace(node, f"{kind}()")]
    bare = isinstance(node, ast.Tuple) and node.elts and node.col_offset == node.elts[0].col_offset
    before, after = wrap(node, f"{kind}((", "))") if bare else wrap(node, f"{kind}(", ")")
    items = (
        node.elts if isinstance(node, ast.List | ast.Tuple) else [node.elt] if isinstance(node, ast.ListComp) else []
    )
    lists = [item for item in items if isinstance(item, ast.List | ast.Tuple | ast.ListComp)]
    return [before, *(edit for item in lists for edit in _wrap_display(item, kind)), after]


def _choose_name(text: Text, node: ast.Call, made: Place) -> str:
    statement = find_statement(text.tree, made)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and statement.value is node else None
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "layer")
    name = target.id if isinstance(target, ast.Name) else called.lower()
    taken = {item.attr for item in ast.walk(text.tree) if isinstance(item, ast.Attribute) and is_self(item, item.attr)}
    return next(item for item in (name, *(f"{name}{number}" for number in range(2, 1000))) if item not in taken)


def _add_to_init(text: Text, owner: ast.ClassDef, forward: ast.FunctionDef, line: str) -> Edit:
    for node in owner.body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            last = node.body[-1]
            end = last.end_lineno or last.lineno
            width = len(text.source.splitlines()[end - 1].encode())
            return Edit(end, width, end, width, f"\n{' ' * node.body[0].col_offset}{line}")
    indent = " " * forward.col_offset
    body = f"\n{indent}    super().__init__()\n{indent}    {line}\n\n{indent}"
    return insert_before(forward, f"def __init__(self):{body}")
