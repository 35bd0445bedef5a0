"""Reads the expressions of a class, and notes the names, attributes, calls and numbers that it may not use."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from netcore.model.custom.advice import CONSTRUCTS, IMPORTS, NOT_HERE, advise_attribute, advise_name
from netcore.model.custom.anatomy import Anatomy, unfold, write_short
from netcore.model.custom.attribute_names import ALLOWED, OF_MODULE, STORABLE
from netcore.model.custom.bounds import TooLargeError, fold
from netcore.model.custom.finding import Finding
from netcore.model.custom.grammar import COMPREHENSIONS, GRAMMAR
from netcore.model.custom.names import BUILTINS, ENTRIES, NAMESPACES
from netcore.model.custom.scopes import all_arguments, bound_names, is_self, may_be_own, own_names


class WordReader:
    """Reads expressions; ``findings`` are what it refuses, in the order in which it meets it."""

    def __init__(self, tree: ast.Module, anatomy: Anatomy) -> None:
        self.findings: list[Finding] = []
        self._anatomy = anatomy
        self._aliases = anatomy.aliases
        self._own = own_names(tree)
        self._functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        self._scopes: list[tuple[ast.AST, frozenset[str]]] = [(tree, bound_names(tree))]
        self._may_call = False

    def refuse(self, node: Any, what: str, cure: str, **values: object) -> None:
        """Note a finding at the place of ``node``."""
        placed = {"line": node.lineno, **values}
        self.findings.append(Finding(node.lineno, node.col_offset, "Line {line}: " + what, cure, tuple(placed.items())))

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
        elif node.id.startswith("__") or node.id == "super" or not self._is_known(node.id):
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
            self.refuse(
                node,
                "{call} runs when the file is read.",
                "Move it into __init__ or forward, or leave it out: Netcore makes the network itself.",
                call=write_short(node),
            )
            return
        if isinstance(node.func, ast.Attribute) and self._is_super(node.func.value):
            if node.func.attr != "__init__":
                self._check_attribute(node.func)
        else:
            self.read(node.func)
        for part in (*node.args, *node.keywords):
            self.read(part)

    def _read_keyword(self, node: ast.keyword) -> None:
        if node.arg and node.arg.startswith("__"):
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

    def _is_known(self, name: str) -> bool:
        inner = self._scopes[-1][0]
        visible = (names for node, names in self._scopes if node is inner or not isinstance(node, ast.ClassDef))
        return name in BUILTINS or any(name in names for names in visible)

    def _refuse_name(self, node: ast.Name) -> None:
        homes = sorted(name for name in ENTRIES if name.rpartition(".")[2] == node.id and name.startswith("torch."))
        values: dict[str, str] = {}
        if node.id == "super":
            cure = "Write super().__init__() as the first line of __init__."
        elif node.id in IMPORTS:
            cure, values = "Write {statement} at the top of the file.", {"statement": IMPORTS[node.id]}
        elif node.id in self._own:
            cure = "Write self.{name}."
        elif homes:
            full = homes[0].replace("torch.nn.functional", "F").replace("torch.nn", "nn")
            cure, values = "Write {full}.", {"full": full}
        else:
            visible = {name for _, names in self._scopes for name in names}
            cure, values = advise_name(
                node.id, node.id, sorted(visible | BUILTINS), "Give it a value on a line before."
            )
        what = "{name} is not available here." if hasattr(builtins, node.id) else "{name} is not known here."
        self.refuse(node, what, cure, name=node.id, **values)

    def _check_given(self, node: Any, name: str) -> None:
        if name in self._aliases or name in ("self", "super"):
            self.refuse(node, "{name} has its meaning already.", "Choose another name.", name=name)
        elif name.startswith("__"):
            self._refuse_dunder(node, name)

    def _refuse_dunder(self, node: Any, name: str) -> None:
        cure, values = advise_name("", name)
        self.refuse(node, "{name} is not available here.", cure, name=name, **values)

    def _check_full_name(self, root: ast.Name, chain: list[ast.Attribute]) -> None:
        path = self._aliases[root.id]
        for place, part in enumerate(chain):
            if path not in NAMESPACES:
                self._check_each(chain[place:])
                break
            inside, path = path, f"{path}.{part.attr}"
            if path not in ENTRIES and path not in NAMESPACES:
                written = ast.unparse(part)
                prefix = written.rpartition(".")[0]
                known = (
                    f"{prefix}.{name.removeprefix(inside + '.')}"
                    for name in sorted(ENTRIES)
                    if name.rpartition(".")[0] == inside
                )
                cure, values = advise_name(written, path, known)
                self.refuse(part, "{name} is not available here.", cure, name=written, **values)
                return
        last: ast.Name | ast.Attribute = chain[-1] if chain else root
        if path in NAMESPACES:
            what = "{name} is a module, and stands here without what is wanted of it."
            self.refuse(last, what, "Write a full name, such as nn.Linear or torch.cat.", name=ast.unparse(last))
        elif isinstance(last.ctx, ast.Store):
            cure = "Derive a class of your own, and change that one."
            self.refuse(last, "{name} is shared by all and stays as it is.", cure, name=ast.unparse(last))

    def _check_each(self, chain: list[ast.Attribute]) -> None:
        before = len(self.findings)
        for part in chain:
            if len(self.findings) == before:
                self._check_attribute(part)

    def _check_attribute(self, node: ast.Attribute) -> None:
        name = node.attr
        if name in ALLOWED or name in self._own:
            return
        if is_self(node.value) and may_be_own(name):
            known = [f"self.{own}" for own in sorted(self._own)]
            cure, values = advise_attribute(f"self.{name}", name, known, "Give it in __init__: self.{name} = ...")
            if any(name in bound_names(function) for function in self._functions):
                cure = "Write self.{name} = ... where {name} is made: only then does it belong to the network."
            self.refuse(node, "self.{name} is used, and nothing gives it.", cure, name=name, **values)
            return
        cure, values = advise_attribute(name, name, sorted(ALLOWED))
        self.refuse(node, "{written} is not available here.", cure, written=write_short(node), **values)

    def _check_stored(self, node: ast.Attribute) -> None:
        name = node.attr
        if not is_self(node.value):
            if name not in STORABLE:
                self.refuse(
                    node, "{name} is set on something else than self.", "Set it on self.", name=write_short(node)
                )
        elif name in OF_MODULE:
            self.refuse(node, "self.{name} belongs to nn.Module.", "Choose another name.", name=name)
        elif not may_be_own(name):
            self.refuse(node, "self.{name} belongs to Python or PyTorch.", "Choose another name.", name=name)

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
