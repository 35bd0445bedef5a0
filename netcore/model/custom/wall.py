"""The static wall: what stands in the way of a student's class, found by reading it. Runs nothing, knows no torch.

It teaches, and keeps accidents and simple attacks away. What it overlooks meets the walls of the process.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress

from netcore.model.custom.anatomy import MODULE, Anatomy, dotted_name, read_anatomy
from netcore.model.custom.finding import Finding
from netcore.model.custom.naming import MOST_FINDINGS, EnoughError
from netcore.model.custom.reader import SourceReader
from netcore.model.custom.text import parse_source


def find_refusals(source: str, trusted: bool = False) -> tuple[Finding, ...]:
    """What stands in the way of using ``source`` as a network, in the order of the lines; nothing where it may run.

    At most ``MOST_FINDINGS`` things. ``trusted`` asks only for what no class works without: a text within its limits
    that parses, and a network that is made without arguments and takes one batch.
    """
    tree = parse_source(source)
    if isinstance(tree, Finding):
        return (tree,)
    anatomy = read_anatomy(tree)
    findings = set(_find_missing(anatomy))
    if not trusted:
        reader = SourceReader(tree, anatomy)
        with suppress(EnoughError):
            reader.read(tree)
        findings.update(reader.findings)
    return tuple(sorted(findings)[:MOST_FINDINGS])


def _find_missing(anatomy: Anatomy) -> Iterator[Finding]:
    network = anatomy.network
    if network is None:
        yield Finding(
            1, 0, "No class here derives nn.Module.", "Write class Network(nn.Module): with __init__ and forward."
        )
        return
    init, forward = anatomy.find_method("__init__"), anatomy.find_method("forward")
    if init:
        given = _given(init.args, anatomy.call)
        for argument in _needed(init.args)[1:]:
            if argument in given:
                continue
            yield _find(
                init,
                "Line {line}: __init__ needs {argument}, and the network is made as {name}().",
                "Give it a default: {argument}=10.",
                network.name,
                argument,
            )
    if forward is None:
        if not _has_forward_of_torch(anatomy):
            yield _find(
                network, "Line {line}: {name} has no forward.", "Write def forward(self, x):.", network.name, "x"
            )
    elif len(_needed(forward.args)) > 2 or (_accepts(forward.args) < 2):
        yield _find(
            forward,
            "Line {line}: forward gets the batch, and nothing else.",
            "Write def forward(self, x):.",
            network.name,
            "x",
        )


def _find(node: ast.ClassDef | ast.FunctionDef, what: str, cure: str, name: str, argument: str) -> Finding:
    values = (("line", node.lineno), ("name", name), ("argument", argument))
    return Finding(node.lineno, node.col_offset, what, cure, values)


def _needed(arguments: ast.arguments) -> list[str]:
    """The arguments without a default, self included."""
    places = [*arguments.posonlyargs, *arguments.args]
    required = places[: len(places) - len(arguments.defaults)]
    named = [
        argument
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    return [argument.arg for argument in (*required, *named)]


def _given(arguments: ast.arguments, call: ast.Call | None) -> set[str]:
    """The arguments of ``__init__`` that the line that makes the network gives."""
    if call is None:
        return set()
    places = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)][1:]
    return {*places[: len(call.args)], *(keyword.arg for keyword in call.keywords if keyword.arg)}


def _accepts(arguments: ast.arguments) -> float:
    """How many arguments go by place."""
    return float("inf") if arguments.vararg else len(arguments.posonlyargs) + len(arguments.args)


def _has_forward_of_torch(anatomy: Anatomy) -> bool:
    """Whether it has the forward of a class of torch, such as nn.Sequential."""
    bases = (dotted_name(base, anatomy.aliases) for node in anatomy.lineage for base in node.bases)
    return any(base not in (None, MODULE) for base in bases)
