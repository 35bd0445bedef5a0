"""Charts of the zoo page: the most probable classes, and all logits. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from pages.shared.charts import look


def top_classes(classes: Sequence[tuple[str, float, float]], *, words: dict[str, str]) -> go.Figure:
    """One bar a class, the most probable on top and blue. ``classes`` holds (name, probability, logit).

    ``words`` holds ``title``, ``probability`` (the axis) and ``hover``.
    """
    names = [name for name, _, _ in classes]
    shares = [100 * probability for _, probability, _ in classes]
    figure = go.Figure(
        go.Bar(
            x=shares,
            y=names,
            orientation="h",
            text=[f"{share:.1f} %" for share in shares],
            textposition="outside",
            cliponaxis=False,
            customdata=[logit for _, _, logit in classes],
            marker={"color": [look.TRAINING, *[look.OTHER] * (len(classes) - 1)]},
            hovertemplate=words["hover"] + "<extra></extra>",
        )
    )
    look.style(figure, title=words["title"], x=words["probability"], y="", height=270)
    figure.update_layout(hovermode="closest", bargap=0.3)
    figure.update_xaxes(range=[0, 118], tickvals=[0, 25, 50, 75, 100])
    figure.update_yaxes(autorange="reversed")
    return figure


def logit_histogram(logits: Sequence[float], *, words: dict[str, str]) -> go.Figure:
    """How many classes got which logit, with the largest one marked.

    ``words`` holds ``title``, ``logit`` and ``count`` (the axes) and ``best`` (the name beside the mark).
    """
    figure = go.Figure(go.Histogram(x=list(logits), nbinsx=60, marker={"color": look.OTHER}))
    look.style(figure, title=words["title"], x=words["logit"], y=words["count"], height=260)
    figure.update_layout(bargap=0.05)
    figure.add_vline(
        x=max(logits),
        line={"color": look.TRAINING, "width": 2},
        annotation={"text": words["best"], "xanchor": "right"},
    )
    return figure
