"""One tensor of weights from close by: as pictures, as a histogram, in a sentence. Knows no network."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import heat, text
from pages.shared.charts import look
from pages.shared.charts import model as charts

if TYPE_CHECKING:
    from netcore.model.inside.activations import Weights
    from netcore.model.parameters import ParameterInfo

say = text.page("weights")


def draw(info: ParameterInfo, pictures: Callable[[int], Weights | None], key: str) -> None:
    """Draw the tensor; ``pictures(first)`` gives it as kernels, neurons or rows, from the ``first`` on."""
    _draw_pictures(info, pictures, f"{key}_pictures")
    words = {"title": say("histogram", name=info.name), "value": say("value"), "count": say("count")}
    st.plotly_chart(
        charts.histogram(info, words=words), config=look.CONFIG, alt=say("histogram_alt"), key=f"{key}_histogram"
    )
    numbers = {"mean": info.mean, "deviation": info.std, "low": info.minimum, "high": info.maximum}
    st.caption(say("spread", **{name: text.number(value) for name, value in numbers.items()}))


def _draw_pictures(info: ParameterInfo, pictures: Callable[[int], Weights | None], key: str) -> None:
    name, first = st.session_state.get(key, (info.name, 0))
    weights = pictures(first if name == info.name else 0)
    if not weights:
        return
    maps = weights.maps
    values = heat.fold(maps.values)
    picture = heat.draw(values, _columns(weights, values.shape), width=348, height=360)
    st.image(
        picture, alt=say("pictures_alt", name=info.name), caption=say("pictures"), width="content", output_format="PNG"
    )
    if len(values) == maps.total:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for word, icon, start in (
            ("earlier", ":material/chevron_left:", maps.first - len(values)),
            ("later", ":material/chevron_right:", maps.first + len(values)),
        ):
            st.button(
                say(word),
                icon=icon,
                disabled=not -len(values) < start < maps.total,
                on_click=_show_from,
                args=(key, info.name, max(0, start)),
                key=f"{key}_{word}",
            )
        shown = {"first": maps.first + 1, "last": maps.first + len(values), "total": text.number(maps.total)}
        st.caption(say("pictures_some", **shown))


def _columns(weights: Weights, shape: tuple[int, int, int]) -> int:
    """Whole neurons, of a few pictures each, in a row; about as many rows as columns."""
    if 1 < weights.columns <= 16:
        neurons = shape[0] / weights.columns
        return weights.columns * max(1, round(math.sqrt(neurons / weights.columns)))
    square = 2 ** math.isqrt(shape[0] - 1).bit_length()
    return min(square, heat.columns_for(shape[0], shape[2], 116))


def _show_from(key: str, name: str, first: int) -> None:
    st.session_state[key] = (name, first)
