"""What stands in a source: its imports, its classes, and which of them is the network. Pure: syntax trees, no torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MODULE = "torch.nn.Module"
NETWORK = "Network"
"""The class of that name is the network, wherever it stands."""


@dataclass(frozen=True)
class Anatomy:
    """The parts of a source that ask for a name."""

    aliases: Mapping[str, str]
    """What the imports at the top bind: ``{"nn": "torch.nn"}``."""
    classes: Mapping[str, ast.ClassDef]
    """The classes at the top that derive ``nn.Module``, straight or through one another."""
    network: ast.ClassDef | None
    """The one that is the network; None where no class derives ``nn.Module``."""
    making: ast.Assign | None = None
    """The line that makes it, ``model = Network(10)``, where there is one with plain values. It is read, not run."""

    @property
    def call(self) -> ast.Call | None:
        """The right side of that line."""
        return self.making.value if self.making and isinstance(self.making.value, ast.Call) else None

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
    """The imports and classes of a source. The network is the class called ``Network``; otherwise the last class that
    derives ``nn.Module`` and that no other class or function of the source uses."""
    aliases: dict[str, str] = {}
    for name, full in _read_imports(tree):
        aliases.setdefault(name, full)
    classes: dict[str, ast.ClassDef] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(_is_module(base, aliases, classes) for base in node.bases):
            classes[node.name] = node
    network = _find_network(tree, classes)
    return Anatomy(aliases, classes, network, _find_making(tree, network) if network else None)


def dotted_name(node: ast.expr, aliases: Mapping[str, str]) -> str | None:
    """The full name of ``nn.Linear``, ``torch.nn.Linear``; None where the expression begins with nothing imported."""
    root, chain = unfold(node)
    if not isinstance(root, ast.Name) or root.id not in aliases:
        return None
    return ".".join((aliases[root.id], *(part.attr for part in chain)))


def unfold(node: ast.expr) -> tuple[ast.expr, list[ast.Attribute]]:
    """``nn.functional.relu`` as its root ``nn`` and its attributes from the inside out."""
    chain: list[ast.Attribute] = []
    while isinstance(node, ast.Attribute):
        chain.append(node)
        node = node.value
    return node, chain[::-1]


def write_short(node: ast.expr) -> str:
    """An expression in at most 40 characters, for a sentence."""
    text = ast.unparse(node)
    return text if len(text) <= 40 else text[:37] + "..."


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


def _find_making(tree: ast.Module, network: ast.ClassDef) -> ast.Assign | None:
    for node in reversed(tree.body):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and len(node.targets) == 1:
            call, target = node.value, node.targets[0]
            is_made = isinstance(call.func, ast.Name) and call.func.id == network.name
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            if isinstance(target, ast.Name) and is_made and all(isinstance(value, ast.Constant) for value in given):
                return node if all(keyword.arg for keyword in call.keywords) else None
    return None


def _find_network(tree: ast.Module, classes: Mapping[str, ast.ClassDef]) -> ast.ClassDef | None:
    if NETWORK in classes:
        return classes[NETWORK]
    used = {
        node.id
        for part in tree.body
        if isinstance(part, ast.ClassDef | ast.FunctionDef)
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and node.id != part.name
    }
    candidates = [node for name, node in classes.items() if name not in used] or list(classes.values())
    return candidates[-1] if candidates else None
