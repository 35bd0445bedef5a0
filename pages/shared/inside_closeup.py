"""One layer's activation from close by: click a channel, click a pixel, read where its number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.shared import engine, inside_origin, insight, text
from pages.shared.charts import inside as charts
from pages.shared.charts import look
from pages.shared.sample import Sample
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.model.inside.activations import Activation

say = text.page("inside")

STEP, CHANNEL, _ROW, _COLUMN = "inside_step", "inside_channel", "inside_row", "inside_column"


def draw(network: engine.Network, sample: Sample) -> None:
    """The controls, the layer's feature maps, the chosen one, and the arithmetic of the chosen number."""
    from netcore.model.inside.activations import PAGE

    calls = insight.activations_of(network, sample, 0).calls
    if not calls:
        st.info(say("no_layers"), icon=":material/info:")
        return
    step = _pick_layer(calls)
    page = step // PAGE * PAGE
    layer = insight.activations_of(network, sample, page).layers[step - page]
    place = _pick_place(layer)
    st.markdown(f"{shape_text(layer.input_shape)} → {shape_text(layer.output_shape)}")
    found = insight.closeup_of(network, sample, step, place)
    has_pixels = found.map.values.size > 1
    left, right = st.columns(2) if has_pixels else (st.container(), st.container())
    with left:
        draw_sheet(layer, place[0], key=f"inside_sheet_{step}", taken=CHANNEL)
    if has_pixels:
        words = {"title": say("map", channel=place[0]), "pixel": say("pixel")}
        figure = charts.feature_map(found.map.values[0], found.map.every, place[1:], words=words)
        key = f"inside_map_{step}_{place[0]}"
        right.plotly_chart(figure, config=look.CONFIG, alt=say("map_alt"), key=key, on_select=lambda: _take_pixel(key))
    inside_origin.draw(layer, place, found)


def draw_sheet(layer: Activation, chosen: int, *, key: str, taken: str) -> None:
    """All channels of a layer side by side; a click on one puts its number under ``taken``."""
    maps = layer.maps
    shown = maps.values[: charts.MOST_POINTS]
    sort = "neurons" if maps.height == maps.width == 1 else "channels"
    title = say(f"sheet_{sort}", count=len(shown), total=text.number(maps.total))
    figure = charts.sheet(shown, chosen, words={"title": title, "channel": say("channel_hover")})
    st.plotly_chart(
        figure, config=look.CONFIG, alt=say("sheet_alt"), key=key, on_select=lambda: take_channel(key, taken)
    )


def keep_within(key: str, last: int) -> None:
    """Let the number under ``key`` be one of ``0..last``: another layer has fewer channels."""
    held = st.session_state.get(key, 0)
    st.session_state[key] = min(max(held, 0), last) if type(held) is int else 0


def _pick_layer(calls: tuple[tuple[str, str], ...]) -> int:
    keep_within(STEP, len(calls) - 1)
    chosen: int = st.selectbox(
        say("layer"),
        range(len(calls)),
        format_func=lambda step: _in_words(calls, step),
        key=STEP,
    )
    return chosen


def _in_words(calls: tuple[tuple[str, str], ...], step: int) -> str:
    use = calls[: step + 1].count(calls[step])
    return text.layer_choice(*calls[step]) + (say("again", use=text.ordinal(use)) if use > 1 else "")


def _pick_place(layer: Activation) -> tuple[int, int, int]:
    channels, height, width = layer.maps.total, layer.maps.height, layer.maps.width
    with st.container(horizontal=True, gap="small"):
        is_vector = height == width == 1
        channel = _pick_number("neuron" if is_vector else "channel", CHANNEL, channels)
        row = 0 if height == 1 else _pick_number("row", _ROW, height)
        column = 0 if width == 1 else _pick_number("column", _COLUMN, width)
    return channel, row, column


def _pick_number(name: str, key: str, count: int) -> int:
    keep_within(key, count - 1)
    number: Any = st.number_input(say(name), 0, count - 1, key=key, width=130, disabled=count == 1)
    return int(number)


def take_channel(key: str, taken: str) -> None:
    """Put the channel that was clicked in the chart ``key`` under ``taken``."""
    points = st.session_state[key].selection.points
    if points:
        st.session_state[taken] = int(points[0]["customdata"])


def _take_pixel(key: str) -> None:
    points = st.session_state[key].selection.points
    if points:
        st.session_state[_ROW], st.session_state[_COLUMN] = map(int, points[0]["customdata"])
