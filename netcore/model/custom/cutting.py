"""Statements at the top of a text left out or written anew: everything else stays as it was written, comments too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_SAME_LINE = re.compile(r"(?:[ \t]|\\\n)*;(?:[ \t]|\\\n)*")
# The rest of a statement's line, and the comments below it that are indented: they belong to its body.
_TAIL = re.compile(r"(?:[ \t;]|\\\n)*(?:#[^\n]*)?(?:\n|\Z)(?:(?:[ \t]*\n)*[ \t]+#[^\n]*(?:\n|\Z))*")
_CONTINUED = re.compile(r"(?:^[ \t]*\\\n)+\Z", re.MULTILINE)


@dataclass(frozen=True)
class _Line:
    """A logical line at the top: one statement, or several with semicolons between them."""

    nodes: tuple[ast.stmt, ...]
    lead: int
    """Where the blank lines and comments above it begin; offsets count characters."""
    start: int
    stop: int
    end: int
    """Behind its line break."""


def rewrite(source: str, tree: ast.Module, changes: Mapping[ast.stmt, str | None]) -> str:
    """The text in which each statement of ``changes`` is written as that text says, or left out where it is None.

    The comments directly above a line of which nothing is left go with it. Read again, the text is ``tree`` with these
    changes and no others.
    """
    starts = _find_starts(source)
    parts, gap = [], 0
    for line in _split(source, tree, starts):
        texts = [changes.get(node, source[slice(*_span(node, starts, source))]) for node in line.nodes]
        kept = [text for text in texts if text is not None]
        lead = source[line.lead : line.start]
        blank = len(lead) - len(lead.lstrip("\n"))
        gap = max(gap, blank)
        if not kept:
            header = source[: line.start].rpartition("\n\n")[0] if line.lead == 0 else ""
            parts.append(f"{header}\n" if header else "")
            continue
        words = "; ".join(kept) if any(node in changes for node in line.nodes) else source[line.start : line.stop]
        parts.append("\n" * (gap - blank) + lead + words + source[line.stop : line.end])
        gap = 0
    return "".join(parts).lstrip("\n")


def get_lines(node: ast.stmt) -> tuple[int, int]:
    """The first and the last line of a statement, its decorators included."""
    first = min((node.lineno, *(part.lineno for part in getattr(node, "decorator_list", ()))))
    return first, node.end_lineno or node.lineno


def _split(source: str, tree: ast.Module, starts: list[int]) -> Iterator[_Line]:
    lead, group = 0, list[ast.stmt]()
    for node in tree.body:
        if group and not _SAME_LINE.fullmatch(
            source, _span(group[-1], starts, source)[1], _span(node, starts, source)[0]
        ):
            line = _close(source, group, lead, starts)
            yield line
            lead, group = line.end, []
        group.append(node)
    if group:
        yield _close(source, group, lead, starts)


def _close(source: str, group: list[ast.stmt], lead: int, starts: list[int]) -> _Line:
    start, stop = _span(group[0], starts, source)[0], _span(group[-1], starts, source)[1]
    decorators = getattr(group[0], "decorator_list", [])
    if decorators:
        start = source.rindex("@", lead, _span(decorators[0], starts, source)[0])
    continued = _CONTINUED.search(source, lead, start)
    tail = _TAIL.match(source, stop)
    return _Line(tuple(group), lead, continued.start() if continued else start, stop, tail.end() if tail else stop)


def _find_starts(source: str) -> list[int]:
    """Where each line begins."""
    return [0, *(match.end() for match in re.finditer("\n", source))]


def _span(node: ast.stmt | ast.expr, starts: list[int], source: str) -> tuple[int, int]:
    """Where it begins and ends in the text: ``ast`` counts the columns in bytes of UTF-8."""
    end = _offset(source, starts, node.end_lineno or node.lineno, node.end_col_offset or 0)
    return _offset(source, starts, node.lineno, node.col_offset), end


def _offset(source: str, starts: list[int], line: int, column: int) -> int:
    start = starts[line - 1]
    return start + len(source[start : start + column].encode()[:column].decode(errors="ignore"))
