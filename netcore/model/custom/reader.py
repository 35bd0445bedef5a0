"""Reads the statements of a class: what may stand at the top, in a class, in a function."""

from __future__ import annotations

import ast
from typing import Any

from netcore.model.custom.advice import CARD, NO_FUNCTION
from netcore.model.custom.anatomy import MODULE
from netcore.model.custom.attribute_names import OF_MODULE
from netcore.model.custom.devices import DEVICE, settle_device
from netcore.model.custom.dotted import dotted_name, write_short
from netcore.model.custom.finding import Finding
from netcore.model.custom.imports import advise_import
from netcore.model.custom.names import CONTEXTS, ENTRIES, NAMESPACES
from netcore.model.custom.near_misses import find_wrong_base
from netcore.model.custom.scopes import is_dunder, may_be_own
from netcore.model.custom.words import WordReader

_BASES = (MODULE, "torch.nn.Sequential")
_METHODS = frozenset(("__init__", "forward", "extra_repr"))
"""What a class may give another meaning of all that nn.Module has."""
_DECORATORS = frozenset(("property", "staticmethod"))
_ABOUT = frozenset(("__all__", "__author__", "__copyright__", "__date__", "__email__", "__license__", "__version__"))
_AT_THE_TOP = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.Assign, ast.AnnAssign)
_IN_A_CLASS = (ast.FunctionDef, ast.Assign, ast.AnnAssign, ast.Pass)


