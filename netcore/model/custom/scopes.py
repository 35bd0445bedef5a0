"""Which names a class, a function or a whole source gives. Pure: syntax trees, no torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from netcore.model.custom.attribute_names import PRIVATE, RESERVED
from netcore.model.custom.grammar import COMPREHENSIONS

_INNER = (ast.FunctionDef, ast.ClassDef, ast.Lambda)


def bound_names(node: ast.AST) -> frozenset[str]:
    """The names that a module, class, function, lambda or comprehension gives in its own scope."""
    if isinstance(node, COMPREHENSIONS):
        return frozenset(name for part in node.generators for name in _stored(part.target))
    given = set(_argument_names(node.args)) if isinstance(node, ast.FunctionDef | ast.Lambda) else set()
    if not isinstance(node, ast.Lambda):
        for child in ast.iter_child_nodes(node):
            given.update(_stored(child))
    return frozenset(given)


def own_names(tree: ast.Module) -> frozenset[str]:
    """The attributes that the classes of a source give themselves: methods, constants, what is set on self.

    Without those that torch or Python have closed: such a name stays closed, whoever gives it.
    """
    given: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            given |= bound_names(node)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_self(node.value):
            given.add(node.attr)
    return frozenset(name for name in given if may_be_own(name))


def may_be_own(name: str) -> bool:
    """Whether a class may call one of its attributes so."""
    return not name.startswith("__") and name not in RESERVED and name not in PRIVATE


def is_dunder(name: str) -> bool:
    """Whether a name begins with two underscores, as Python's own do; ``__`` alone is a name that nobody reads."""
    return name.startswith("__") and bool(name.strip("_"))


def is_self(node: ast.expr) -> bool:
    """Whether an expression is ``self``."""
    return isinstance(node, ast.Name) and node.id == "self"


def has_self(function: ast.FunctionDef) -> bool:
    """Whether the first argument of a function is called ``self``."""
    places = (*function.args.posonlyargs, *function.args.args)
    return bool(places) and places[0].arg == "self"


def all_arguments(arguments: ast.arguments) -> list[ast.arg]:
    """All of them, in the order of the text."""
    rest = [arguments.vararg] if arguments.vararg else []
    named = [arguments.kwarg] if arguments.kwarg else []
    return [*arguments.posonlyargs, *arguments.args, *rest, *arguments.kwonlyargs, *named]


def _argument_names(arguments: ast.arguments) -> Iterator[str]:
    return (argument.arg for argument in all_arguments(arguments))


def _stored(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if not isinstance(node, _INNER + COMPREHENSIONS):
        for child in ast.iter_child_nodes(node):
            yield from _stored(child)
