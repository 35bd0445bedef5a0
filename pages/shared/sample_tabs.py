"""The ways to look at a digit and what the network makes of it. Each tab costs nothing while it is closed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pages.shared import (
    browse,
    engine,
    film_strip,
    inside,
    neighbours,
    notices,
    reveal,
    side_by_side,
    surgery,
    views,
    walk,
)
from pages.shared.sample import Sample
from pages.shared.workspace import Workspace

_WITHOUT_ANSWERS = ("browse", "neighbours")
"""Tabs that show nothing of the network's answer to the digit, or hide it themselves, until it is revealed."""


def draw(work: Workspace, network: engine.Network, sample: Sample) -> None:
    """Draw the tab that is open."""
    bodies: dict[str, Callable[[], None]] = {}
    if sample.own:
        bodies["strip"] = partial(film_strip.draw, network, sample, sample.own)
    bodies["walk"] = partial(walk.draw, network, sample)
    bodies["inside"] = partial(inside.draw, network, sample)
    bodies["surgery"] = partial(surgery.draw, network, sample)
    bodies["side_by_side"] = partial(side_by_side.draw, work, network.mode, sample)
    if sample.place:
        bodies["browse"] = partial(browse.draw, network, sample, sample.place)
    bodies["neighbours"] = partial(neighbours.draw, sample)
    with (
        views.opened("samples", list(bodies), "own" if sample.own else "") as name,
        notices.refusals_shown("model", work),
    ):
        if name not in _WITHOUT_ANSWERS and reveal.hidden(network, sample):
            reveal.draw_hidden()
        else:
            bodies[name]()
