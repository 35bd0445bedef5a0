"""A run line by line: the code, the ways from line to line, and the stop that one is at. Knows the results alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from netcore.model.stepping.statements import read_statements
from pages.shared import breakpoint_variables, code_lines, notices, text
from pages.shared.code_lines import Line

if TYPE_CHECKING:
    from netcore.model.stepping.stops import Recording, Stop
    from pages.shared.stepping import Run

say = text.page("breakpoint")

_AT, _CODE = "breakpoint_at", "breakpoint_code"
_HEIGHT, _HEIGHT_ABOVE = 520, 280
_LISTED = 12


def draw(run: Run) -> None:
    """Draw the stop that one is at, and the ways to the others. To be called in a fragment."""
    with st.skeleton(height=_HEIGHT):
        recording = run.record()
    if not recording.stops:
        _draw_problem(run, recording)
        st.info(say("no_lines"), icon=":material/info:")
        return
    place = _place(run, recording)
    _draw_ways(run, recording, place)
    # What is not one's own is looked at beside other controls, where there is no room for two columns.
    left, right = st.columns(2, gap="medium") if run.is_own else (st.container(), st.container())
    with left:
        _draw_code(run, recording, place)
    with right:
        _draw_stop(run, recording, place)
        breakpoint_variables.draw(run, recording.stops[place], place)


def _place(run: Run, recording: Recording) -> int:
    """The stop that one is at: the first one of every other network."""
    identity, place = st.session_state.get(_AT, ("", 0))
    return min(place, len(recording.stops) - 1) if identity == run.identity else 0


def _go(run: Run, place: int) -> None:
    """A callback: stop there."""
    st.session_state[_AT] = run.identity, place


def _follow(run: Run, recording: Recording, way: Callable[[int], int]) -> None:
    """A callback: take this way from where one is by now, which may be ahead of the page."""
    _go(run, way(_place(run, recording)))


def _run_to_line(run: Run, recording: Recording, place: int) -> None:
    """A callback: stop at the line that was chosen in the code, the next time that it runs."""
    line = code_lines.chosen(_CODE)
    found = recording.find_stop(line, place) if line else None
    if found is not None:
        _go(run, found)


def _draw_ways(run: Run, recording: Recording, place: int) -> None:
    last = len(recording.stops) - 1
    ways: dict[str, tuple[Callable[[int], int], str, str | None]] = {
        "first": (lambda at: 0, ":material/first_page:", None),
        "back": (lambda at: max(0, at - 1), ":material/chevron_left:", "Shift+F9"),
        "next": (lambda at: min(last, at + 1), ":material/chevron_right:", "F9"),
        "over": (recording.find_behind_call, ":material/step_over:", None),
        "last": (lambda at: last, ":material/last_page:", None),
    }
    if not any(stop.depth for stop in recording.stops):
        del ways["over"]  # it calls no function of its own
    with st.container(horizontal=True, gap="small"):
        for name, (way, icon, key) in ways.items():
            goal = way(place)
            st.button(
                say(name),
                icon=icon,
                type="primary" if name == "next" else "secondary",
                help=say("over_help") if name == "over" else None,
                disabled=goal == place or (name == "over" and goal == min(last, place + 1)),
                shortcut=key,
                key=f"breakpoint_{name}",
                on_click=_follow,
                args=(run, recording, way),
            )


def _draw_code(run: Run, recording: Recording, place: int) -> None:
    here, source = recording.stops[place], run.read_source()
    statements, ran = read_statements(source), {stop.line for stop in recording.stops}
    whole = ((1, source.count("\n") + 1),)
    parts = whole if run.is_own else tuple(top for top in statements.tops if ran & set(range(top[0], top[1] + 1)))
    shown = {line for first, last in parts for line in range(first, last + 1)}
    missing = statements.reachable & shown - ran
    lines = [Line(line, "missing") for line in missing]
    lines += [Line(line, "ran") for line in ran if line != here.line]
    lines.append(Line(here.line, "wrong" if _raises(recording, place) else "here", _note(recording, place)))
    code_lines.draw(
        source,
        tuple(lines),
        parts=parts,
        key=_CODE,
        label=say("code"),
        choose=say("choose", line="{line}"),
        height=_HEIGHT if run.is_own else _HEIGHT_ABOVE,
        on_choose=lambda: _run_to_line(run, recording, place),
    )
    if missing:
        numbers = [str(line) for line in sorted(missing)]
        listed = ", ".join(numbers[:_LISTED]) + (", …" if len(numbers) > _LISTED else "")
        st.caption(say("missing" if recording.complete else "missing_yet", lines=listed))


def _note(recording: Recording, place: int) -> str:
    if _raises(recording, place):
        return say("raises")
    if recording.stops[place].kind == "return":
        return say("returns")
    number, count = recording.passes(place)
    return say("pass", number=number, all=count) if count > 1 else ""


def _raises(recording: Recording, place: int) -> bool:
    last = len(recording.stops) - 1
    return recording.problem is not None and place == last and recording.stops[last].kind == "line"


def _draw_stop(run: Run, recording: Recording, place: int) -> None:
    stop = recording.stops[place]
    number = {"number": text.number(place + 1), "all": text.number(len(recording.stops))}
    where = say("at_return", **number) if stop.kind == "return" else say("at_line", line=stop.line, **number)
    st.markdown(f"**{where}** · {_function(stop)}")
    if place == len(recording.stops) - 1:
        _draw_problem(run, recording)
        if not recording.complete:
            st.warning(say("cut", stops=number["all"]), icon=":material/warning:")


def _function(stop: Stop) -> str:
    function = text.code(stop.function.replace(".<locals>.", " → "))
    return say("inside", function=function, module=text.code(stop.module)) if stop.module else function


def _draw_problem(run: Run, recording: Recording) -> None:
    if recording.problem:
        notices.show_error(run.explain(recording.problem))
