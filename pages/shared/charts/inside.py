"""Charts of what lies inside a network: feature maps to click on, arithmetic, cuts. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.shared import heat
from pages.shared.charts import look

MOST_POINTS = 1024
"""As many channels or neurons can be clicked in one picture."""
_FEW = 7
"""Cells in a row that have room for their number."""


def sheet(values: Any, chosen: int, *, words: dict[str, str]) -> go.Figure:
    """Feature maps or neurons ``[count, height, width]`` side by side; each can be clicked and carries its number.

    ``chosen`` is outlined. ``words`` holds ``title`` and ``channel``, the hover with ``{number}``, ``{low}`` and
    ``{high}``.
    """
    count, height, width = values.shape
    columns = heat.columns_for(count, width)
    laid, _ = heat.lay_out(values, columns)
    gap = 0 if height == width == 1 else 1
    places = [divmod(place, columns) for place in range(count)]
    spots = [(column * (width + gap), row * (height + gap)) for row, column in places]
    figure = _picture(laid, heat.limit_of(values))
    texts = [
        words["channel"].format(number=place, low=f"{part.min():.4g}", high=f"{part.max():.4g}")
        for place, part in enumerate(values)
    ]
    x = [left + (width - 1) / 2 for left, _ in spots]
    y = [top + (height - 1) / 2 for _, top in spots]
    _add_points(figure, x, y, list(range(count)), texts)
    if chosen < count:
        left, top = spots[chosen]
        _outline(figure, left, top, width, height)
    return _finish(figure, words["title"], laid.shape)


def feature_map(values: Any, every: int, chosen: tuple[int, int], *, words: dict[str, str]) -> go.Figure:
    """One feature map ``[height, width]``; each pixel can be clicked and carries ``[row, column]``.

    ``words`` holds ``title`` and ``pixel``, the hover with ``{row}``, ``{column}`` and ``{value}``.
    """
    height, width = values.shape
    cells = [(row, column) for row in range(height) for column in range(width)]
    figure = _picture(values, heat.limit_of(values))
    texts = [
        words["pixel"].format(row=row * every, column=column * every, value=f"{values[row, column]:.4g}")
        for row, column in cells
    ]
    carried = [[row * every, column * every] for row, column in cells]
    _add_points(figure, [column for _, column in cells], [row for row, _ in cells], carried, texts)
    _outline(figure, chosen[1] // every, chosen[0] // every, 1, 1)
    return _finish(figure, words["title"], values.shape)


def arithmetic(
    rows: Sequence[Sequence[Any]], names: Sequence[str], *, marks: Sequence[tuple[int, int]] = ()
) -> go.Figure:
    """Tables of numbers in colours, one after the other: a window, a kernel, their products. One row a channel.

    ``names`` stand above the columns, ``marks`` (row, column) are outlined in the first table. Each column has its own
    colours.
    """
    figure = make_subplots(
        rows=len(rows), cols=len(names), subplot_titles=names, horizontal_spacing=0.06, vertical_spacing=0.04
    )
    limits = [max(heat.limit_of(row[place]) for row in rows) for place in range(len(names))]
    for line, row in enumerate(rows, start=1):
        for place, values in enumerate(row):
            figure.add_trace(_cells(values, limits[place]), row=line, col=place + 1)
    for top, left in marks:
        _outline(figure, left, top, 1, 1)
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, constrain="domain", autorange="reversed")
    for axis in figure.select_yaxes():
        axis.scaleanchor = axis.anchor
    figure.update_layout(height=30 + 120 * len(rows), margin={"l": 10, "r": 10, "t": 30, "b": 10}, hovermode="closest")
    return figure.update_annotations(font_size=13)


def before_after(before: Sequence[float], after: Sequence[float] | None, *, words: dict[str, str]) -> go.Figure:
    """The ten logits before a cut, grey, and after it, blue; ``after`` is None where nothing was cut.

    ``words`` holds ``title``, ``class`` and ``logit`` (the axes), ``before`` and ``after``.
    """
    figure = go.Figure()
    for name, logits, colour in (("before", before, look.OTHER), ("after", after, look.TRAINING)):
        figure.add_bar(
            x=list(range(len(before))),
            y=list(logits or ()),
            name=words[name],
            marker={"color": colour, "pattern": {"shape": "/" if name == "before" else ""}},
            hovertemplate="%{y:.4g}<extra></extra>",
        )
    look.style(figure, title=words["title"], x=words["class"], y=words["logit"], height=280)
    return figure.update_xaxes(dtick=1)


def costs(effects: Sequence[tuple[int, float]], chosen: int, *, words: dict[str, str]) -> go.Figure:
    """What switching off each channel costs in accuracy, in points of a hundred; each bar can be clicked.

    ``effects`` holds (channel, points), the largest first. ``words`` holds ``title``, ``channel``, ``points`` and
    ``hover``.
    """
    figure = go.Figure(
        go.Bar(
            x=[str(channel) for channel, _ in effects],
            y=[points for _, points in effects],
            customdata=[channel for channel, _ in effects],
            marker={"color": [look.TROUBLE if channel == chosen else look.TRAINING for channel, _ in effects]},
            hovertemplate=words["hover"] + "<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    )
    look.style(figure, title=words["title"], x=words["channel"], y=words["points"], height=260)
    figure.update_layout(hovermode="closest", clickmode="event+select", dragmode=False, bargap=0.2)
    return figure.update_xaxes(type="category")


def _add_points(figure: go.Figure, x: list[float], y: list[float], carried: list[Any], texts: list[str]) -> None:
    """Points to click on, above a picture and unseen: a heat map itself cannot be selected."""
    unseen = {"marker": {"opacity": 0}}
    figure.add_scatter(
        x=x,
        y=y,
        customdata=carried,
        text=texts,
        mode="markers",
        marker={"opacity": 0, "size": 4},
        selected=unseen,
        unselected=unseen,
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _picture(values: Any, limit: float) -> go.Figure:
    return go.Figure(
        go.Heatmap(z=values, zmin=-limit, zmax=limit, colorscale=look.SIGNED, showscale=False, hoverinfo="skip")
    )


def _cells(values: Any, limit: float) -> go.Heatmap:
    width = len(values[0])
    return go.Heatmap(
        z=values,
        zmin=-limit,
        zmax=limit,
        colorscale=look.SIGNED,
        showscale=False,
        texttemplate="%{z:.2f}" if width <= _FEW else None,
        hovertemplate="%{z:.4g}<extra></extra>",
        xgap=1 if width <= _FEW else 0,
        ygap=1 if width <= _FEW else 0,
    )


def _outline(figure: go.Figure, left: float, top: float, width: float, height: float) -> None:
    figure.add_shape(
        type="rect",
        x0=left - 0.5,
        y0=top - 0.5,
        x1=left + width - 0.5,
        y1=top + height - 0.5,
        line={"color": look.BEST, "width": 3},
    )


def _finish(figure: go.Figure, title: str, shape: tuple[int, int]) -> go.Figure:
    height = min(280, max(40, round(400 * shape[0] / shape[1])))
    look.style(figure, title=title, x="", y="", height=height + 60)
    # However far from a point one clicks: the nearest one is meant.
    figure.update_layout(hovermode="closest", hoverdistance=-1, clickmode="event+select", dragmode=False)
    figure.update_xaxes(visible=False, constrain="domain", constraintoward="left")
    return figure.update_yaxes(
        visible=False, constrain="domain", constraintoward="top", scaleanchor="x", autorange="reversed"
    )
