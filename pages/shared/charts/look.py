"""The look that all charts share: colours with a meaning, axes with names, no decoration. Knows no data."""

from __future__ import annotations

# Plotly asks the modules that are loaded for pandas, and fails where another thread is just loading it (Streamlit does
# so for the first table that a server draws). Whoever has a chart has all of pandas.
import pandas  # noqa: F401
import plotly.graph_objects as go

TRAINING = "#0072B2"
VALIDATION = "#E69F00"
BEST = "#009E73"
TROUBLE = "#D55E00"
OTHER = "#7F7F7F"
"""Okabe and Ito's colours, as in the theme."""

ZERO = "#F2F2F2"
SIGNED = ((0, TROUBLE), (0.5, ZERO), (1, TRAINING))
"""A colour scale for numbers of both signs, as far below 0 as above it."""

CONFIG = {"displayModeBar": False}
"""For ``st.plotly_chart(config=...)``: no tool bar."""


def style(figure: go.Figure, *, title: str, x: str, y: str, height: int = 300) -> go.Figure:
    """Give a figure its statement, its axis names with units, and the common layout. Returns the same figure."""
    figure.update_layout(
        title={"text": title, "x": 0, "xanchor": "left", "font": {"size": 15}},
        height=height,
        margin={"l": 10, "r": 10, "t": 48, "b": 10},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "right", "x": 1},
        hovermode="x unified",
    )
    figure.update_xaxes(title_text=x, automargin=True)
    figure.update_yaxes(title_text=y, automargin=True)
    return figure
