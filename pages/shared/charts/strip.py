"""Charts of one's own digit: the ten probabilities beside the picture. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from pages.shared.charts import look


def answer(probabilities: Sequence[float], label: int | None, *, words: dict[str, str]) -> go.Figure:
    """The ten probabilities, one column a digit; the prediction blue, the label outlined in green.

    ``words`` holds ``title``, ``digit`` and ``hover``: the statement, the axis name, and what is said of a column.
    """
    classes = range(len(probabilities))
    prediction = max(classes, key=probabilities.__getitem__)
    figure = go.Figure(
        go.Bar(
            x=list(classes),
            y=[100 * value for value in probabilities],
            text=[f"{100 * value:.0f}" if value >= 0.005 else "" for value in probabilities],
            textposition="outside",
            cliponaxis=False,
            marker={
                "color": [look.TRAINING if digit == prediction else look.OTHER for digit in classes],
                "line": {"color": look.BEST, "width": [3 if digit == label else 0 for digit in classes]},
            },
            hovertemplate=words["hover"] + "<extra></extra>",
        )
    )
    look.style(figure, title=words["title"], x=words["digit"], y="", height=200)
    figure.update_layout(hovermode="closest", bargap=0.25)
    figure.update_xaxes(dtick=1)
    figure.update_yaxes(range=[0, 115], visible=False)
    return figure
