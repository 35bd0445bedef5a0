"""Changes of a text at exact places: whatever they do not touch stays as it is, comments and blank lines included."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from netcore.model.xray.places import Place

Node = TypeVar("Node", bound=ast.expr | ast.stmt)
Located = ast.expr | ast.stmt | ast.keyword


@dataclass(frozen=True, order=True)
class Edit:
    """What to put in place of a piece of the text: lines from 1, columns from 0 in bytes of UTF-8, as in ``ast``."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


def replace(node: Located, text: str) -> Edit:
    """Put ``text`` in place of the node."""
    return Edit(*_span(node), text)


def insert_before(node: Located, text: str) -> Edit:
    """Put ``text`` directly before the node."""
    return Edit(node.lineno, node.col_offset, node.lineno, node.col_offset, text)


def insert_after(node: Located, text: str) -> Edit:
    """Put ``text`` directly after the node."""
    line, column = _span(node)[2:]
    return Edit(line, column, line, column, text)


def wrap(node: Located, before: str, after: str) -> tuple[Edit, Edit]:
    """Put ``before`` and ``after`` around the node."""
    return insert_before(node, before), insert_after(node, after)


def remove_after(before: Located, node: Located) -> Edit:
    """Leave the node out, and the comma between it and the one before."""
    return Edit(*_span(before)[2:], *_span(node)[2:], "")


def delete_statement(source: str, tree: ast.AST, node: ast.stmt) -> Edit:
    """Leave a statement out: with its lines, where it has them alone. The only one of a block becomes ``pass``."""
    line, column, end_line, end = _span(node)
    lines = [part.encode() for part in source.splitlines(keepends=True)]
    blocks = (getattr(part, name, None) for part in ast.walk(tree) for name in ("body", "orelse"))
    if any(block == [node] for block in blocks if isinstance(block, list)) and node not in getattr(tree, "body", ()):
        return Edit(line, column, end_line, end, "pass")
    before, after = lines[line - 1][:column], lines[end_line - 1][end:]
    if before.strip() == b"" and after.strip()[:1] in (b"", b"#"):
        return Edit(line, 0, end_line, len(lines[end_line - 1]), "")
    rest = after.lstrip()
    if rest[:1] == b";":  # another statement follows on the line
        end += len(after) - len(rest) + 1
        end += len(rest) - 1 - len(rest[1:].lstrip(b" "))
    return Edit(line, column, end_line, end, "")


def apply_edits(source: str, edits: Iterable[Edit]) -> str:
    """The text with all edits, which must not overlap."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    for edit in sorted(edits, reverse=True):
        before = lines[edit.line - 1][: edit.column]
        after = lines[edit.end_line - 1][edit.end_column :]
        lines[edit.line - 1 : edit.end_line] = [before + edit.text.encode() + after]
    return b"".join(lines).decode()


def write_diff(before: str, after: str) -> str:
    """The change as a unified diff, with two lines around it."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=2)
    return "\n".join(lines)


def find_node(tree: ast.AST, place: Place | None, kind: type[Node]) -> Node | None:
    """The node of that kind which stands exactly at ``place``."""
    if place is None:
        return None
    for node in ast.walk(tree):
        if isinstance(node, kind) and _span(node) == place.span:
            return node
    return None


def find_statement(tree: ast.AST, place: Place | None) -> ast.stmt | None:
    """The innermost statement that holds ``place``."""
    found: ast.stmt | None = None
    for node in ast.walk(tree) if place else ():
        if isinstance(node, ast.stmt):
            line, column, end_line, end_column = _span(node)
            inside = (line, column) <= place.span[:2] and place.span[2:] <= (end_line, end_column)  # type: ignore[union-attr]
            if inside and (found is None or _span(found)[:2] <= (line, column)):
                found = node
    return found


def get_text(source: str, node: ast.AST) -> str:
    """The text of a node, as the person wrote it."""
    return ast.get_source_segment(source, node) or ast.unparse(node)


def get_operand(source: str, node: ast.expr) -> str:
    """The text of a node such that a ``.method()`` can follow it."""
    text = get_text(source, node)
    return text if isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript) else f"({text})"


def _span(node: Located) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
