"""Special names that are nearly right, and methods at the wrong place: Python takes them, and nobody calls them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from netcore.model.custom.anatomy import Anatomy
from netcore.model.custom.finding import Finding
from netcore.model.custom.scopes import has_self, is_self
from netcore.model.custom.spelling import is_misspelt

_OTHER_LIBRARIES = frozenset(("call", "__call__"))
"""What Keras calls ``forward``."""


def find_near_misses(tree: ast.Module, anatomy: Anatomy) -> Iterator[tuple[ast.AST, Finding]]:
    """The classes and functions whose name, base or place is nearly the right one, each with what to say of it."""
    for node in anatomy.classes.values():
        if node.name in anatomy.meant and not _derives_meant(node, anatomy):
            yield node, find_wrong_base(node)
        for method in _methods(node):
            wanted = _find_wanted(method, node, anatomy)
            if wanted:
                yield method, _find(method, "{name} is a method that nobody calls.", "Did you mean {nearest}?", wanted)
            yield from _find_indented(method, node, anatomy)
    for function in tree.body:
        wanted = name_special(function.name) if isinstance(function, ast.FunctionDef) and has_self(function) else None
        if isinstance(function, ast.FunctionDef) and wanted:
            cure = "Indent it by four spaces, like the methods of the class."
            yield function, _find(function, "{name} stands outside of the class.", cure, wanted)


def find_wrong_base(node: ast.ClassDef) -> Finding:
    """What to say of a class that looks like a network and does not derive nn.Module."""
    values = (("line", node.lineno), ("name", node.name), ("base", ", ".join(map(ast.unparse, node.bases))[:60]))
    what = "Line {line}: {name} derives {base}." if node.bases else "Line {line}: {name} derives nothing."
    if len(node.bases) == 1 and is_misspelt(ast.unparse(node.bases[0]).rpartition(".")[2], "Module"):
        return Finding(node.lineno, node.col_offset, what, "Did you mean nn.Module?", values)
    return Finding(node.lineno, node.col_offset, what, "A network is a class {name}(nn.Module):.", values)


def name_special(name: str) -> str | None:
    """``__init__`` or ``forward``, where ``name`` is that or nearly that; None for any other."""
    plain = name.strip("_").lower()
    if is_misspelt(plain, "init") or (plain == "int" and name.startswith("_")):
        return "__init__"
    return "forward" if is_misspelt(plain, "forward") or name in _OTHER_LIBRARIES else None


def _find_wanted(method: ast.FunctionDef, node: ast.ClassDef, anatomy: Anatomy) -> str | None:
    """The special name that a method should have: the class has none of that name, and nobody calls the method."""
    wanted = name_special(method.name)
    if wanted in (None, method.name) or not has_self(method) or _is_called(method.name, node):
        return None
    if wanted == "__init__":
        return None if any(part.name == wanted for part in _methods(node)) else wanted
    return None if _has_forward(node, anatomy) else wanted


def _find_indented(method: ast.FunctionDef, node: ast.ClassDef, anatomy: Anatomy) -> Iterator[tuple[ast.AST, Finding]]:
    """A forward that stands in another method of a class without one."""
    for part in method.body:
        if isinstance(part, ast.FunctionDef) and has_self(part) and name_special(part.name) == "forward":
            if _has_forward(node, anatomy) or _is_used(part.name, method):
                continue
            what = "{name} stands inside of {method}, indented too far, and nobody calls it."
            cure = "Move it to the left, until its def stands below def {method}."
            yield part, _find(part, what, cure, "forward", method.name)


def _find(node: ast.FunctionDef, what: str, cure: str, nearest: str, method: str = "") -> Finding:
    values = (("line", node.lineno), ("name", node.name), ("nearest", nearest), ("method", method))
    return Finding(node.lineno, node.col_offset, "Line {line}: " + what, cure, values)


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [part for part in node.body if isinstance(part, ast.FunctionDef)]


def _has_forward(node: ast.ClassDef, anatomy: Anatomy) -> bool:
    """Whether the class has a forward, its own or that of a class which it derives, in the text or in torch."""
    seen: list[ast.ClassDef] = []
    while node not in seen:
        seen.append(node)
        if any(part.name == "forward" for part in _methods(node)):
            return True
        bases = [ast.unparse(base) for base in node.bases]
        if any(base.rpartition(".")[2] == "Sequential" for base in bases):
            return True
        node = next((anatomy.classes[base] for base in bases if base in anatomy.classes), node)
    return False


def _derives_meant(node: ast.ClassDef, anatomy: Anatomy) -> bool:
    return any(isinstance(base, ast.Name) and base.id in anatomy.classes for base in node.bases)


def _is_called(name: str, node: ast.ClassDef) -> bool:
    """Whether the class calls its own method of that name."""
    return any(isinstance(part, ast.Attribute) and part.attr == name and is_self(part.value) for part in ast.walk(node))


def _is_used(name: str, method: ast.FunctionDef) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(method))
