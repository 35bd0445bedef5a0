"""From the text of a class to its syntax tree, within bounds. Knows nothing of what the class may say."""

from __future__ import annotations

import ast
import re
import unicodedata

from netcore.model.custom.finding import Finding
from netcore.model.custom.tidying import CURLY, is_command
from netcore.settings import MAX_SOURCE_BYTES
from netcore.syntax import parse_python

FILE_NAME = "<network>"
"""What tracebacks call the text: their lines are the student's."""

_MAX_NODES = 10_000
_MAX_DEPTH = 60
_NO_TEXT = re.compile(r"[^\S\n ]|[^\s!-~]")
_STRANGE = frozenset(("Cc", "Cs", "Cf", "Zl", "Zp"))
"""Control signs, halves of signs, invisible signs (they can turn the order in which a line is read), odd line ends."""


def parse_source(source: str) -> ast.Module | Finding:
    """The tree of a text of at most ``MAX_SOURCE_BYTES`` bytes, or why there is none.

    Bounded in nodes and in depth, so that whatever walks the tree, or compiles it, comes to its end.
    """
    tree = _find_no_text(source) or _parse(source)
    return tree if isinstance(tree, Finding) else _find_too_deep(tree) or tree


def _find_no_text(source: str) -> Finding | None:
    size = len(source.encode(errors="replace"))
    if size > MAX_SOURCE_BYTES:
        return Finding(
            1,
            0,
            "The text has {size} bytes, and {most} are the limit.",
            "Keep only the classes of the network.",
            (("size", f"{size:,}"), ("most", f"{MAX_SOURCE_BYTES:,}")),
        )
    for match in _NO_TEXT.finditer(source):
        sign, place = match.group(), match.start()
        if sign not in "\t\r" and unicodedata.category(sign) in _STRANGE:
            line = source.count("\n", 0, place) + 1
            return Finding(
                line,
                place - (source.rfind("\n", 0, place) + 1),
                "Line {line} holds an invisible sign, U+{code}.",
                "Delete it, or write the line again.",
                (("line", line), ("code", f"{ord(sign):04X}")),
            )
    return None


def _parse(source: str) -> ast.Module | Finding:
    try:
        return parse_python(source, FILE_NAME)
    except SyntaxError as error:
        line = min(error.lineno or 1, source.count("\n") + 1)
        what, cure = _explain(error, source.split("\n")[line - 1])
        return Finding(line, max(0, (error.offset or 1) - 1), what, cure, (("line", line), ("reason", error.msg)))
    except (ValueError, RecursionError, MemoryError):
        lines = source.split("\n")
        return _too_deep(1 + lines.index(max(lines, key=len)))  # Python does not say where


def _explain(error: SyntaxError, line: str) -> tuple[str, str]:
    if is_command(line):
        return "Line {line} is a command for a notebook, not Python.", "Delete it."
    if isinstance(error, TabError):
        return "Line {line} is indented with tabs, and others with spaces.", "Use spaces on all lines."
    if CURLY.search(line):
        return "Line {line} has curly quotes, which Python does not read.", "Write straight ones: \" or '."
    return "Line {line} is not Python: {reason}.", "Correct this line, or the one before it."


def _find_too_deep(tree: ast.Module) -> Finding | None:
    level: list[ast.AST] = [tree]
    count = 0
    for _ in range(_MAX_DEPTH):
        count += len(level)
        if count > _MAX_NODES:
            return Finding(1, 0, "The text says too many things at once.", "Keep only the classes of the network.")
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return None
    return _too_deep(next((node.lineno for node in level if hasattr(node, "lineno")), 1))


def _too_deep(line: int) -> Finding:
    return Finding(
        line,
        0,
        "Line {line} is nested too deeply to be read.",
        "Give its parts names, on lines of their own.",
        (("line", line),),
    )
