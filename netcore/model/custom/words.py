"""Reads the expressions of a class, and notes the names, attributes, calls and numbers that it may not use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from netcore.model.custom.advice import CONSTRUCTS, NOT_HERE
from netcore.model.custom.anatomy import NETWORK, Anatomy, unfold, write_short
from netcore.model.custom.bounds import TooLargeError, fold
from netcore.model.custom.grammar import COMPREHENSIONS, GRAMMAR
from netcore.model.custom.naming import NameJudge
from netcore.model.custom.scopes import all_arguments, bound_names, is_dunder, is_self, registered_names


class WordReader(NameJudge):
    """Reads expressions; ``findings`` are what it refuses, in the order in which it meets it."""

    def __init__(self, tree: ast.Module, anatomy: Anatomy) -> None:
        super().__init__(tree, anatomy)
        self._may_call = False
        self._title = anatomy.network.name if anatomy.network else NETWORK

    def read(self, node: ast.AST) -> None:
        """Read a node that may stand here, and all that is in it; refuse any other."""
        kind = type(node).__name__
        if type(node) in GRAMMAR:
            reader = getattr(self, f"_read_{kind.lower()}", self._read_parts)
            reader(node)
            return
        name, cure = CONSTRUCTS.get(kind, (kind, NOT_HERE))
        self.refuse(node, "{name} is not available here.", cure, name=name)

    def _read_name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._check_given(node, node.id)
        elif node.id in self._aliases:
            self._check_full_name(node, [])
        elif is_dunder(node.id) or node.id == "super" or not self._is_known(node.id):
            self._refuse_name(node)

    def _read_attribute(self, node: ast.Attribute) -> None:
        root, chain = unfold(node)
        if isinstance(root, ast.Name) and root.id in self._aliases:
            self._check_full_name(root, chain)
            return
        before = len(self.findings)
        self.read(node.value)
        if len(self.findings) > before:
            return  # what hangs on something refused needs no words of its own
        if isinstance(node.ctx, ast.Store):
            self._check_stored(node)
        else:
            self._check_attribute(node)

    def _read_call(self, node: ast.Call) -> None:
        if not self._may_call:
            cure = "Move it into __init__ or forward."
            if isinstance(node.func, ast.Name) and node.func.id in self._anatomy.classes:
                cure = "Delete the line: Netcore makes the network itself, as {name}()."
            self.refuse(node, "{call} runs when the file is read.", cure, call=write_short(node), name=self._title)
            return
        if isinstance(node.func, ast.Attribute) and self._is_super(node.func.value):
            if node.func.attr != "__init__":
                self._check_attribute(node.func)
        else:
            self.read(node.func)
        for name in registered_names(node):
            self._check_own(node, name)
        for part in (*node.args, *node.keywords):
            self.read(part)

    def _read_keyword(self, node: ast.keyword) -> None:
        if node.arg and is_dunder(node.arg):
            self._refuse_dunder(node, node.arg)
        self.read(node.value)

    def _read_constant(self, node: ast.Constant) -> None:
        self._check_size(node)
        if isinstance(node.value, bytes):
            self.refuse(node, "Bytes are not available here.", 'Write a text without the b: "...".')

    def _read_binop(self, node: ast.BinOp) -> None:
        if self._check_size(node):
            self._read_parts(node)

    def _read_lambda(self, node: ast.Lambda) -> None:
        with self.calls_allowed():
            self._read_arguments(node.args)
            with self.scope(node):
                self.read(node.body)

    def _read_arguments(self, node: ast.arguments) -> None:
        """Defaults and annotations, which belong to the scope around, and the names themselves."""
        first = (*node.posonlyargs, *node.args)[:1]
        for argument in all_arguments(node):
            if argument.arg != "self" or argument not in first:
                self._check_given(argument, argument.arg)
            if argument.annotation:
                self.read(argument.annotation)
        for default in (*node.defaults, *node.kw_defaults):
            if default:
                self.read(default)

    def _read_parts(self, node: ast.AST) -> None:
        with self.scope(node) if isinstance(node, COMPREHENSIONS) else nullcontext():
            for part in ast.iter_child_nodes(node):
                self.read(part)

    @contextmanager
    def scope(self, node: ast.AST) -> Iterator[None]:
        """Read what is in ``node`` with the names that it gives."""
        self._scopes.append((node, bound_names(node)))
        yield
        self._scopes.pop()

    @contextmanager
    def calls_allowed(self) -> Iterator[None]:
        """Read what runs only when the network is made or used."""
        before, self._may_call = self._may_call, True
        yield
        self._may_call = before

    def _is_super(self, node: ast.expr) -> bool:
        """``super()`` or ``super(OwnClass, self)``."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != "super":
            return False
        if node.keywords or len(node.args) not in (0, 2):
            return False
        if not node.args:
            return True
        first, second = node.args
        return isinstance(first, ast.Name) and first.id in self._anatomy.classes and is_self(second)

    def _check_size(self, node: ast.expr) -> bool:
        try:
            fold(node)
        except TooLargeError:
            self.refuse(node, "{number} is too large.", "Write a smaller number.", number=write_short(node))
            return False
        return True
