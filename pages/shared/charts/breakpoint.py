"""The chart of a tensor at a breakpoint: its numbers as a picture. Knows no network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from pages.shared import heat
from pages.shared.charts import look

if TYPE_CHECKING:
    from netcore.model.stepping.closeup import Picture

_HEIGHT = 300
_ASPECT = 1.8
"""How much wider than high tiles are laid out side by side."""
_MOST_NUMBERED = 40


def picture(drawn: Picture, *, words: dict[str, str]) -> go.Figure:
    """A tensor's numbers, each a sharp square: no ink is black, or grey where there are numbers below zero.

    ``words`` holds ``title``, ``x`` and ``y``, the names of the axes, and ``hover``, what is said of a number.
    """
    tiles = np.frombuffer(bytes.fromhex(drawn.numbers), "<f4").reshape(drawn.tiles, drawn.height, drawn.width)
    side_by_side = drawn.kind in ("maps", "images")
    columns = _columns(tiles.shape) if side_by_side else 1
    numbers, _ = heat.lay_out(tiles, columns, gap=1)
    places, _ = heat.lay_out(np.broadcast_to(np.arange(drawn.tiles)[:, None, None], tiles.shape), columns, gap=1)
    if drawn.kind == "vector":
        places = np.arange(numbers.size).reshape(numbers.shape)
    low, high, scale = _colours(numbers)
    figure = go.Figure(
        go.Heatmap(
            z=numbers,
            customdata=np.nan_to_num(places).astype(np.int16),
            zmin=low,
            zmax=high,
            colorscale=scale,
            colorbar={"thickness": 10},
            hovertemplate=words["hover"] + "<extra></extra>",
            hoverongaps=False,
        )
    )
    height = _HEIGHT if side_by_side else min(_HEIGHT, 120 + 16 * drawn.height)
    look.style(figure, title=words["title"], x=words["x"], y=words["y"], height=height)
    figure.update_layout(hovermode="closest")
    figure.update_yaxes(autorange="reversed", showgrid=False, zeroline=False)
    figure.update_xaxes(showgrid=False, zeroline=False)
    if side_by_side:
        figure.update_xaxes(visible=False, constrain="domain")
        figure.update_yaxes(visible=False, scaleanchor="x", constrain="domain")
        _number(figure, drawn, columns)
    return figure


def _columns(shape: tuple[int, ...]) -> int:
    tiles, height, width = shape
    return min(tiles, max(1, round(math.sqrt(tiles * _ASPECT * height / width))))


def _colours(numbers: np.ndarray) -> tuple[float, float, Sequence[Sequence[object]]]:
    finite = numbers[np.isfinite(numbers)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if low < 0:
        limit = max(-low, high)
        return -limit, limit, look.SIGNED
    return 0.0, high or 1.0, [[0, "#000000"], [1, "#FFFFFF"]]


def _number(figure: go.Figure, drawn: Picture, columns: int) -> None:
    """The number of each tile at its upper left corner."""
    for place in range(drawn.tiles if 1 < drawn.tiles <= _MOST_NUMBERED else 0):
        figure.add_annotation(
            x=place % columns * (drawn.width + 1) - 0.5,
            y=place // columns * (drawn.height + 1) - 0.5,
            text=str(place),
            xanchor="left",
            yanchor="top",
            showarrow=False,
            font={"size": 10, "color": "#FFFFFF"},
            bgcolor="rgba(0,0,0,0.55)",
            borderpad=1,
        )
