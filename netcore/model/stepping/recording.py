"""Runs a network once, line by line, and tells what its variables hold at each stop, or looks closely at one of them.

Where the network is a class that a student wrote, only in a process that was confined for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from netcore.model.custom.text import FILE_NAME
from netcore.model.problem import Problem
from netcore.model.stepping.closeup import Closeup, look_closely
from netcore.model.stepping.statements import Statements, read_statements
from netcore.model.stepping.stops import MAX_ROWS, MAX_STOPS, RETURNED, Local, PlainValue, Recording, Stop, TensorValue
from netcore.model.stepping.tracer import EnoughError, Moment, run_by_lines
from netcore.model.stepping.values import Describer, is_tensor, list_variables, version_of

Explain = Callable[[Exception], Problem | None]
"""What to say of what a line raised; None where it is to come through."""


def record(model: nn.Module, batch: Tensor, source: str, explain: Explain) -> Recording:
    """Every stop of ``model(batch)`` at the lines of ``source``, the text that holds the network's class.

    What a line raises ends the recording with the ``problem`` that ``explain`` makes of it.
    """
    secretary = _Secretary(model)
    problem = None
    try:
        _run(model, batch, read_statements(source), secretary.note)
    except Exception as error:
        problem = explain(error)
        if problem is None:
            raise
    return Recording(tuple(secretary.stops), not secretary.is_full, problem)


def look_at(
    model: nn.Module, batch: Tensor, source: str, explain: Explain, *, place: int, name: str, image: int
) -> Closeup:
    """The variable ``name`` of the stop at ``place`` of the same run, closely; nothing where it is no tensor there."""
    found: list[Closeup] = []
    count = 0

    def look(moment: Moment) -> None:
        nonlocal count
        if count == place:
            value = _variables(moment).get(name)
            found.extend([look_closely(value, len(batch), image)] if is_tensor(value) else [])
            raise EnoughError
        count += 1

    try:
        _run(model, batch, read_statements(source), look)
    except Exception as error:
        if explain(error) is None:
            raise
    return found[0] if found else Closeup(None, None)


def _run(model: nn.Module, batch: Tensor, statements: Statements, tell: Callable[[Moment], None]) -> None:
    run_by_lines(lambda: model(batch), _find_file(model), statements, tell)


def _find_file(model: nn.Module) -> str:
    """What the code of the network's class calls the file that it was compiled from."""
    module = sys.modules.get(type(model).__module__)
    return str(module.__file__) if module else FILE_NAME


def find_source(model: nn.Module) -> str:
    """The text that holds the network's class, where that is a module of Python's path."""
    return Path(_find_file(model)).read_text(encoding="utf-8")


class _Secretary:
    """Writes down each stop, until there are enough."""

    def __init__(self, model: nn.Module) -> None:
        self.stops: list[Stop] = []
        self.is_full = False
        self._describer = Describer(model)
        self._rows = 0

    def note(self, moment: Moment) -> None:
        if len(self.stops) == MAX_STOPS or self._rows > MAX_ROWS:
            self.is_full = True
            raise EnoughError
        rows = self._describe(moment)
        self._rows += len(rows)
        self.stops.append(
            Stop(
                line=moment.line,
                kind=moment.kind,
                function=moment.frame.f_code.co_qualname,
                module=self._describer.name_module(_self_of(moment)),
                depth=moment.depth,
                locals=rows,
            )
        )

    def _describe(self, moment: Moment) -> tuple[Local, ...]:
        before, now = moment.kept.get("seen"), {}
        rows = []
        for name, value in _variables(moment).items():
            told = self._describer.describe(value)
            now[name] = value, version_of(value), told
            rows.append(Local(name, told, before is not None and _differs(before.get(name), now[name])))
        moment.kept["seen"] = now
        return tuple(rows)


_Seen = tuple[object, int, TensorValue | PlainValue]


def _differs(before: _Seen | None, now: _Seen) -> bool:
    if before is None or before[1:] != now[1:]:
        return True
    return is_tensor(now[0]) and before[0] is not now[0]


def _variables(moment: Moment) -> dict[str, object]:
    """What the function returns, where it does, and its variables without self."""
    variables: dict[str, Any] = dict(moment.frame.f_locals)
    owner = _self_of(moment)
    if owner is not None:
        del variables[moment.frame.f_code.co_varnames[0]]
    returned = {RETURNED: moment.returned} if moment.kind == "return" else {}
    return list_variables({**returned, **variables})


def _self_of(moment: Moment) -> nn.Module | None:
    """The module whose method it is; None where it is no method."""
    code = moment.frame.f_code
    first = moment.frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    return first if first is not None and issubclass(type(first), nn.Module) and code.co_varnames[0] == "self" else None
