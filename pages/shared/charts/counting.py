"""The chart of what training keeps in memory. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from pages.shared.charts import look

if TYPE_CHECKING:
    from netcore.training.footprint import MemoryItem

_LOOKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "weights": (look.TRAINING, ""),
        "gradients": ("#56B4E9", "/"),
        "optimizer": ("#CC79A7", "x"),
        "saved": (look.VALIDATION, "."),
        "buffers": (look.OTHER, "-"),
        "batch": (look.OTHER, "|"),
    }
)
"""A colour and a pattern for each part, from the bar's beginning to its end."""


def memory(parts: Mapping[str, tuple[MemoryItem, ...]], *, words: dict[str, str]) -> go.Figure:
    """One bar an optimizer. ``words`` holds ``title``, ``megabytes``, ``optimizer``, and the name of each part."""
    figure = go.Figure()
    for name, (colour, pattern) in _LOOKS.items():
        sizes = [next(item.size for item in items if item.name == name) / 1e6 for items in parts.values()]
        figure.add_bar(
            y=list(parts),
            x=sizes,
            name=words[name],
            orientation="h",
            marker={"color": colour, "pattern": {"shape": pattern, "fillmode": "overlay", "solidity": 0.2}},
            hovertemplate=f"{words[name]}: %{{x:,.4g}} {words['megabytes']}<extra></extra>",
        )
    look.style(figure, title=words["title"], x="", y="", height=330)
    below = {"y": -0.2, "yanchor": "top", "x": 0, "xanchor": "left", "traceorder": "normal"}
    figure.update_layout(barmode="stack", hovermode="closest", legend=below)
    figure.update_xaxes(ticksuffix=f" {words['megabytes']}", nticks=5, tickangle=0)
    return figure.update_yaxes(autorange="reversed")
