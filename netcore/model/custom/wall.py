"""The static wall: what stands in the way of a student's class, found by reading it. Runs nothing, knows no torch.

It teaches, and keeps accidents and simple attacks away. What it overlooks meets the walls of the process.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import suppress

from netcore.model.custom.anatomy import MODULE, Anatomy, read_anatomy
from netcore.model.custom.dotted import dotted_name, write_short
from netcore.model.custom.finding import Finding
from netcore.model.custom.layer_calls import find_layer_calls
from netcore.model.custom.naming import MOST_FINDINGS, EnoughError
from netcore.model.custom.near_misses import find_near_misses
from netcore.model.custom.reader import SourceReader
from netcore.model.custom.settings_objects import find_settings
from netcore.model.custom.text import parse_source
from netcore.model.custom.tidying import tidy_text
from netcore.model.usual_sizes import usual_size


def find_refusals(source: str, trusted: bool = False) -> tuple[Finding, ...]:
    """What stands in the way of using ``source`` as a network, in the order of the lines; nothing where it may run.

    Line ends, prompts and the like are tidied first. At most ``MOST_FINDINGS`` things. ``trusted`` asks only for what
    no class works without: a text within its limits that parses, and a network whose arguments have values and that
    takes one batch.
    """
    return judge_text(tidy_text(source), trusted)


def judge_text(text: str, trusted: bool) -> tuple[Finding, ...]:
    """``find_refusals`` of exactly this text."""
    tree = parse_source(text)
    if isinstance(tree, Finding):
        return (tree,)
    anatomy = read_anatomy(tree)
    missed = dict(find_near_misses(tree, anatomy))
    findings = {*missed.values(), *_find_missing(anatomy, missed.values())}
    if not trusted:
        reader = SourceReader(tree, anatomy, frozenset(missed))
        with suppress(EnoughError):
            reader.read(tree)
        findings.update(reader.findings, find_layer_calls(tree, anatomy))
    return tuple(sorted(findings)[:MOST_FINDINGS])


def _find_missing(anatomy: Anatomy, missed: Iterable[Finding]) -> Iterator[Finding]:
    network = anatomy.network
    if network is None:
        yield Finding(
            1, 0, "No class here derives nn.Module.", "Write class Network(nn.Module): with __init__ and forward."
        )
        return
    init, forward = anatomy.find_method("__init__"), anatomy.find_method("forward")
    if init:
        yield from _find_open_arguments(init, anatomy)
    if forward is None:
        if not _has_forward_of_torch(anatomy) and not any(_means_forward(finding) for finding in missed):
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


def _find_open_arguments(init: ast.FunctionDef, anatomy: Anatomy) -> Iterator[Finding]:
    """The arguments that neither a default nor the line that makes the network gives a value."""
    making, name = anatomy.making, anatomy.network.name if anatomy.network else ""
    given = _read_given(init.args, making.call or making.written) if making else {}
    made = write_short(anatomy.call) if anatomy.call else f"{name}()"
    settings = find_settings(init)
    for argument in _needed(init.args)[1:]:
        value = given.get(argument)
        if value is not None and making and value not in making.open_values:
            continue
        if value is None and argument in settings:
            yield _find_settings(init, argument, settings[argument])
            continue
        what = "Line {line}: __init__ needs {argument}, and the network is made as {made}."
        if value is not None:
            what = "Line {line}: __init__ needs {argument}, and the text does not say what {value} is."
        size = usual_size(argument)
        otherwise = "Give it a default, or its value where {name} is made."
        cure = "Give it a default: {argument}={size}." if size else otherwise
        values: dict[str, object] = {
            "line": init.lineno,
            "name": name,
            "made": made,
            "argument": argument,
            "size": size,
        }
        if value is not None:
            values["value"] = write_short(value)
        yield Finding(init.lineno, init.col_offset, what, cure, tuple(values.items()))


def _find_settings(init: ast.FunctionDef, argument: str, parts: tuple[str, ...]) -> Finding:
    listed = ", ".join(parts[:3]) + (" and more" if len(parts) > 3 else "")
    what = "Line {line}: __init__ takes the object {argument}, with {parts}, and nothing here makes one."
    cure = "Give the values as arguments with defaults, {first}=64, and write {first} for {argument}.{first}."
    values = (("line", init.lineno), ("argument", argument), ("parts", listed), ("first", parts[0]))
    return Finding(init.lineno, init.col_offset, what, cure, values)


def _means_forward(finding: Finding) -> bool:
    return dict(finding.values).get("nearest") == "forward"


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


def _read_given(arguments: ast.arguments, call: ast.expr | None) -> dict[str, ast.expr]:
    """What a call of the class gives to the arguments of its ``__init__``."""
    if not isinstance(call, ast.Call):
        return {}
    places = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)][1:]
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    return {**dict(zip(places, call.args, strict=False)), **named}


def _accepts(arguments: ast.arguments) -> float:
    """How many arguments go by place."""
    return float("inf") if arguments.vararg else len(arguments.posonlyargs) + len(arguments.args)


def _has_forward_of_torch(anatomy: Anatomy) -> bool:
    """Whether it has the forward of a class of torch, such as nn.Sequential."""
    bases = (dotted_name(base, anatomy.aliases) for node in anatomy.lineage for base in node.bases)
    return any(base not in (None, MODULE) for base in bases)
