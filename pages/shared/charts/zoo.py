"""Charts of the zoo page: probable classes, all logits, pixels as numbers, the catalogue. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from pages.shared.charts import look


def top_classes(
    classes: Sequence[tuple[str, float, float]], *, words: dict[str, str], small: bool = False
) -> go.Figure:
    """One bar a class, the most probable on top and blue. ``classes`` holds (name, probability, logit).

    ``words`` holds ``title``, ``probability`` (the axis) and ``hover``. A ``small`` one has no axis below its bars.
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
    look.style(figure, title=words["title"], x=words["probability"], y="", height=190 if small else 270)
    figure.update_layout(hovermode="closest", bargap=0.3)
    figure.update_xaxes(range=[0, 170 if small else 118], tickvals=[0, 25, 50, 75, 100], visible=not small)
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


def pixels(rows: Sequence[Sequence[float]], *, x: Sequence[int], y: Sequence[int], words: dict[str, str]) -> go.Figure:
    """A piece of one channel, every pixel with its number; bright where it is large.

    ``x`` and ``y`` are the columns' and rows' numbers; ``words`` holds ``title`` and the axes' names ``x`` and ``y``.
    """
    figure = go.Figure(
        go.Heatmap(
            z=[list(row) for row in rows],
            x=list(x),
            y=list(y),
            colorscale="Greys_r",
            showscale=False,
            texttemplate="%{z:.2f}",
            hovertemplate="x[%{y}, %{x}] = %{z:.4f}<extra></extra>",
        )
    )
    look.style(figure, title=words["title"], x=words["x"], y=words["y"], height=330)
    figure.update_layout(hovermode="closest")
    figure.update_xaxes(dtick=1, showgrid=False)
    return figure.update_yaxes(autorange="reversed", dtick=1, showgrid=False)


@dataclass(frozen=True)
class Offer:
    """A network as a point of ``accuracy_against_cost``."""

    name: str
    cost: float
    top1: float
    """In per cent."""
    is_here: bool
    """Whether its weights are on this machine."""
    is_chosen: bool


def accuracy_against_cost(offers: Sequence[Offer], *, words: dict[str, str]) -> go.Figure:
    """One point a network, its name as ``customdata``; a line joins those that no other beats at a lower cost.

    ``words`` holds ``title``, ``cost`` and ``top1`` (the axes), and ``here``, ``elsewhere``, ``chosen`` and ``front``
    for the legend.
    """
    front = undominated(offers)
    figure = go.Figure(
        go.Scatter(
            x=[offer.cost for offer in front],
            y=[offer.top1 for offer in front],
            mode="lines",
            name=words["front"],
            line={"color": look.OTHER, "width": 1, "dash": "dot"},
            hoverinfo="skip",
        )
    )
    looks = {
        "elsewhere": {"color": look.OTHER, "symbol": "circle-open", "size": 8},
        "here": {"color": look.BEST, "symbol": "circle", "size": 11},
        "chosen": {"color": look.TRAINING, "symbol": "diamond", "size": 13},
    }
    for kind, marker in looks.items():
        shown = [offer for offer in offers if _kind(offer) == kind]
        figure.add_scatter(
            x=[offer.cost for offer in shown],
            y=[offer.top1 for offer in shown],
            customdata=[offer.name for offer in shown],
            mode="markers+text" if kind == "chosen" else "markers",
            text=[offer.name for offer in shown],
            textposition="bottom right",
            name=words[kind],
            marker=marker,
            hovertemplate="%{text}: %{y:.1f} %, %{x:,.3g}<extra></extra>",
        )
    look.style(figure, title=words["title"], x=words["cost"], y=words["top1"], height=340)
    below = {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.3, "yanchor": "top"}
    figure.update_layout(hovermode="closest", clickmode="event+select", dragmode=False, legend=below)
    return figure.update_xaxes(type="log")


def undominated(offers: Sequence[Offer]) -> list[Offer]:
    """The networks that none of at most their cost beats, the cheapest first."""
    front: list[Offer] = []
    for offer in sorted(offers, key=lambda offer: (offer.cost, -offer.top1)):
        if not front or offer.top1 > front[-1].top1:
            front.append(offer)
    return front


def _kind(offer: Offer) -> str:
    return "chosen" if offer.is_chosen else "here" if offer.is_here else "elsewhere"
