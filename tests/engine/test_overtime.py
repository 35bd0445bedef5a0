"""A class that ran out of its time is not run again as it stands: that would cost others as much once more."""

from dataclasses import replace

import pytest

from netcore.errors import CodeError, OvertimeError
from netcore.model.custom import confined
from netcore.model.custom import overtime as overtime_module
from netcore.model.custom.overtime import Overtime
from netcore.model.custom.source import CustomSource
from netcore.model.trace import Trace
from tests.engine.good_classes import wrap

SLOW = CustomSource(wrap(forward="while True:\n    pass"))
OTHER = CustomSource(wrap(forward="while True:\n    x = x + 1"))
AGAIN = r"Network ran out of time a moment ago, and is not run again as it stands\. Look for a loop .* again in \d+ s\."


@pytest.fixture
def overtime():
    return Overtime()


def test_the_same_question_is_refused_and_another_is_not(overtime):
    overtime.note(SLOW, "trace")
    with pytest.raises(CodeError, match=AGAIN):
        overtime.check(SLOW, "trace")
    overtime.check(SLOW, "forward")
    overtime.check(OTHER, "trace")


def test_after_two_questions_a_text_is_refused_altogether(overtime):
    overtime.note(SLOW, "trace")
    overtime.note(SLOW, "trace")
    overtime.check(SLOW, "forward")
    overtime.note(SLOW, "forward")
    with pytest.raises(CodeError, match=AGAIN):
        overtime.check(SLOW, "parameters")


def test_it_is_forgotten(overtime, monkeypatch):
    overtime.note(SLOW, "trace")
    monkeypatch.setattr(overtime_module, "_SECONDS", 0.0)
    overtime.check(SLOW, "trace")


def test_a_class_that_computes_for_ever_costs_its_time_once(nursery, monkeypatch):
    monkeypatch.setattr(confined, "_LIMITS", replace(confined._LIMITS, cpu_seconds=1))
    with pytest.raises(OvertimeError, match="it used up its computing time"):
        confined.ask(Trace, "netcore.model.xray.inspection:inspect_source", SLOW, batch=1)
    with pytest.raises(CodeError, match=AGAIN):
        confined.ask(Trace, "netcore.model.xray.inspection:inspect_source", SLOW, batch=1)
