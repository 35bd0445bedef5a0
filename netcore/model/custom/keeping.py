"""Of a whole script, only the network: its classes with what they need, and the line that makes it. Runs nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from netcore.model.custom.anatomy import Anatomy, read_anatomy
from netcore.model.custom.cutting import rewrite
from netcore.model.custom.dotted import unfold
from netcore.model.custom.finding import Finding
from netcore.model.custom.grammar import COMPREHENSIONS
from netcore.model.custom.leftovers import LeftOut, describe_left_out, shorten
from netcore.model.custom.names import ENTRIES, NAMESPACES
from netcore.model.custom.scopes import bound_names
from netcore.model.custom.settling import split_assignment
from netcore.model.custom.text import parse_source
from netcore.model.custom.tidying import drop_commands, is_command, tidy_text
from netcore.model.custom.wall import find_refusals

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.Assign, ast.AnnAssign)


@dataclass(frozen=True)
class Kept:
    """What stays of a script."""

    source: str
    """The classes, and what they need, as they were written."""
    call: str
    """How the network is made, as far as the script says it: ``Net(784, 10)``."""
    is_made: bool
    """Whether a line of the script makes it; otherwise it is the last class that no other uses."""
    others: tuple[str, ...]
    """The classes that could be the network as well: no other class of the script uses them."""
    left_out: tuple[LeftOut, ...]
    refusals: tuple[Finding, ...]
    """What the wall still finds in it."""

    def leaves_out(self, line: int) -> bool:
        """Whether a line of the script, from 1, is left out."""
        return any(part.first <= line <= part.last for part in self.left_out)


def keep_network(source: str, trusted: bool = False) -> Kept | None:
    """The network of a script that the wall refuses; None where nothing is to be left out, or where that helps nothing.

    It was tried: the wall, which is no other for it, finds less in what stays than in the whole. ``trusted`` is what
    ``find_refusals`` takes.
    """
    plain = tidy_text(source)
    before = find_refusals(plain, trusted)
    was_read = not isinstance(parse_source(plain), Finding)
    script = plain if was_read else drop_commands(plain)
    tree = parse_source(script)
    if isinstance(tree, Finding) or not before:
        return None
    anatomy = read_anatomy(tree)
    if anatomy.network is None:
        return None
    tries = [_keep(plain, script, tree, anatomy, classes, trusted) for classes in _choose_classes(anatomy)]
    best = min(tries, key=lambda kept: len(kept.refusals))
    helps = len(best.refusals) < len(before) or not was_read
    return best if best.left_out and helps else None


def _choose_classes(anatomy: Anatomy) -> list[list[ast.ClassDef]]:
    """All classes; or the network alone, where another one stands in the way."""
    assert anatomy.network
    return [list(anatomy.classes.values()), [anatomy.network]]


def _keep(
    plain: str, script: str, tree: ast.Module, anatomy: Anatomy, classes: list[ast.ClassDef], trusted: bool
) -> Kept:
    making = anatomy.making
    line = making.line if making else None
    roots: list[ast.AST] = [*classes]
    if making and making.call:
        roots.append(making.written if line else making.call)
    needed = _find_needed(tree, roots)
    changes: dict[ast.stmt, str | None] = {}
    for node in tree.body:
        if node is line:
            written = ast.get_source_segment(script, making.written) if making else None
            if making and split_assignment(node)[1] is not making.written:
                changes[node] = f"{making.target} = {written}"
        elif isinstance(node, _IMPORTS):
            text = _keep_import(node, needed)
            if text != ast.unparse(node):
                changes[node] = text
        elif not _is_remark(node) and not (isinstance(node, _DEFINITIONS) and _gives(node) & needed):
            changes[node] = None
    kept = rewrite(script, tree, changes).rstrip() + "\n"
    if making and making.call and not line:
        kept += f"\n\nmodel = {ast.unparse(making.call)}\n"
    commands = tuple(
        LeftOut(number, number, "command", shorten(old))
        for number, (old, new) in enumerate(zip(plain.split("\n"), script.split("\n"), strict=True), 1)
        if is_command(old) and not new
    )
    gone = describe_left_out(script, [node for node, text in changes.items() if node is not line])
    return Kept(
        kept,
        ast.unparse(making.call) if making and making.call else f"{anatomy.network.name}()" if anatomy.network else "",
        making is not None,
        _find_others(anatomy),
        tuple(sorted((*gone, *commands), key=lambda part: part.first)),
        find_refusals(kept, trusted),
    )


def _find_needed(tree: ast.Module, roots: Iterable[ast.AST]) -> set[str]:
    """The names that the roots read, and those that what stands for these names reads, to the end."""
    givers: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        for name in _gives(node) if isinstance(node, _DEFINITIONS) else ():
            givers.setdefault(name, []).append(node)
    needed: set[str] = set()
    waiting = list(roots)
    for reading in waiting:  # it grows
        names = _read_names(reading) | {getattr(reading, "name", "")}
        waiting += [giver for name in names - needed for giver in givers.get(name, ())]
        needed |= names
    return needed


def _read_names(node: ast.AST) -> set[str]:
    """The names that it takes from around it: not those that its functions give themselves."""
    names = {name for child in ast.iter_child_nodes(node) for name in _read_names(child)}
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        names.add(node.id)
    if isinstance(node, (ast.FunctionDef, ast.Lambda, *COMPREHENSIONS)):
        names -= bound_names(node)
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        defaults = (*node.args.defaults, *(default for default in node.args.kw_defaults if default))
        names |= {name for default in defaults for name in _read_names(default)}
    return names


def _gives(statement: ast.stmt) -> set[str]:
    """The names to which it gives a value, or a part of one: ``sizes`` in ``sizes[0] = 784``."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    inner = {root.id for target in targets for root in (_root(target),) if isinstance(root, ast.Name)}
    return inner | bound_names(ast.Module([statement], []))


def _root(target: ast.expr) -> ast.expr:
    while isinstance(target, ast.Subscript | ast.Attribute):
        target = target.value if isinstance(target, ast.Subscript) else unfold(target)[0]
    return target


def _keep_import(node: ast.Import | ast.ImportFrom, needed: set[str]) -> str | None:
    """The import with the names that are needed, or that every class may import; None where there is none."""
    names = []
    for alias in node.names:
        home = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        full = f"{home}.{alias.name}" if home else alias.name
        bound = alias.asname or alias.name.split(".")[0]
        is_open = full in NAMESPACES or full in ENTRIES or (alias.name == "*" and home.startswith("torch"))
        gives_more = isinstance(node, ast.Import) and not alias.asname and alias.name.startswith("torch.")
        if is_open or (bound in needed and not gives_more):  # torch itself has a line of its own
            names.append(alias)
    reduced = copy(node)
    reduced.names = names
    return ast.unparse(reduced) if names else None


def _find_others(anatomy: Anatomy) -> tuple[str, ...]:
    used = {
        node.id
        for part in anatomy.classes.values()
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and node.id != part.name
    }
    network = anatomy.network.name if anatomy.network else ""
    return tuple(name for name in anatomy.classes if name not in used and name != network)


def _is_remark(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
