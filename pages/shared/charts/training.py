"""Charts of the training page: loss and accuracy, epoch by epoch, never on one axis. Knows nothing of networks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import plotly.graph_objects as go

from netcore.training.history import History, thin
from netcore.training.verdict import GUESSING_ACCURACY, GUESSING_LOSS
from pages.shared.charts import look

_MOST_POINTS = 200
_LEAST_SHOWN = 1e-6
"""A logarithmic axis has no place for a loss of 0."""


def built_once(draw: Callable[..., go.Figure], history: History, words: dict[str, str], **given: object) -> go.Figure:
    """``draw(history, words=words, **given)``, the same figure for all who look at the same epochs: only to be shown.

    Who watches a run looks every second; to build its figures again would be nine tenths of what that costs.
    """
    return _build(draw, history, tuple(words.items()), tuple(given.items()))


@lru_cache(maxsize=256)
def _build(
    draw: Callable[..., go.Figure],
    history: History,
    words: tuple[tuple[str, str], ...],
    given: tuple[tuple[str, object], ...],
) -> go.Figure:
    return draw(history, words=dict(words), **dict(given))


def losses(history: History, *, star: int, end: int, words: dict[str, str]) -> go.Figure:
    """Training and validation loss of every epoch on a logarithmic axis, beside that of a network that guesses.

    The epoch ``star`` is starred where it is one of them; the axis goes on to the epoch ``end``. ``words`` holds
    ``title``, ``epoch``, ``value``, ``training``, ``validation`` and ``guess``.
    """
    training = [max(result.train_loss, _LEAST_SHOWN) for result in history.epochs]
    validation = [max(result.validation_loss, _LEAST_SHOWN) for result in history.epochs]
    figure = _curves(history, training, validation, star, end, words, hover=":.4g")
    _add_guess(figure, history, GUESSING_LOSS, end, words["guess"])
    # At least a decade, so that a loss that hardly falls looks like one.
    shown = (*training, *validation)
    bounds = min(0.8 * min(shown), 0.4), max(1.2 * max(shown), 4.0)
    ticks = [digit * 10.0**power for power in range(-6, 7) for digit in ((1, 2, 5) if bounds[0] > 0.01 else (1,))]
    figure.update_yaxes(
        type="log",
        range=[math.log10(bound) for bound in bounds],
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
    )
    return figure


def accuracies(history: History, *, star: int, end: int, words: dict[str, str]) -> go.Figure:
    """Training and validation accuracy of every epoch in per cent, from 0 to 100; the rest as in ``losses``."""
    training = [100 * result.train_accuracy for result in history.epochs]
    validation = [100 * result.validation_accuracy for result in history.epochs]
    figure = _curves(history, training, validation, star, end, words, hover=":.1f")
    _add_guess(figure, history, 100 * GUESSING_ACCURACY, end, words["guess"])
    figure.update_yaxes(range=[0, 103])
    return figure


def rates(history: History, *, end: int, is_logarithmic: bool, words: dict[str, str]) -> go.Figure:
    """The learning rate over the steps of a run, up to the epoch ``end``; epoch 3 lies between 2 and 3.

    ``words`` holds ``title``, ``epoch`` and ``value``.
    """
    points = thin(
        [point for result in history.epochs for point in _rate_points(result.epoch, result.rates)], _MOST_POINTS
    )
    figure = go.Figure()
    figure.add_scatter(
        x=[point[0] for point in points],
        y=[point[1] for point in points],
        mode="lines",
        line={"color": look.OTHER, "width": 2.5},
        hovertemplate="%{y:.3g}<extra></extra>",
        showlegend=False,
    )
    look.style(figure, title=words["title"], x=words["epoch"], y=words["value"], height=220)
    _style_epochs(figure, history.epochs[0].epoch - 1.0, end, margin=0.0)
    if is_logarithmic:
        figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    else:
        figure.update_yaxes(rangemode="tozero")
    return figure


def _rate_points(epoch: int, rates: Sequence[float]) -> list[tuple[float, float]]:
    """Rates as points between the end of the epoch before and the end of this one."""
    if len(rates) == 1:
        return [(epoch - 1.0, rates[0]), (float(epoch), rates[0])]
    return [(epoch - 1 + number / (len(rates) - 1), rate) for number, rate in enumerate(rates)]


def _curves(
    history: History,
    training: Sequence[float],
    validation: Sequence[float],
    star: int,
    end: int,
    words: dict[str, str],
    hover: str,
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
    if star in epochs:
        _add_star(figure, star, validation[epochs.index(star)])
    look.style(figure, title=words["title"], x=words["epoch"], y=words["value"], height=300)
    # Beside the title there is no room for a legend: two charts share the width.
    legend = {"x": 0.5, "xanchor": "center", "y": -0.32, "yanchor": "top", "traceorder": "normal", "itemwidth": 30}
    figure.update_layout(legend=legend, legend_font_size=12)
    _style_epochs(figure, epochs[0], end, margin=0.5)
    return figure


def _style_epochs(figure: go.Figure, first: float, end: int, *, margin: float) -> None:
    # A run that began with a file from outside does not begin with epoch 1.
    last = max(end, int(first) + 1)
    figure.update_xaxes(range=[first - margin, last + margin], tickformat="d", nticks=min(11, last - int(first) + 2))


def _add_guess(figure: go.Figure, history: History, value: float, end: int, words: str) -> None:
    first = history.epochs[0].epoch
    figure.add_scatter(
        x=[first - 0.5, max(end, first + 1) + 0.5],
        y=[value, value],
        mode="lines+text",
        text=["", words],
        textposition="top left",
        textfont={"size": 11, "color": look.OTHER},
        line={"color": look.OTHER, "width": 1.5, "dash": "dot"},
        showlegend=False,
        hoverinfo="skip",
    )


def _add_star(figure: go.Figure, epoch: int, value: float) -> None:
    # Its word is the title, which names the epoch; in the legend it would take a second line.
    figure.add_scatter(
        x=[epoch],
        y=[value],
        mode="markers",
        showlegend=False,
        marker={"symbol": "star", "size": 17, "color": look.BEST, "line": {"color": "white", "width": 1}},
        hoverinfo="skip",
    )