class SourceReader(WordReader):
    """Reads a whole source; ``findings`` are what it refuses."""

    def _read_module(self, node: ast.Module) -> None:
        making = self._anatomy.making
        if making and making.call:
            with self.calls_allowed():
                self.read(making.call)
        for statement in node.body:
            if making and statement is making.line:
                self._check_given(statement, making.target)
            elif isinstance(statement, _AT_THE_TOP) or _is_remark(statement):
                self.read(statement)
            else:
                self.refuse(
                    statement,
                    "This stands outside of the classes, and runs when the file is read.",
                    "Leave it out: Netcore makes the network itself, and the pages run it.",
                )

    def _read_import(self, node: ast.Import) -> None:
        for alias in node.names if self._may_import(node) else ():
            bound = alias.asname or alias.name.split(".")[0]
            if alias.name in NAMESPACES:
                self._check_alias(node, bound, alias.name if alias.asname else bound)
            else:
                self._refuse_import(node, alias.name)

    def _read_importfrom(self, node: ast.ImportFrom) -> None:
        home = "." * node.level + (node.module or "")
        closed = []
        for alias in node.names if self._may_import(node) else ():
            full = f"{home}.{alias.name}"
            if home in NAMESPACES and full in ENTRIES | NAMESPACES:
                self._check_alias(node, alias.asname or alias.name, full)
            elif home in NAMESPACES:
                self._refuse_import(node, home, alias.name)
            else:
                closed.append(alias.name)
        if closed:
            self._refuse_import(node, home, *closed)

    def _read_classdef(self, node: ast.ClassDef) -> None:
        self._check_given(node, node.name)
        if len(self._scopes) > 1:
            self.refuse(node, "A class inside of another.", "Move it to the top of the file.")
        for decorator in node.decorator_list:
            self.refuse(decorator, "A class takes no decorator here.", "Delete the line.")
        if node.keywords or getattr(node, "type_params", None):
            self.refuse(node, "A class takes only its base here.", "Write class {name}(nn.Module):.", name=node.name)
        self._check_base(node)
        with self.scope(node):
            for statement in node.body:
                if isinstance(statement, _IN_A_CLASS) or _is_remark(statement):
                    self.read(statement)
                else:
                    cure = "Move it into __init__ or forward."
                    self.refuse(statement, "This stands in the class, outside of its methods.", cure)

    def _read_functiondef(self, node: ast.FunctionDef) -> None:
        in_class = isinstance(self._scopes[-1][0], ast.ClassDef)
        if in_class:
            self._check_method(node)
        elif node not in self._missed:
            self._check_given(node, node.name)
        if getattr(node, "type_params", None):
            self.refuse(node, "A function takes no type parameters here.", "Delete what stands in the brackets [].")
        for decorator in node.decorator_list:
            known = in_class and isinstance(decorator, ast.Name) and decorator.id in _DECORATORS
            if not known:
                cure = "Delete it; for torch.no_grad, write with torch.no_grad(): in the function."
                self.refuse(decorator, "@{name} is not available here.", cure, name=ast.unparse(decorator)[:40])
        with self.calls_allowed():
            self._read_arguments(node.args)
            if node.returns:
                self.read(node.returns)
            with self.scope(node):
                for statement in node.body:
                    self.read(statement)

    def _read_assign(self, node: ast.Assign) -> None:
        if len(self._scopes) == 1 and _is_about_file(node):
            return
        self._check_constants(node.targets)
        for target in node.targets:
            self.read(target)
        self._read_value(node.value)

    def _read_annassign(self, node: ast.AnnAssign) -> None:
        self._check_constants([node.target])
        self.read(node.target)
        self.read(node.annotation)
        if node.value:
            self._read_value(node.value)

    def _read_value(self, value: ast.expr) -> None:
        instead = settle_device(value, self._aliases)
        if instead and not (self._may_call and isinstance(value, ast.Call) and self._is_device(value)):
            self.note(Finding.at(value, CARD, "Write {shown}.", instead, call=write_short(value)))
        else:
            self.read(value)

    def _is_device(self, value: ast.Call) -> bool:
        """``torch.device("cpu")``, which may be asked for in a function."""
        return dotted_name(value.func, self._aliases) == DEVICE and all(
            isinstance(part, ast.Constant) for part in value.args
        )

    def _read_with(self, node: ast.With) -> None:
        for item in node.items:
            call = item.context_expr
            if not isinstance(call, ast.Call) or dotted_name(call.func, self._aliases) not in CONTEXTS:
                cure = "Only torch.no_grad(), torch.enable_grad() and torch.set_grad_enabled(...) may stand there."
                self.refuse(call, "with {name} is not available here.", cure, name=ast.unparse(call)[:40])
            elif item.optional_vars:
                self.refuse(call, "with ... as is not available here.", "Delete as and the name after it.")
            else:
                for part in (*call.args, *call.keywords):
                    self.read(part)
        for statement in node.body:
            self.read(statement)

    def _may_import(self, node: ast.Import | ast.ImportFrom) -> bool:
        homes = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        if len(self._scopes) == 1 or not NAMESPACES.issuperset(homes):
            return True  # what is not open has words of its own
        self.refuse(node, "An import stands in a class or a function.", "Move it to the top of the file.")
        return False

    def _refuse_import(self, node: ast.stmt, home: str, *names: str) -> None:
        cure, values = advise_import(home, names)
        name = f"{home}.{names[0]}" if len(names) == 1 else home
        self.refuse(node, "{name} cannot be imported here.", cure, name=name[:60], **values)

    def _check_alias(self, node: ast.stmt, bound: str, meaning: str) -> None:
        """One name, one meaning: ``import torch`` and ``import torch.nn`` bind the same, ``import math as nn`` not."""
        if bound in ("self", "super") or is_dunder(bound) or self._aliases.get(bound) != meaning:
            self.refuse(node, "{name} has its meaning already.", "Choose another name.", name=bound)

    def _check_base(self, node: ast.ClassDef) -> None:
        base = node.bases[0] if len(node.bases) == 1 else None
        if isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name) and base.value.id not in self._aliases:
            self.read(base.value)
            return
        own = isinstance(base, ast.Name) and base.id in self._anatomy.classes and base.id not in self._aliases
        full = dotted_name(base, self._aliases) if base else None
        if node in self._missed or own or full in _BASES:
            return
        if full == "torch.autograd.Function":
            self.refuse(node, "{name} derives torch.autograd.Function.", NO_FUNCTION, name=node.name)
        elif not any(isinstance(part, ast.FunctionDef) for part in node.body):
            cure = "Write its values as lines of their own at the top of the file: width = 64."
            self.refuse(node, "{name} is a class without methods, and no network.", cure, name=node.name)
        else:
            self.note(find_wrong_base(node))

    def _check_method(self, node: ast.FunctionDef) -> None:
        if node.name not in _METHODS and node not in self._missed:
            self._check_given(node, node.name)
            self._check_class_name(node, node.name)
        static = any(isinstance(part, ast.Name) and part.id == "staticmethod" for part in node.decorator_list)
        first = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)[:1]]
        if not static and first != ["self"]:
            cure = "Write def {name}(self, ...)."
            self.refuse(node, "The first argument of {name} is not self.", cure, name=node.name)

    def _check_constants(self, targets: list[ast.expr]) -> None:
        if not isinstance(self._scopes[-1][0], ast.ClassDef):
            return
        for target in targets:
            if isinstance(target, ast.Tuple):
                self._check_constants(target.elts)
            elif isinstance(target, ast.Name):
                self._check_class_name(target, target.id)
            else:
                self.refuse(target, "This stands in the class, outside of its methods.", "Move it into __init__.")

    def _check_class_name(self, node: Any, name: str) -> None:
        if name in OF_MODULE:
            cure = "Choose another name; a network of one's own has __init__ and forward."
            self.refuse(node, "{name} belongs to nn.Module.", cure, name=name)
        elif not may_be_own(name) and not is_dunder(name):
            self.refuse(node, "{name} belongs to Python or PyTorch.", "Choose another name.", name=name)


def _is_about_file(node: ast.Assign) -> bool:
    """``__all__ = ["Net"]`` and the like: words about a file, which nobody reads here."""
    names = [target.id for target in node.targets if isinstance(target, ast.Name)]
    value = node.value
    words = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    plain = all(isinstance(word, ast.Constant) and isinstance(word.value, str) for word in words)
    return plain and len(names) == len(node.targets) and _ABOUT.issuperset(names)


def _is_remark(statement: ast.stmt) -> bool:
    """A docstring, or the three dots that stand for nothing."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and (isinstance(statement.value.value, str) or statement.value.value is Ellipsis)
    )
