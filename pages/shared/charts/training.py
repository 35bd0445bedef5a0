"""Charts of the training page: loss and accuracy, epoch by epoch, never on one axis. Knows nothing of networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import plotly.graph_objects as go

from netcore.training.history import EpochResult, History
from pages.shared.charts import look


def built_once(draw: Callable[..., go.Figure], history: History, words: dict[str, str]) -> go.Figure:
    """``draw(history, words=words)``, the same figure for all who look at the same epochs: only to be shown.

    Who watches a run looks every second; to build its figures again would be nine tenths of what that costs.
    """
    return _build(draw, history, tuple(words.items()))


@lru_cache(maxsize=256)
def _build(draw: Callable[..., go.Figure], history: History, words: tuple[tuple[str, str], ...]) -> go.Figure:
    return draw(history, words=dict(words))


def losses(history: History, *, words: dict[str, str]) -> go.Figure:
    """Training and validation loss of every epoch, the best epoch starred.

    ``words`` holds ``title``, ``epoch``, ``value``, ``training`` and ``validation``.
    """
    training = [result.train_loss for result in history.epochs]
    validation = [result.validation_loss for result in history.epochs]
    return _curves(history, training, validation, words, hover=":.4g")


def accuracies(history: History, *, words: dict[str, str]) -> go.Figure:
    """Training and validation accuracy of every epoch in per cent, the best epoch starred. ``words`` as ``losses``."""
    training = [100 * result.train_accuracy for result in history.epochs]
    validation = [100 * result.validation_accuracy for result in history.epochs]
    return _curves(history, training, validation, words, hover=":.1f")


def rates(history: History, *, words: dict[str, str]) -> go.Figure:
    """The learning rate at the first step of every epoch, on a logarithmic axis.

    ``words`` holds ``title``, ``epoch`` and ``value``.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[result.epoch for result in history.epochs],
        y=[result.learning_rate for result in history.epochs],
        mode="lines+markers" if len(history.epochs) <= 40 else "lines",
        line={"color": look.OTHER, "width": 2.5, "shape": "hv"},
        marker={"symbol": "square", "size": 6},
        hovertemplate="%{y:.3g}<extra></extra>",
        showlegend=False,
    )
    look.style(figure, title=words["title"], x=words["epoch"], y=words["value"], height=220)
    _style_epochs(figure, history, least=1)
    figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    return figure


def _curves(
    history: History, training: Sequence[float], validation: Sequence[float], words: dict[str, str], hover: str
) -> go.Figure:
    epochs = [result.epoch for result in history.epochs]
    figure = go.Figure()
    for name, values, colour, dash, symbol in (
        (words["training"], training, look.TRAINING, "solid", "circle"),
        (words["validation"], validation, look.VALIDATION, "dash", "diamond"),
    ):
        figure.add_scatter(
            x=epochs,
            y=values,
            name=name,
            mode="lines+markers" if len(epochs) <= 40 else "lines",
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"symbol": symbol, "size": 7},
            hovertemplate=f"%{{y{hover}}}",
        )
    best = history.best
    if best:
        _star(figure, best, validation[epochs.index(best.epoch)])
    look.style(figure, title=words["title"], x=words["epoch"], y=words["value"], height=300)
    # Beside the title there is no room for a legend: two charts share the width.
    legend = {"x": 0.5, "xanchor": "center", "y": -0.32, "yanchor": "top", "traceorder": "normal", "itemwidth": 30}
    figure.update_layout(legend=legend, legend_font_size=12)
    _style_epochs(figure, history, least=2)
    return figure


def _style_epochs(figure: go.Figure, history: History, *, least: int) -> None:
    # A run that began with a file from outside does not begin with epoch 1.
    count, first = len(history.epochs), history.epochs[0].epoch if history.epochs else 1
    figure.update_xaxes(range=[first - 0.5, first + max(least, count) - 0.5], tickformat="d", nticks=min(11, count + 1))


def _star(figure: go.Figure, best: EpochResult, value: float) -> None:
    # Its word is the title, which names the epoch; in the legend it would take a second line.
    figure.add_scatter(
        x=[best.epoch],
        y=[value],
        mode="markers",
        showlegend=False,
        marker={"symbol": "star", "size": 17, "color": look.BEST, "line": {"color": "white", "width": 1}},
        hoverinfo="skip",
    )
