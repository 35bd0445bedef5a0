"""Worked out by reading: what the values in a text are, as far as literals, constants and makers say. Runs nothing.

A value that was worked out is an expression again: a literal, a list or dictionary of such, a class of the text or a
name of PyTorch, or a call that makes a layer of them. Its places are those of the text.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from netcore.model.custom.bounds import TooLargeError, fold
from netcore.model.custom.dotted import dotted_name
from netcore.model.custom.scopes import all_arguments, bound_names

Values = dict[str, ast.expr | None]
"""By a name: its value, None where it has one that was not worked out."""

_MAX_NODES = 500
_MAX_STEPS = 5_000
_MAX_DEPTH = 8
_UNCHANGED = frozenset(("to", "cuda", "cpu", "eval", "train", "float"))
"""Methods that give the network back, as far as it matters here."""
_WRAPPERS = frozenset(("torch.nn.DataParallel", "torch.compile", "torch.jit.script"))


class Settler:
    """Works out values, with the names that the imports, classes and functions at the top of a text give."""

    def __init__(
        self,
        aliases: Mapping[str, str],
        classes: Iterable[str],
        functions: Mapping[str, ast.FunctionDef],
        otherwise: Callable[[str], int | None] = lambda name: None,
    ) -> None:
        self.assumed: dict[str, int] = {}
        """The names without a value to which ``otherwise`` gave one."""
        self.top: Values = {}
        """What the names at the top stand for, when all of it was read."""
        self._aliases = aliases
        self._classes = frozenset(classes)
        self._functions = functions
        self._otherwise = otherwise
        self._steps = 0
        self._depth = 0

    def settle(self, node: ast.expr, values: Values) -> ast.expr | None:
        """The value of an expression, where each name stands for what ``values`` says; None where it stays open."""
        found = self._settle(node, values)
        return None if found is None or _is_too_large(found) else found

    def _settle(self, node: ast.expr, values: Values) -> ast.expr | None:
        self._steps += 1
        if self._steps > _MAX_STEPS:
            return None
        settle = getattr(self, f"_settle_{type(node).__name__.lower()}", None)
        found: ast.expr | None = settle(node, values) if settle else None
        return found

    def bind(self, statement: ast.stmt, values: Values) -> None:
        """Let ``values`` follow a statement: a plain assignment gives its names a value, any other takes it away."""
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            return
        target, value = split_assignment(statement)
        found = self.settle(value, values) if value else None
        if isinstance(target, ast.Name):
            values[target.id] = found
            return
        _forget_changed(statement, values)
        values.update(dict.fromkeys(bound_names(ast.Module([statement], []))))
        if isinstance(target, ast.Tuple) and isinstance(found, ast.Tuple) and len(target.elts) == len(found.elts):
            pairs = zip(target.elts, found.elts, strict=True)
            values.update({name.id: part for name, part in pairs if isinstance(name, ast.Name)})

    def strip(self, node: ast.expr) -> ast.expr:
        """The network in ``Net().to(device)`` or ``nn.DataParallel(Net())``."""
        while isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _UNCHANGED:
                node = node.func.value
            elif node.args and dotted_name(node.func, self._aliases) in _WRAPPERS:
                node = node.args[0]
            else:
                break
        return node

    def bind_arguments(self, function: ast.FunctionDef, call: ast.Call | None = None) -> Values | None:
        """What the names are inside a function that is called so, or without arguments; None where that cannot be."""
        arguments = function.args
        names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        values: Values = {**self.top, **dict.fromkeys(argument.arg for argument in all_arguments(arguments))}
        defaults = dict(zip(names[::-1], arguments.defaults[::-1], strict=False))
        only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        defaults |= {argument.arg: default for argument, default in only if default}
        values |= {name: self.settle(default, self.top) for name, default in defaults.items()}
        more, rest = list[ast.expr](), dict[str, ast.expr]()
        if call:
            for name, given in zip(names, call.args, strict=False):
                values[name] = given
            more = call.args[len(names) :]
            known = {*names, *(argument.arg for argument in arguments.kwonlyargs)}
            for keyword in call.keywords:
                values.update({keyword.arg: keyword.value} if keyword.arg in known else {})
            rest = {str(keyword.arg): keyword.value for keyword in call.keywords if keyword.arg not in known}
        if (more and not arguments.vararg) or (rest and not arguments.kwarg):
            return None
        if arguments.vararg:
            values[arguments.vararg.arg] = ast.copy_location(ast.Tuple(more, ast.Load()), function)
        if arguments.kwarg:
            keys: list[ast.expr | None] = [ast.copy_location(ast.Constant(name), function) for name in rest]
            values[arguments.kwarg.arg] = ast.copy_location(ast.Dict(keys, list(rest.values())), function)
        return values

    def _settle_constant(self, node: ast.Constant, values: Values) -> ast.expr | None:
        return None if node.value is Ellipsis else node

    def _settle_name(self, node: ast.Name, values: Values) -> ast.expr | None:
        if values.get(node.id) is not None:
            return values[node.id]
        if node.id not in values and (node.id in self._classes or node.id in self._aliases):
            return node
        size = self._otherwise(node.id)
        if size is None:
            return None
        self.assumed[node.id] = size
        return ast.copy_location(ast.Constant(size), node)

    def _settle_attribute(self, node: ast.Attribute, values: Values) -> ast.expr | None:
        name = dotted_name(node, self._aliases) or ""
        return node if name.startswith("torch.") else None

    def _settle_list(self, node: ast.List, values: Values) -> ast.expr | None:
        parts = self._settle_all(node.elts, values)
        return None if parts is None else ast.copy_location(ast.List(parts, ast.Load()), node)

    def _settle_tuple(self, node: ast.Tuple, values: Values) -> ast.expr | None:
        parts = self._settle_all(node.elts, values)
        return None if parts is None else ast.copy_location(ast.Tuple(parts, ast.Load()), node)

    def _settle_dict(self, node: ast.Dict, values: Values) -> ast.expr | None:
        keys = self._settle_all([key for key in node.keys if key], values)
        parts = self._settle_all(node.values, values)
        if keys is None or parts is None or len(keys) < len(node.keys):
            return None
        return ast.copy_location(ast.Dict([*keys], parts), node)

    def _settle_subscript(self, node: ast.Subscript, values: Values) -> ast.expr | None:
        """``config["hidden"]`` of a dictionary, ``sizes[0]`` of a list."""
        inside, key = self._settle(node.value, values), self._settle(node.slice, values)
        if not isinstance(key, ast.Constant):
            return None
        if isinstance(inside, ast.Dict):
            pairs = zip(inside.keys, inside.values, strict=True)
            return next(
                (part for name, part in pairs if isinstance(name, ast.Constant) and name.value == key.value), None
            )
        if isinstance(inside, ast.List | ast.Tuple) and type(key.value) is int and key.value < len(inside.elts):
            return inside.elts[key.value]
        return None

    def _settle_unaryop(self, node: ast.UnaryOp, values: Values) -> ast.expr | None:
        operand = self._settle(node.operand, values)
        if not isinstance(operand, ast.Constant):
            return None
        return _fold(ast.copy_location(ast.UnaryOp(node.op, operand), node))

    def _settle_binop(self, node: ast.BinOp, values: Values) -> ast.expr | None:
        left, right = self._settle(node.left, values), self._settle(node.right, values)
        plain = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.List, ast.Tuple)
        if not isinstance(left, plain) or not isinstance(right, plain):
            return None
        return _fold(ast.copy_location(ast.BinOp(left, node.op, right), node))

    def _settle_call(self, node: ast.Call, values: Values) -> ast.expr | None:
        bare = self.strip(node)
        if bare is not node:
            return self._settle(bare, values)
        arguments = self._settle_all(node.args, values)
        keywords = self._settle_keywords(node.keywords, values)
        if arguments is None or keywords is None:
            return None
        function = node.func
        full = dotted_name(function, self._aliases) or ""
        call = ast.copy_location(ast.Call(function, arguments, keywords), node)
        is_known = full.startswith(("torch.nn.", "collections.")) and full.rpartition(".")[2][:1].isupper()
        if is_known or (isinstance(function, ast.Name) and function.id in self._classes):
            return call
        maker = self._functions.get(function.id) if isinstance(function, ast.Name) else None
        return self._follow(maker, call) if maker else None

    def _settle_all(self, nodes: list[ast.expr], values: Values) -> list[ast.expr] | None:
        """All of them, those with a star spread."""
        settled: list[ast.expr] = []
        for node in nodes:
            found = self._settle(node.value if isinstance(node, ast.Starred) else node, values)
            if found is None:
                return None
            if not isinstance(node, ast.Starred):
                settled.append(found)
            elif isinstance(found, ast.List | ast.Tuple):
                settled.extend(found.elts)
            else:
                return None
        return settled

    def _settle_keywords(self, nodes: list[ast.keyword], values: Values) -> list[ast.keyword] | None:
        """All of them by name, those of a dictionary spread; None where one has no name, or a name comes twice."""
        settled: list[ast.keyword] = []
        for node in nodes:
            found = self._settle(node.value, values)
            if found is None:
                return None
            named = {node.arg: found} if node.arg else _name_parts(found)
            if named is None or any(keyword.arg in named for keyword in settled):
                return None
            settled += [ast.copy_location(ast.keyword(name, part), node) for name, part in named.items()]
        return settled

    def _follow(self, maker: ast.FunctionDef, call: ast.Call) -> ast.expr | None:
        """What a function returns, where it does nothing else than work that out."""
        values = self.bind_arguments(maker, call)
        if values is None or self._depth == _MAX_DEPTH or maker.decorator_list:
            return None
        self._depth += 1
        try:
            return self._follow_body(maker.body, values)
        finally:
            self._depth -= 1

    def _follow_body(self, body: list[ast.stmt], values: Values) -> ast.expr | None:
        for statement in body:
            if isinstance(statement, ast.Return):
                return self.settle(statement.value, values) if statement.value else None
            if isinstance(statement, ast.If):
                test = self.settle(statement.test, values)
                if not isinstance(test, ast.Constant) or test.value:
                    return None
                if statement.orelse:
                    return None
            elif isinstance(statement, ast.Assign | ast.AnnAssign):
                self.bind(statement, values)
            elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                return None
        return None


def split_assignment(statement: ast.stmt) -> tuple[ast.expr | None, ast.expr | None]:
    """The target and the value of ``name = value`` or ``name: type = value``; None where it is something else."""
    if isinstance(statement, ast.AnnAssign):
        return statement.target, statement.value
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0], statement.value
    return None, None


def _name_parts(value: ast.expr) -> dict[str, ast.expr] | None:
    """What ``**value`` gives by name; None where it is no dictionary whose keys are written out as names."""
    if not isinstance(value, ast.Dict):
        return None
    named: dict[str, ast.expr] = {}
    for key, part in zip(value.keys, value.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return None
        named[key.value] = part
    return named


def _forget_changed(statement: ast.stmt, values: Values) -> None:
    """Whatever a statement does with a list or a dictionary, it may change it, under each of its names."""
    named = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    changed = [values.get(name) for name in named if isinstance(values.get(name), ast.List | ast.Dict)]
    for name, value in values.items() if changed else ():
        if any(value is other for other in changed):
            values[name] = None


def _fold(node: ast.expr) -> ast.expr | None:
    """The whole number that it is, or the arithmetic itself where it is none; None where that is too large."""
    try:
        number = fold(node)
    except TooLargeError:
        return None
    return node if number is None else ast.copy_location(ast.Constant(number), node)


def _is_too_large(node: ast.expr) -> bool:
    return sum(1 for _ in islice(ast.walk(node), _MAX_NODES + 1)) > _MAX_NODES
