"""The names that a text gives to layers and buffers by a call: literals, and numbers in them. Runs nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from netcore.model.custom.scopes import all_arguments, bound_names

REGISTERING = frozenset(("add_module", "register_buffer", "register_module", "register_parameter"))
"""The methods of ``nn.Module`` whose first argument, ``name``, is the name of what they keep."""

_NUMBER = "\0"
"""Stands in a name for a number that the text works out."""
_PLACE = re.compile(r"%[-+0 ]*\d*[dis]")


def is_registering(call: ast.Call) -> bool:
    """Whether a call gives its network something under a name."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in REGISTERING


def name_of(call: ast.Call) -> ast.expr | None:
    """The expression for the name in ``register_buffer("mean", ...)`` and its like; None where it gives none."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "name"]
    return next(iter((*call.args[:1], *named)), None)


def read_name(node: ast.expr, around: tuple[ast.AST, ...]) -> str | None:
    """The name as far as it stands there, with ``_NUMBER`` for each number; None where more than numbers is left open.

    ``around`` are the functions and the text that it stands in, the innermost first.
    """
    match node:
        case ast.Constant(value=str(text)):
            return text.replace(_NUMBER, "")
        case ast.JoinedStr():
            return _join(_read_piece(part, around) for part in node.values)
        case ast.BinOp(op=ast.Add()):
            return _join(read_name(part, around) for part in (node.left, node.right))
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            numbers = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            return _PLACE.sub(_NUMBER, text) if all(_is_number(part, around) for part in numbers) else None
        case ast.Call(func=ast.Name(id="str"), args=[number], keywords=[]):
            return _NUMBER if _is_number(number, around) else None
    return None


def matches(name: str) -> Callable[[str], re.Match[str] | None]:
    """Tells whether a word is one of the names that ``read_name`` stands for."""
    return re.compile(r"[-+]?\d+".join(map(re.escape, name.split(_NUMBER)))).fullmatch


def _read_piece(part: ast.expr, around: tuple[ast.AST, ...]) -> str | None:
    if not isinstance(part, ast.FormattedValue):
        return read_name(part, around)
    if part.conversion == -1 and _is_number(part.value, around):
        return _NUMBER
    return None if part.format_spec else read_name(part.value, around)


def _join(pieces: Iterator[str | None]) -> str | None:
    found = list(pieces)
    return None if None in found else "".join(piece or "" for piece in found)


def _is_number(node: ast.expr, around: tuple[ast.AST, ...], assumed: frozenset[str] = frozenset()) -> bool:
    """``assumed`` are the names that are being asked about already, as in ``i = i + 1``."""
    match node:
        case ast.Constant():
            return isinstance(node.value, int)
        case ast.BinOp():
            return _is_number(node.left, around, assumed) and _is_number(node.right, around, assumed)
        case ast.UnaryOp():
            return _is_number(node.operand, around, assumed)
        case ast.Call(func=ast.Name(id="len" | "int")):
            return True
        case ast.Name() if node.id not in assumed:
            owner = next((scope for scope in around if node.id in bound_names(scope)), None)
            return owner is not None and all(_find_bindings(owner, node.id, around, assumed | {node.id}))
        case ast.Name():
            return True
    return False


def _find_bindings(owner: ast.AST, name: str, around: tuple[ast.AST, ...], assumed: frozenset[str]) -> Iterator[bool]:
    """For each place at which ``owner`` gives that name a value, whether the value is a number."""
    if isinstance(owner, ast.FunctionDef | ast.Lambda) and name in (part.arg for part in all_arguments(owner.args)):
        yield _is_number_by_default(owner.args, name)
    for part in ast.walk(owner):
        match part:
            case ast.Assign() if any(_gives(target, name) for target in part.targets):
                plain = all(isinstance(target, ast.Name) for target in part.targets)
                yield plain and _is_number(part.value, around, assumed)
            case ast.AnnAssign() | ast.AugAssign() if _gives(part.target, name):
                yield part.value is None or _is_number(part.value, around, assumed)
            case ast.For() | ast.comprehension() if _gives(part.target, name):
                yield _counts(part.target, part.iter, name)
            case ast.FunctionDef() | ast.ClassDef() if part.name == name:
                yield False
            case ast.alias() if (part.asname or part.name) == name:
                yield False


def _is_number_by_default(arguments: ast.arguments, name: str) -> bool:
    places = [*arguments.posonlyargs, *arguments.args]
    names = [place.arg for place in places[len(places) - len(arguments.defaults) :]]
    default = dict(zip(names, arguments.defaults, strict=True)).get(name)
    annotated = [place.annotation for place in (*places, *arguments.kwonlyargs) if place.arg == name]
    is_int = any(isinstance(part, ast.Name) and part.id == "int" for part in annotated)
    return is_int or (isinstance(default, ast.Constant) and type(default.value) is int)


def _counts(target: ast.expr, values: ast.expr, name: str) -> bool:
    """``for i in range(...)`` and ``for i, layer in enumerate(...)``."""
    called = values.func.id if isinstance(values, ast.Call) and isinstance(values.func, ast.Name) else ""
    if called == "enumerate" and isinstance(target, ast.Tuple):
        first = target.elts[0]
        return isinstance(first, ast.Name) and first.id == name
    return called == "range" and isinstance(target, ast.Name)


def _gives(target: ast.expr, name: str) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(target))
