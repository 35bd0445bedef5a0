"""The mend of a text that the static wall refuses: another name, or one more import. Runs nothing, knows no torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from netcore.model.custom.finding import Finding
from netcore.model.custom.text import parse_source
from netcore.model.custom.wall import find_refusals
from netcore.model.xray.edits import Edit, apply_edits, insert_before, replace
from netcore.model.xray.places import Place
from netcore.model.xray.registering import IMPORTS, add_import, find_lost, keep_on_self
from netcore.model.xray.text import Text, is_self


@dataclass(frozen=True)
class Repair:
    """A mend that was tried."""

    label: str
    """The first line that changes, as it is afterwards."""
    source: str
    """The whole text."""


def find_repair(source: str, finding: Finding) -> Repair | None:
    """The text without what ``finding`` is about, everything else as it was; None where no mend is known.

    A repair was tried: the wall finds less in it than before, and that finding no more.
    """
    if isinstance(parse_source(source), Finding):
        return None
    text, before = Text(source), len(find_refusals(source))
    for edits in _find_edits(text, finding):
        mended = apply_edits(source, edits)
        left = find_refusals(mended)
        if len(left) < before and (finding.what, finding.values) not in [(other.what, other.values) for other in left]:
            label = next(new for new, old in zip(mended.splitlines(), source.splitlines(), strict=False) if new != old)
            return Repair(label.strip(), mended)
    return None


def _find_edits(text: Text, finding: Finding) -> Iterator[tuple[Edit, ...]]:
    """Likely mends, the likeliest first."""
    values = dict(finding.values)
    nearest, written = values.get("nearest"), {values.get("name"), values.get("written"), f"self.{values.get('name')}"}
    for node in ast.walk(text.tree):
        if not isinstance(node, ast.Name | ast.Attribute) or ast.unparse(node) not in written:
            continue
        if (node.lineno, node.col_offset) != (finding.line, finding.column):
            continue
        name = node.id if isinstance(node, ast.Name) else node.attr
        given = [statement.lineno for statement in text.find_assignments(name, attribute=True)]
        if isinstance(node, ast.Name) and given and finding.line not in given:
            yield (insert_before(node, "self."),)
        if isinstance(node, ast.Name) or is_self(node, name):
            made = find_lost(text, name, Place("", node.lineno, node.col_offset, node.lineno, node.col_offset))
            if made:
                yield keep_on_self(text, name, made)
        if isinstance(node, ast.Name) and name in IMPORTS:
            yield (add_import(text, IMPORTS[name]),)
        if isinstance(nearest, str):
            yield (_rename(node, nearest),)


def _rename(node: ast.Name | ast.Attribute, name: str) -> Edit:
    """Another name in whole, or another last one: ``x.flatten`` in place of ``x.flaten``."""
    if isinstance(node, ast.Name) or "." in name:
        return replace(node, name)
    line, end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Edit(line, end - len(node.attr.encode()), line, end, name)
