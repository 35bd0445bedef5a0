"""What stands in a source: its imports, its classes, and which of them is the network. Pure: syntax trees, no torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netcore.model.custom.dotted import dotted_name
from netcore.model.custom.making import Making, find_makings
from netcore.model.custom.scopes import has_self
from netcore.model.custom.settling import Settler
from netcore.model.custom.spelling import is_misspelt

MODULE = "torch.nn.Module"
NETWORK = "Network"
"""The class of that name is the network, wherever it stands, unless a line makes another."""


@dataclass(frozen=True)
class Anatomy:
    """The parts of a source that ask for a name."""

    aliases: Mapping[str, str]
    """What the imports at the top bind: ``{"nn": "torch.nn"}``."""
    classes: Mapping[str, ast.ClassDef]
    """The classes at the top that derive ``nn.Module``, straight or through one another."""
    network: ast.ClassDef | None
    """The one that is the network; None where no class derives ``nn.Module``."""
    making: Making | None = None
    """The line that makes it, ``model = Network(10)``, where there is one. It is read, not run."""
    meant: frozenset[str] = frozenset()
    """Of the classes, those that look like networks and derive something else, such as ``nn.module`` or nothing."""

    @property
    def call(self) -> ast.Call | None:
        """``Network(10)``, with the values worked out; None where no line says them."""
        return self.making.call if self.making else None

    @property
    def lineage(self) -> tuple[ast.ClassDef, ...]:
        """The network and the classes of the source that it derives from, one after the other."""
        line: list[ast.ClassDef] = []
        node = self.network
        while node and node not in line:  # a class that was written twice can derive from itself
            line.append(node)
            bases = (base.id for base in node.bases if isinstance(base, ast.Name))
            node = next((self.classes[base] for base in bases if base in self.classes), None)
        return tuple(line)

    def find_method(self, name: str) -> ast.FunctionDef | None:
        """The network's method of that name, its own or inherited from a class of the source."""
        for node in self.lineage:
            for statement in node.body:
                if isinstance(statement, ast.FunctionDef) and statement.name == name:
                    return statement
        return None


def read_anatomy(tree: ast.Module) -> Anatomy:
    """The imports and classes of a source. The network is the class that a line of the text makes; otherwise the class
    called ``Network``; otherwise the last one that derives ``nn.Module`` and that no other class uses."""
    aliases = read_aliases(tree)
    classes: dict[str, ast.ClassDef] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(_is_module(base, aliases, classes) for base in node.bases):
            classes[node.name] = node
    meant = {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name not in classes and _is_meant(node)
    }
    candidates = classes or meant
    used = {
        node.id
        for part in candidates.values()
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and node.id != part.name
    }
    making = _choose_making(tree, aliases, candidates, used)
    network = candidates[making.made] if making else _find_network(tree, candidates, used)
    return Anatomy(aliases, {**classes, **meant}, network, making, frozenset(meant))


def read_aliases(tree: ast.Module) -> dict[str, str]:
    """What the imports at the top bind: ``{"nn": "torch.nn"}``."""
    aliases: dict[str, str] = {}
    for name, full in _read_imports(tree):
        aliases.setdefault(name, full)
    return aliases


def read_functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    """The functions at the top, by their names."""
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _read_imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.split(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (root, root)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__":
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _is_module(base: ast.expr, aliases: Mapping[str, str], classes: Mapping[str, ast.ClassDef]) -> bool:
    if isinstance(base, ast.Name) and base.id in classes:
        return True
    if isinstance(base, ast.Attribute) and base.attr == "Module":
        return True  # also where the import was forgotten
    name = dotted_name(base, aliases) or ""
    return name.startswith("torch.nn.") and name.rpartition(".")[2][:1].isupper()


def _is_meant(node: ast.ClassDef) -> bool:
    """Whether a class without nn.Module was meant as a network: its base is nearly that, or it has a forward."""
    if any(is_misspelt(ast.unparse(base).rpartition(".")[2], "Module") for base in node.bases):
        return True
    methods = (part for part in node.body if isinstance(part, ast.FunctionDef))
    return any(is_misspelt(part.name, "forward") and has_self(part) for part in methods)


def _choose_making(
    tree: ast.Module, aliases: Mapping[str, str], classes: Mapping[str, ast.ClassDef], used: set[str]
) -> Making | None:
    """Of several, the last that is called ``model``; of the others, one of a class that is no part of another."""

    def find_class(made: ast.expr) -> str | None:
        name = made.func.id if isinstance(made, ast.Call) and isinstance(made.func, ast.Name) else ""
        return name if name in classes else None

    makings = find_makings(tree, Settler(aliases, classes, read_functions(tree)), find_class)
    ranks = [
        (
            making.is_named_as_usual,
            making.made not in used,
            making.call is not None,
            not isinstance(making.statement, ast.FunctionDef),
            place,
        )
        for place, making in enumerate(makings)
    ]
    best = makings[max(ranks)[-1]] if makings else None
    return best if best and (best.is_named_as_usual or best.made not in used) else None


def _find_network(tree: ast.Module, classes: Mapping[str, ast.ClassDef], used: set[str]) -> ast.ClassDef | None:
    if NETWORK in classes:
        return classes[NETWORK]
    helped = {
        node.id
        for part in read_functions(tree).values()
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and node.id != part.name
    }
    candidates = [node for name, node in classes.items() if name not in used | helped]
    candidates = candidates or [node for name, node in classes.items() if name not in used] or list(classes.values())
    return candidates[-1] if candidates else None
