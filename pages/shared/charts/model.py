"""Charts of the model page: one tensor's numbers, and what the mode changes. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.shared.charts import look

if TYPE_CHECKING:
    from netcore.model.modes import RunningStatistics
    from netcore.model.parameters import Histogram, ParameterInfo


def histogram(info: ParameterInfo, *, words: dict[str, str]) -> go.Figure:
    """How often each value comes in one parameter or buffer; what does not learn is grey. ``words`` as in ``bars``."""
    return bars(info.histogram, colour=look.TRAINING if info.trainable else look.OTHER, words=words)


def bars(counted: Histogram, *, colour: str = look.TRAINING, height: int = 300, words: dict[str, str]) -> go.Figure:
    """How often each value comes in one tensor. ``words`` holds ``title``, ``value`` and ``count``."""
    width = (counted.high - counted.low) / len(counted.counts)
    figure = go.Figure(
        go.Bar(
            x=[counted.low + (place + 0.5) * width for place in range(len(counted.counts))],
            y=list(counted.counts),
            width=width,
            marker={"color": colour},
            hovertemplate="%{x:.4g}: %{y}<extra></extra>",
        )
    )
    look.style(figure, title=words["title"], x=words["value"], y=words["count"], height=height)
    return figure.update_layout(hovermode="closest", bargap=0)


def distances(moved: Sequence[tuple[str, float]], still: frozenset[str], *, words: dict[str, str]) -> go.Figure:
    """How far one step moved each tensor, by name; those of ``still`` are marked, and expected at zero.

    ``words`` holds ``title``, ``tensor_name`` and ``moved_by``.
    """
    names = [name for name, _ in moved]
    figure = go.Figure(
        go.Bar(
            x=[distance for _, distance in moved],
            y=names,
            orientation="h",
            marker={"color": look.TRAINING},
            hovertemplate="%{y}: %{x:.4g}<extra></extra>",
        )
    )
    figure.add_scatter(
        x=[distance for name, distance in moved if name in still],
        y=[name for name in names if name in still],
        mode="markers",
        marker={"symbol": "x", "color": look.TROUBLE, "size": 11},
        hovertemplate="%{y}: %{x:.4g}<extra></extra>",
    )
    look.style(figure, title=words["title"], x=words["moved_by"], y=words["tensor_name"], height=120 + 24 * len(names))
    figure.update_yaxes(autorange="reversed")
    return figure.update_layout(hovermode="closest", showlegend=False)


def cloud(
    train: Sequence[Sequence[float]], evaluated: Sequence[Sequence[float]], mode: str, *, words: dict[str, str]
) -> go.Figure:
    """The logits ``[passes, classes]`` of one image in both modes: a cloud beside a point. ``mode`` is drawn larger.

    ``words`` holds ``title``, ``class``, ``logit``, ``in_train`` and ``in_eval``.
    """
    figure = go.Figure()
    for name, logits, shift, symbol, colour in (
        ("train", train, -0.15, "circle", look.VALIDATION),
        ("eval", evaluated, 0.15, "diamond", look.BEST),
    ):
        figure.add_scatter(
            x=[place + shift for row in logits for place in range(len(row))],
            y=[value for row in logits for value in row],
            mode="markers",
            name=words[f"in_{name}"],
            marker={"symbol": symbol, "color": colour, "size": 11 if name == mode else 6, "opacity": 0.6},
            hovertemplate="%{y:.4f}<extra></extra>",
        )
    look.style(figure, title=words["title"], x=words["class"], y=words["logit"], height=320)
    figure.update_xaxes(dtick=1)
    return figure.update_layout(hovermode="closest")


def statistics(layer: RunningStatistics, *, words: dict[str, str]) -> go.Figure:
    """The running mean and variance of one BatchNorm, before and after the passes, one point a channel.

    ``words`` holds ``title``, ``channel``, ``mean``, ``variance``, ``before`` and ``after``.
    """
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.2)
    pairs = ((layer.mean_before, layer.mean_after), (layer.variance_before, layer.variance_after))
    for column, pair in enumerate(pairs, start=1):
        for name, values, colour, symbol in zip(
            ("before", "after"), pair, (look.OTHER, look.VALIDATION), ("circle-open", "circle"), strict=True
        ):
            figure.add_scatter(
                x=list(range(len(values))),
                y=list(values),
                mode="markers",
                name=words[name],
                marker={"symbol": symbol, "color": colour, "size": 8},
                hovertemplate="%{x}: %{y:.4g}<extra></extra>",
                showlegend=column == 1,
                row=1,
                col=column,
            )
    look.style(figure, title=words["title"], x=words["channel"], y=words["mean"])
    figure.update_yaxes(title_text=words["variance"], row=1, col=2)
    return figure.update_layout(hovermode="closest")
