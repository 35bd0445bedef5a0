"""What is wrong at a line of a class, in sentences, and the edits that may mend it. Not how it was found."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from netcore.model.custom.source import CustomSource
from netcore.model.xray.edits import Edit, find_node, get_text
from netcore.model.xray.places import Place
from netcore.model.xray.recorder import Operation


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong. Whoever offers the edits tries them first: they are the likeliest, and not proven."""

    line: int
    what: str
    cure: str
    values: tuple[tuple[str, Any], ...] = ()
    """What stands in the sentences: numbers, words, and shapes as they are written."""
    label: str = ""
    """The mend in a few signs: ``in_features = 3136``."""
    edits: tuple[Edit, ...] = ()


class Text:
    """A class's text and its syntax tree, to find and to quote what stands at a place."""

    def __init__(self, network: CustomSource) -> None:
        self.source = network.source
        self.network = network
        self.tree = ast.parse(network.source)

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


def say(
    text: Text,
    operation: Operation,
    what: str,
    cure: str,
    values: tuple[tuple[str, Any], ...],
    label: str = "",
    edits: tuple[Edit, ...] = (),
) -> Diagnosis:
    """A diagnosis about an operation, which the sentence ``what`` calls ``{words}``: what stands in the text."""
    place = operation.place
    node = find_node(text.tree, place, ast.expr)
    words = text.quote(node) if node else operation.name
    return Diagnosis(place.line if place else 1, what, cure, (("words", words), *values), label, edits)
