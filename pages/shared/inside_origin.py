"""Where one number of an activation comes from, drawn: the patch, the kernel, their products, the sum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy
import streamlit as st

from pages.shared import heat, text
from pages.shared.charts import inside as charts
from pages.shared.charts import look

if TYPE_CHECKING:
    from netcore.model.inside.activations import Activation
    from netcore.model.inside.closeup import Closeup
    from netcore.model.inside.origins import Convolved, Formula, Pooled, Weighed, Window

say = text.page("inside")

_SHOWN = 3
"""As many input channels of a convolution are drawn; the sum names more."""


def draw(layer: Activation, place: tuple[int, int, int], found: Closeup) -> None:
    """The arithmetic of the number at ``place``."""
    from netcore.model.inside.origins import Convolved, Pooled, Weighed

    st.markdown(text.formula(say("origin", value=text.number(found.value), place=f"[{', '.join(map(str, place))}]")))
    match found.origin:
        case None:
            st.info(say("origin_none", kind=layer.kind), icon=":material/info:")
        case Convolved():
            _draw_convolution(found.origin)
        case Weighed():
            _draw_weighed(found.origin)
        case Pooled():
            _draw_pool(found.origin)
        case formula:
            _draw_formula(formula)


def _draw_convolution(origin: Convolved) -> None:
    rows = []
    for product in origin.products[:_SHOWN]:
        patch, kernel = numpy.array(product.window.values), numpy.array(product.kernel)
        rows.append((patch, kernel, patch * kernel))
    names = [say("patch"), say("kernel"), say("products")]
    st.plotly_chart(
        charts.arithmetic(rows, names), config=look.CONFIG, alt=say("convolution_alt"), key="inside_convolution"
    )
    windows = [_where(product.window) for product in origin.products[:_SHOWN]]
    st.caption(say("windows", windows="; ".join(windows)))
    parts = [(say("part_channel", channel=part.window.channel), part.total) for part in origin.products]
    _draw_sum(parts, origin.others, origin.rest, origin.bias, origin.value)


def _draw_weighed(origin: Weighed) -> None:
    inputs, weights = heat.fold(origin.inputs.values), heat.fold(origin.weights.values)
    columns = heat.columns_for(len(inputs), inputs.shape[2], 60)
    row = [heat.lay_out(part, columns)[0] for part in (inputs, weights, inputs * weights)]
    if row[0].shape[0] > 1:
        names = [say("inputs"), say("weights_of"), say("products")]
        st.plotly_chart(
            charts.arithmetic([row], names), config=look.CONFIG, alt=say("weighed_alt"), key="inside_weighed"
        )
    st.table(
        {
            say("input"): [str(term.index) for term in origin.terms],
            say("value"): [text.number(term.value) for term in origin.terms],
            say("weight"): [text.number(term.weight) for term in origin.terms],
            say("product"): [text.number(term.value * term.weight) for term in origin.terms],
        },
        border="horizontal",
        hide_index=True,
        alt=say("terms_alt"),
    )
    told = sum(term.value * term.weight for term in origin.terms)
    parts = [(say("part_terms", count=len(origin.terms)), told)]
    _draw_sum(parts, origin.others, origin.rest, origin.bias, origin.value)


def _draw_pool(origin: Pooled) -> None:
    values: Any = numpy.array(origin.window.values)
    row, column = origin.winner
    marks = [(row, column)] if origin.kind == "max" else []
    st.plotly_chart(
        charts.arithmetic([(values,)], [say("window")], marks=marks),
        config=look.CONFIG,
        alt=say("window_alt"),
        key="inside_window",
        width=260,
    )
    st.caption(say("windows", windows=_where(origin.window)))
    if origin.kind == "max":
        where = {"row": origin.window.rows[row], "column": origin.window.columns[column]}
        st.markdown(say("pool_max", value=text.number(origin.value), **where))
    else:
        total = text.number(origin.value * origin.divisor)
        words = say("pool_mean", total=total, divisor=f"{origin.divisor:g}", value=text.number(origin.value))
        st.markdown(text.formula(words))


def _draw_formula(origin: Formula) -> None:
    whole = ("channel", "row", "column", "index")
    numbers = {name: str(int(value)) if name in whole else text.number(value) for name, value in origin.numbers}
    words = say(f"formula_{origin.kind}", value=text.number(origin.value), **numbers)
    st.markdown(text.formula(words))


def _draw_sum(parts: list[tuple[str, float]], others: int, rest: float, bias: float, value: float) -> None:
    """The parts of a sum with a word for each, and what they come to."""
    shown = [*parts, (say("part_others", count=text.number(others)), rest)] if others else parts
    words = " + ".join(f"{text.number(part)} :gray[{name}]" for name, part in [*shown, (say("part_bias"), bias)])
    st.markdown(text.formula(f"{words} = **{text.number(value)}**"))


def _where(window: Window) -> str:
    rows, columns = window.rows, window.columns
    return say(
        "window_where",
        channel=window.channel,
        top=rows[0],
        bottom=rows[-1],
        left=columns[0],
        right=columns[-1],
    )
