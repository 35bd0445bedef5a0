"""Which expressions of a text may be something that all networks share: a class, or what is torch's. Runs nothing.

A value is followed by the names that it gets: variables, arguments, attributes, lists. What a call makes is the text's
own, unless the call hands such a value through.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from netcore.model.custom.anatomy import Anatomy
from netcore.model.custom.attribute_names import ALLOWED
from netcore.model.custom.grammar import COMPREHENSIONS
from netcore.model.custom.scopes import all_arguments

_Scope = tuple[ast.AST, ...]
_TELLING = frozenset(("isinstance", "issubclass", "callable", "len", "print", "repr", "str", "bool", "hasattr"))
"""Builtins that answer about a value without handing it on."""
_INNER = (ast.FunctionDef, ast.Lambda, ast.ClassDef)


class SharedValues:
    """The variables, attributes and functions through which a class of the text or a name of torch's may come."""

    def __init__(self, tree: ast.Module, anatomy: Anatomy) -> None:
        self._aliases: Mapping[str, str] = anatomy.aliases
        self._classes = frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef))
        self._scopes = dict(_find_scopes(tree, ()))
        self._functions = [node for node in self._scopes if isinstance(node, ast.FunctionDef | ast.Lambda)]
        self._names: set[tuple[ast.AST | None, str]] = set()
        self._attributes: set[str] = set()
        self._makers: set[str] = set()
        """The functions of the text that return one, and methods; a lambda's name is empty."""
        before = -1
        while before != (before := len(self._names) + len(self._attributes) + len(self._makers)):
            for node in self._scopes:
                self._follow(node)

    def scopes_of(self, node: ast.AST) -> tuple[ast.AST, ...]:
        """The functions, classes and comprehensions that a node stands in, the innermost first."""
        return self._scopes[node]

    def may_be(self, node: ast.expr) -> bool:
        """Whether the value of an expression of the text may be shared."""
        match node:
            case ast.Name():
                known = self._aliases.keys() | self._classes | self._makers
                return node.id in known or self._is_held(node)
            case ast.Attribute():
                return node.attr in self._attributes | self._makers or self.may_be(node.value)
            case ast.Lambda():
                return self.may_be(node.body)
            case ast.Call():
                return self._may_hand_on(node)
            case ast.Subscript() | ast.Starred():
                return self.may_be(node.value)
            case ast.Tuple() | ast.List() | ast.Set():
                return any(map(self.may_be, node.elts))
            case ast.Dict():
                return any(self.may_be(part) for part in (*node.keys, *node.values) if part)
            case ast.IfExp():
                return self.may_be(node.body) or self.may_be(node.orelse)
            case ast.BoolOp():
                return any(map(self.may_be, node.values))
            case ast.BinOp():
                return self.may_be(node.left) or self.may_be(node.right)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self.may_be(node.elt)
            case ast.DictComp():
                return self.may_be(node.key) or self.may_be(node.value)
        return False

    def _is_held(self, node: ast.Name) -> bool:
        return any((scope, node.id) in self._names for scope in (*self._scopes[node], None))

    def _may_hand_on(self, call: ast.Call) -> bool:
        """A class makes an object of its own; a function or a method may hand on what it is given, or belongs to."""
        called = call.func
        if isinstance(called, ast.Name) and called.id in _TELLING:
            return False
        if _begins_with_torch(called, self._aliases) or (isinstance(called, ast.Name) and called.id in self._classes):
            return False
        belongs = isinstance(called, ast.Attribute) and self.may_be(called.value)
        given = (*call.args, *(keyword.value for keyword in call.keywords))
        return belongs or any(map(self.may_be, given)) or (bool(self._makers) and self.may_be(called))

    def _follow(self, node: ast.AST) -> None:
        match node:
            case ast.Assign() if self.may_be(node.value):
                for target in node.targets:
                    self._keep(target)
            case ast.AnnAssign() | ast.AugAssign() if node.value and self.may_be(node.value):
                self._keep(node.target)
            case ast.For() | ast.comprehension() if self.may_be(node.iter):
                self._keep(node.target)
            case ast.FunctionDef() | ast.Lambda():
                self._follow_defaults(node)
                self._follow_returned(node)
            case ast.Call():
                self._follow_given(node)

    def _follow_returned(self, node: ast.FunctionDef | ast.Lambda) -> None:
        if isinstance(node, ast.Lambda):
            returned = [node.body]
        else:
            returned = [part.value for part in ast.walk(node) if isinstance(part, ast.Return) and part.value]
        if any(map(self.may_be, returned)):
            self._makers.add("" if isinstance(node, ast.Lambda) else node.name)

    def _follow_defaults(self, node: ast.FunctionDef | ast.Lambda) -> None:
        places = [*node.args.posonlyargs, *node.args.args]
        pairs = [*zip(places[len(places) - len(node.args.defaults) :], node.args.defaults, strict=True)]
        pairs += [
            (place, default)
            for place, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if default
        ]
        self._names |= {(node, place.arg) for place, default in pairs if self.may_be(default)}

    def _follow_given(self, call: ast.Call) -> None:
        """What is given to a function of the text, or put into a list of it."""
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        called = call.func
        name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
        if not any(map(self.may_be, given)) or _begins_with_torch(called, self._aliases) or name in _TELLING:
            return
        # Called on a class, as Network.forward(nn.Linear, x), a method's self is an argument like the others.
        is_bound = name in self._classes or (isinstance(called, ast.Attribute) and not self.may_be(called.value))
        name = "__init__" if name in self._classes else name
        known = [function for function in self._functions if getattr(function, "name", "") == name]
        is_plain = isinstance(called, ast.Attribute) and name in ALLOWED and not known  # kinds.append(nn.ReLU)
        if isinstance(called, ast.Attribute) and not known:
            self._keep(called.value)
        for function in known or ([] if is_plain else self._functions):
            names = [argument.arg for argument in all_arguments(function.args)]
            has_own_self = names[:1] == ["self"] and (is_bound or not known)
            self._names |= {(function, name) for name in names[int(has_own_self) :]}

    def _keep(self, target: ast.expr) -> None:
        """A variable, an attribute, a list or a dictionary in which such a value is from now on."""
        match target:
            case ast.Name() if target.id != "self":
                scope = next(iter(self._scopes[target]), None)
                self._names.add((scope, target.id))
                if isinstance(scope, ast.ClassDef):
                    self._attributes.add(target.id)
            case ast.Attribute():
                self._attributes.add(target.attr)
            case ast.Subscript() | ast.Starred():
                self._keep(target.value)
            case ast.Tuple() | ast.List():
                for part in target.elts:
                    self._keep(part)


def _begins_with_torch(called: ast.expr, aliases: Mapping[str, str]) -> bool:
    while isinstance(called, ast.Attribute):
        called = called.value
    return isinstance(called, ast.Name) and called.id in aliases


def _find_scopes(node: ast.AST, around: _Scope) -> Iterator[tuple[ast.AST, _Scope]]:
    """Every node with the functions that it stands in, the innermost first."""
    yield node, around
    inside = (node, *around) if isinstance(node, _INNER + COMPREHENSIONS) else around
    for child in ast.iter_child_nodes(node):
        yield from _find_scopes(child, inside)
