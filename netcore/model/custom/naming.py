"""Judges the names and attributes of a class: from where they come, and whether they are open. Reads no statements."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import Any

from netcore.model.custom.advice import IMPORTS, NAMES, advise_attribute, advise_name
from netcore.model.custom.anatomy import Anatomy
from netcore.model.custom.attribute_names import ALLOWED, CLOSED, OF_MODULE, STORABLE
from netcore.model.custom.dotted import write_short
from netcore.model.custom.finding import Finding
from netcore.model.custom.layer_names import REGISTERING, is_registering, matches, name_of, read_name
from netcore.model.custom.names import BUILTINS, ENTRIES, NAMESPACES, find_home
from netcore.model.custom.scopes import all_arguments, bound_names, is_dunder, is_self, may_be_own, own_names
from netcore.model.custom.settings_objects import find_settings, names_settings
from netcore.model.custom.shared_values import SharedValues

MOST_FINDINGS = 20
"""More would help nobody, and each costs a search for what was meant."""


class EnoughError(Exception):
    """Ends the reading."""


class NameJudge:
    """Notes as ``findings`` the names that may not be used, or not given."""

    def __init__(self, tree: ast.Module, anatomy: Anatomy, missed: frozenset[ast.AST] = frozenset()) -> None:
        """``missed`` are the classes and functions that have a finding already: their names are not judged again."""
        self._missed = missed
        self.findings: list[Finding] = []
        self._anatomy = anatomy
        self._aliases = anatomy.aliases
        self._own = own_names(tree)
        self._shared = SharedValues(tree, anatomy)
        self._registered = [matches(name) for name in self._read_registered(tree) if name]
        self._called = frozenset(node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        self._functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        inits = [part for part in self._functions if part.name == "__init__"]
        self._settings = frozenset(name for part in inits for name in find_settings(part))
        self._scopes: list[tuple[ast.AST, frozenset[str]]] = [(tree, bound_names(tree))]

    def _read_registered(self, tree: ast.Module) -> Iterator[str | None]:
        """The names that calls give, as ``read_name`` reads them."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and is_registering(node):
                given = name_of(node)
                yield read_name(given, (*self._shared.scopes_of(node), tree)) if given else None

    def refuse(self, node: Any, what: str, cure: str, **values: object) -> None:
        """Note a finding at the place of ``node``."""
        placed = {"line": node.lineno, **values}
        self.note(Finding(node.lineno, node.col_offset, "Line {line}: " + what, cure, tuple(placed.items())))

    def note(self, found: Finding) -> None:
        """Note a finding. Raises ``EnoughError`` with the last one that is wanted."""
        self.findings.append(found)
        if len(self.findings) == MOST_FINDINGS:
            raise EnoughError

    def _is_known(self, name: str) -> bool:
        inner = self._scopes[-1][0]
        visible = (names for node, names in self._scopes if node is inner or not isinstance(node, ast.ClassDef))
        return name in BUILTINS or any(name in names for names in visible)

    def _refuse_name(self, node: ast.Name) -> None:
        home = find_home(node.id, self._aliases)
        values: dict[str, str] = {}
        if self._refuse_lost(node):
            return
        if node.id == "super":
            cure = "Write super().__init__() as the first line of __init__."
        elif node.id in IMPORTS:
            cure, values = "Write {statement} at the top of the file.", {"statement": IMPORTS[node.id]}
        elif node.id in self._own:
            cure = "Write self.{name}."
        elif home:
            cure, values = "Write {nearest}.", {"nearest": home}
        else:
            visible = {name for _, names in self._scopes for name in names}
            cure, values = advise_name(
                node.id, node.id, sorted(visible | BUILTINS), "Give it a value on a line before."
            )
        what = "{name} is not available here." if hasattr(builtins, node.id) else "{name} is not known here."
        self.refuse(node, what, cure, name=node.id, **values)

    def _refuse_lost(self, node: ast.Name) -> bool:
        """Whether the name is one that ``__init__`` gives to a variable or an argument of its own: noted then."""
        init = next(
            (part for part in self._functions if part.name == "__init__" and node.id in bound_names(part)), None
        )
        inside = any(part is init for part, _ in self._scopes)
        if init is None or inside or not self._is_in_method() or node.id in self._own:
            return False
        if node.id in {argument.arg for argument in all_arguments(init.args)}:
            cure = "Write self.{name} = {name} there, and self.{name} here."
            self.refuse(node, "{name} is an argument of __init__, and ends with it.", cure, name=node.id)
        else:
            self.refuse(node, "{name} ends with __init__.", "Write self.{name} in both places.", name=node.id)
        return True

    def _is_in_method(self) -> bool:
        return any(isinstance(part, ast.ClassDef) for part, _ in self._scopes[:-1])

    def _check_given(self, node: Any, name: str) -> None:
        if name in self._aliases or name in ("self", "super"):
            self.refuse(node, "{name} has its meaning already.", "Choose another name.", name=name)
        elif is_dunder(name):
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
                self._refuse_full_name(chain[place:], inside, path)
                return
        last: ast.Name | ast.Attribute = chain[-1] if chain else root
        if path in NAMESPACES:
            what = "{name} is a module, and stands here without what is wanted of it."
            self.refuse(last, what, "Write a full name, such as nn.Linear or torch.cat.", name=ast.unparse(last))
        elif isinstance(last.ctx, ast.Store):
            cure = "Derive a class of your own, and change that one."
            self.refuse(last, "{name} is shared by all and stays as it is.", cure, name=ast.unparse(last))

    def _refuse_full_name(self, chain: list[ast.Attribute], inside: str, path: str) -> None:
        """``chain`` begins with the part that is not open: ``path``, in the module ``inside``."""
        last = chain[-1]
        whole = ".".join((path, *(part.attr for part in chain[1:])))
        if whole in NAMES and len(chain) > 1:
            self.refuse(chain[0], "{name} is not available here.", NAMES[whole], name=ast.unparse(last))
            return
        part = chain[0]
        written = ast.unparse(part)
        home = find_home(part.attr, self._aliases)
        if home and path not in NAMES:
            self.refuse(part, "{name} is not available here.", "Write {nearest}.", name=written, nearest=home)
            return
        prefix = written.rpartition(".")[0]
        known = (
            f"{prefix}.{name.removeprefix(inside + '.')}"
            for name in sorted(ENTRIES)
            if name.rpartition(".")[0] == inside
        )
        cure, values = advise_name(written, path, known)
        self.refuse(part, "{name} is not available here.", cure, name=written, **values)

    def _check_each(self, chain: list[ast.Attribute]) -> None:
        before = len(self.findings)
        for part in chain:
            if len(self.findings) == before:
                self._check_attribute(part)

    def _check_attribute(self, node: ast.Attribute) -> None:
        name = node.attr
        if name in REGISTERING and node not in self._called:
            cure = 'Call it where it stands, with the name as a text: {name}("mean", ...).'
            self.refuse(node, "{written} is not called.", cure, written=write_short(node), name=name)
            return
        is_registered = may_be_own(name) and any(match(name) for match in self._registered)
        if name in ALLOWED or name in self._own or is_registered:
            return
        if names_settings(node.value, self._settings) and not is_dunder(name) and may_be_own(name):
            cure = "Give __init__ the value itself, with a default, and write {name}."
            self.refuse(
                node,
                "{written} is a part of an object that nothing here makes.",
                cure,
                name=name,
                written=write_short(node),
            )
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
        is_shared = self._shared.may_be(node.value)
        if is_self(node.value) and not is_shared:
            self._check_own(node, name)
        else:
            if name not in STORABLE:
                self.refuse(
                    node, "{name} is set on something else than self.", "Set it on self.", name=write_short(node)
                )
            elif is_shared:
                what = "{name} is set on what may be a class, which all networks share."
                cure = "Set it on a layer that __init__ made: self.fc.{attribute} = ..."
                self.refuse(node, what, cure, name=write_short(node), attribute=name)

    def _name_given(self, node: ast.expr) -> str | None:
        """``read_name`` of an expression that is being read."""
        return read_name(node, tuple(scope for scope, _ in reversed(self._scopes)))

    def _check_registered(self, call: ast.Call) -> None:
        """The name in ``register_buffer("mean", ...)``: it stands there, but for numbers in it."""
        given = name_of(call)
        name = self._name_given(given) if given else None
        if given and name is not None:
            self._check_own(given, next(filter(matches(name), sorted(CLOSED)), name))
        else:
            cure = 'Write it as a text, with numbers in it at most: "mean", or f"layer{{i}}".'
            self.refuse(given or call, "The name in {call} does not stand there.", cure, call=write_short(call))

    def _check_own(self, node: ast.expr, name: str) -> None:
        if name in OF_MODULE:
            self.refuse(node, "self.{name} belongs to nn.Module.", "Choose another name.", name=name)
        elif not may_be_own(name):
            self.refuse(node, "self.{name} belongs to Python or PyTorch.", "Choose another name.", name=name)
