"""The variables at one stop, and one tensor of them closely. Knows the results, not how they are computed."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import streamlit as st

from netcore.model.stepping.stops import RETURNED, TensorValue
from pages.shared import text
from pages.shared.charts import breakpoint as charts
from pages.shared.charts import look
from pages.shared.charts import model as model_charts
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.model.stepping.closeup import Picture
    from netcore.model.stepping.stops import Local, PlainValue, Stop
    from pages.shared.stepping import Run

say = text.page("breakpoint")

_TENSOR, _WANTED, _IMAGE = "breakpoint_tensor", "breakpoint_wanted", "breakpoint_image"


def draw(run: Run, stop: Stop, place: int) -> None:
    """Draw a row for each variable, and the picture and histogram of the tensor in question."""
    if not stop.locals:
        st.caption(say("no_locals"))
        return
    st.table(_rows(stop.locals), border="horizontal", hide_index=True, alt=say("locals_alt"))
    if any(local.changed for local in stop.locals):
        st.caption(say("changed"))
    tensors = {local.name: local.value for local in stop.locals if isinstance(local.value, TensorValue)}
    if tensors:
        name = _pick(tensors, [local.name for local in stop.locals if local.changed])
        _draw_closeup(run, place, name, tensors[name])
    _draw_python(run.read_source(), stop.line, next((name for name in tensors if name != RETURNED), "x"))


def _rows(variables: tuple[Local, ...]) -> dict[str, list[str]]:
    return {
        say("variable"): [_name(local) for local in variables],
        say("holds"): [_holds(local.value) for local in variables],
        say("numbers"): [_numbers(local.value) for local in variables],
    }


def _name(local: Local) -> str:
    shown = say("returned") if local.name == RETURNED else text.code(local.name)
    return f":orange[**●**] {shown}" if local.changed else shown


def _holds(value: TensorValue | PlainValue) -> str:
    if isinstance(value, TensorValue):
        told = [shape_text(value.shape), f":gray[{text.plain(value.dtype)}]"]
        if value.grad_fn:
            told.append(text.code(value.grad_fn))
        elif value.requires_grad:
            told.append(say("leaf"))
        if value.strange:
            told.append(say("strange", count=text.number(value.strange)))
        return " ".join(told)
    return f":gray[{text.plain(value.kind)}] {text.code(value.text) if value.text else ''}"


def _numbers(value: TensorValue | PlainValue) -> str:
    if not isinstance(value, TensorValue) or value.low is None:
        return ""
    three = (value.low, value.mean or 0.0, value.high or 0.0)
    numbers = three if value.shape else three[:1]
    return " / ".join(f"{number + 0.0:.3g}" for number in numbers)  # + 0.0 makes -0 a 0


def _pick(tensors: dict[str, TensorValue], changed: list[str]) -> str:
    """Draw the choice of a tensor: the one that was chosen while it is there, or else the one that has just changed."""
    wanted, shown = st.session_state.get(_WANTED), st.session_state.get(_TENSOR)
    name = str(next(name for name in (wanted, *changed, shown, *tensors) if name in tensors))
    st.session_state[_TENSOR] = name
    st.pills(
        say("tensor"),
        list(tensors),
        format_func=lambda name: say("returned") if name == RETURNED else text.plain(name),
        help=say("tensor_help"),
        key=_TENSOR,
        on_change=_want,
    )
    return name


def _want() -> None:
    """A callback: follow this tensor; with none chosen, whichever changes."""
    st.session_state[_WANTED] = st.session_state.get(_TENSOR)


def _draw_closeup(run: Run, place: int, name: str, value: TensorValue) -> None:
    image, last = 0, run.count - 1
    if last and value.shape[:1] == (run.count,) and len(value.shape) > 2:
        image = min(last, st.number_input(say("image"), 0, last, 0, help=say("image_help"), key=_IMAGE, width=160))
    closeup = run.look(place, name, image)
    shown = say("returned") if name == RETURNED else html.escape(name)  # Plotly reads a title as a kind of HTML
    if closeup.picture:
        words = _words(closeup.picture, shown, value, image, run.count)
        figure = charts.picture(closeup.picture, words=words)
        st.plotly_chart(figure, config=look.CONFIG, alt=say("picture_alt"), key="breakpoint_picture")
        if closeup.picture.step > 1:
            st.caption(say("thinned", step=closeup.picture.step))
    else:
        st.caption(say("no_picture"))
    if closeup.histogram and sum(closeup.histogram.counts) > 1:
        words = {"title": say("histogram", name=shown), "value": say("value"), "count": say("how_many")}
        figure = model_charts.bars(closeup.histogram, height=220, words=words)
        st.plotly_chart(figure, config=look.CONFIG, alt=say("histogram_alt"), key="breakpoint_histogram")


def _words(picture: Picture, name: str, value: TensorValue, image: int, count: int) -> dict[str, str]:
    values = {"shown": picture.tiles, "all": picture.all_tiles, "width": picture.width, "height": picture.height}
    key, numbers = f"picture_{picture.kind}", value.shape[-1]
    if picture.kind == "maps" and count > 1:
        key = "picture_maps_of"
    elif picture.kind == "images" and picture.all_tiles == 1:
        key = "picture_image"
    elif picture.kind == "vector" and numbers > picture.height * picture.width:
        key, values["shown"] = "picture_vector_first", picture.height * picture.width
    title = say(key, name=name, image=image, numbers=text.number(numbers), **values)
    return {"title": title, "x": say("column"), "y": say("row"), "hover": say(f"hover_{picture.kind}")}


def _draw_python(source: str, line: int, name: str) -> None:
    from netcore.export.breakpoint import breakpoint_source, pdb_commands

    with st.expander(say("python"), key="breakpoint_python", on_change="rerun", icon=":material/terminal:") as fold:
        if fold.open:
            st.markdown(say("python_help"))
            st.code(breakpoint_source(source, line), language="python")
            st.code(pdb_commands(name), language=None)
