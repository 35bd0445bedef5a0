"""A class's text and its syntax tree, to find and to quote what stands at a place. Runs nothing, knows no torch."""

from __future__ import annotations

import ast

from netcore.model.custom.anatomy import read_anatomy
from netcore.model.xray.edits import get_text
from netcore.model.xray.places import Place
from netcore.syntax import parse_python


class Text:
    """A class's text and its syntax tree, to find and to quote what stands at a place."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tree = parse_python(source)
        self.anatomy = read_anatomy(self.tree)

    @property
    def class_name(self) -> str:
        """The class that is the network; empty where there is none."""
        return self.anatomy.network.name if self.anatomy.network else ""

    def quote(self, node: ast.AST) -> str:
        """What the person wrote there, in one line of at most 60 characters."""
        text = " ".join(get_text(self.source, node).split())
        return text if len(text) <= 60 else text[:57] + "..."

    def find_assignments(self, name: str, *, attribute: bool) -> list[ast.Assign | ast.AnnAssign]:
        """The statements that give a value to ``self.name``, or to the variable ``name``, in the order of the text."""
        found = []
        for node in ast.walk(self.tree):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, ast.Assign | ast.AnnAssign) and any(_is(item, name, attribute) for item in targets):
                found.append(node)
        return sorted(found, key=lambda node: node.lineno)

    def find_function(self, place: Place) -> ast.FunctionDef | None:
        """The innermost function whose lines hold ``place``."""
        found = None
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and node.lineno <= place.line <= (node.end_lineno or node.lineno):
                found = node if found is None or node.lineno > found.lineno else found
        return found


def _is(target: ast.AST | None, name: str, attribute: bool) -> bool:
    if attribute:
        return is_self(target, name)
    return isinstance(target, ast.Name) and target.id == name


def is_self(node: ast.AST | None, name: str) -> bool:
    """Whether the node is ``self.name``."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )
