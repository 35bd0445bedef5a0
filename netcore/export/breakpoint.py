"""The lines with which plain Python stops at the same place: ``breakpoint()`` and pdb. Knows nothing of the screen."""

from __future__ import annotations

import ast

from netcore.syntax import parse_python


def breakpoint_source(source: str, line: int) -> str:
    """The function of ``source`` that holds the statement at ``line`` (from 1), with ``breakpoint()`` before that.

    Without the blanks in front of the function. The text itself where no function holds it.
    """
    lines = source.splitlines()
    functions = [
        node
        for node in ast.walk(parse_python(source))
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    text = lines[line - 1]
    stop = f"{text[: len(text) - len(text.lstrip())]}breakpoint()"
    first, last = 1, len(lines)
    if functions:
        inner = max(functions, key=lambda node: node.lineno)
        first, last = inner.lineno, inner.end_lineno or inner.lineno
    shown = [*lines[first - 1 : line - 1], stop, *lines[line - 1 : last]]
    indent = len(shown[0]) - len(shown[0].lstrip())
    return "\n".join(text[indent:] if text[:indent].isspace() else text for text in shown) + "\n"


def pdb_commands(name: str) -> str:
    """What one types there to see the variable ``name`` as the page shows it, and to go on."""
    return (
        f"(Pdb) p {name}.shape, {name}.dtype, {name}.grad_fn\n"
        f"(Pdb) p {name}.min(), {name}.mean(), {name}.max()\n"
        "(Pdb) n    # next: run this line\n"
        "(Pdb) s    # step: into a function that this line calls\n"
        "(Pdb) c    # continue: to the next breakpoint, or the end\n"
    )
