"""The static wall: what a student's class may not say, found by reading it. Runs nothing, knows no torch."""

from __future__ import annotations

import ast

from netcore.model.custom.anatomy import read_anatomy
from netcore.model.custom.finding import Finding
from netcore.settings import MAX_SOURCE_BYTES


def find_refusals(source: str, trusted: bool = False) -> tuple[Finding, ...]:
    """All that stands in the way of using ``source`` as a network, in the order of its lines; nothing where it may run.

    ``trusted`` asks only for what no class works without: a text within the limits that parses, and a network in it.
    """
    tree = _parse(source)
    if isinstance(tree, Finding):
        return (tree,)
    anatomy = read_anatomy(tree)
    if anatomy.network is None:
        return (
            Finding(
                1,
                0,
                "No class here derives nn.Module.",
                "Write class Network(nn.Module): with __init__ and forward.",
            ),
        )
    return ()


def _parse(source: str) -> ast.Module | Finding:
    size = len(source.encode(errors="replace"))
    if size > MAX_SOURCE_BYTES:
        return Finding(
            1,
            0,
            "The text has {size} bytes, and {most} are the limit.",
            "Keep only the classes of the network.",
            (("size", f"{size:,}"), ("most", f"{MAX_SOURCE_BYTES:,}")),
        )
    try:
        return ast.parse(source, "<network>")
    except SyntaxError as error:
        return Finding(
            error.lineno or 1,
            max(0, (error.offset or 1) - 1),
            "Line {line} is not Python: {reason}.",
            "Correct this line, or the one before it.",
            (("line", error.lineno or 1), ("reason", error.msg)),
        )
    except (ValueError, RecursionError, MemoryError):
        return Finding(1, 0, "Python cannot read this text.", "Write it in simpler lines.")
