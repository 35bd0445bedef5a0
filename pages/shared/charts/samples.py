"""Charts of the samples page: logits beside probabilities, and a batch of them. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.shared.charts import look


def bars(
    logits: Sequence[float], probabilities: Sequence[float], label: int | None, *, words: dict[str, str]
) -> go.Figure:
    """The ten logits and their softmax, one bar a class; the prediction blue, the label outlined in green.

    ``words`` holds ``title``, ``classes``, ``logits`` and ``probabilities``: the statement and the axis names.
    """
    prediction = max(range(len(logits)), key=logits.__getitem__)
    figure = make_subplots(
        rows=1, cols=2, horizontal_spacing=0.1, subplot_titles=(words["logits"], words["probabilities"])
    )
    texts = ([f"{value:.2f}" for value in logits], [f"{100 * value:.1f}" for value in probabilities])
    series = (list(logits), [100 * value for value in probabilities])
    for column, (values, numbers) in enumerate(zip(series, texts, strict=True), start=1):
        figure.add_bar(
            x=values,
            y=list(range(len(values))),
            orientation="h",
            text=numbers,
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": [look.TRAINING if index == prediction else look.OTHER for index in range(len(values))],
                "line": {"color": look.BEST, "width": [3 if index == label else 0 for index in range(len(values))]},
            },
            hovertemplate="%{y}: %{x:.4g}<extra></extra>",
            showlegend=False,
            row=1,
            col=column,
        )
    look.style(figure, title=words["title"], x="", y="", height=310)
    figure.update_layout(hovermode="closest", bargap=0.25, margin_t=70)
    figure.update_yaxes(dtick=1, autorange="reversed", title_text=words["classes"], col=1)
    figure.update_yaxes(dtick=1, autorange="reversed", col=2)
    lowest, highest = min(0.0, *logits), max(0.0, *logits)
    room = 0.25 * (highest - lowest)
    figure.update_xaxes(range=[lowest - room * (lowest < 0), highest + room], col=1)
    figure.update_xaxes(range=[0, 125], tickvals=[0, 50, 100], col=2)
    figure.update_annotations(font_size=13)
    return figure


def logit_rows(logits: Sequence[Sequence[float]], *, words: dict[str, str]) -> go.Figure:
    """The logits ``[N, 10]`` of a batch as a picture: one row an image, one column a class."""
    limit = max(abs(value) for row in logits for value in row)
    figure = go.Figure(
        go.Heatmap(
            z=[list(row) for row in logits],
            zmin=-limit,
            zmax=limit,
            colorscale=look.SIGNED,
            colorbar={"title": words["logits"], "thickness": 12},
            hovertemplate=words["hover"] + "<extra></extra>",
        )
    )
    look.style(figure, title=words["title"], x=words["classes"], y=words["images"], height=360)
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(dtick=1)
    figure.update_yaxes(autorange="reversed", dtick=1 if len(logits) <= 16 else None)
    return figure
