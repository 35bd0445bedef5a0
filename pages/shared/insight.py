"""Cached doors to what lies between a digit and its logits: activations, origins, cuts. Draws nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.shared import engine
from pages.shared.engine import Network
from pages.shared.sample import Place, Sample

if TYPE_CHECKING:
    from netcore.model.forward import Forward
    from netcore.model.inside.activations import Activations
    from netcore.model.inside.attribution import Attribution
    from netcore.model.inside.closeup import Closeup
    from netcore.model.inside.ranking import Ranking
    from netcore.model.inside.surgery import Cut


def activations_of(network: Network, sample: Sample, first: int) -> Activations:
    """What the layers made of the digit, a page of them from call ``first`` on."""
    return _activations(network, _key(network), sample.pixels, sample.highest, first)


def closeup_of(network: Network, sample: Sample, step: int, place: tuple[int, int, int]) -> Closeup:
    """The number at ``(channel, row, column)`` of what call ``step`` gave, and where it comes from."""
    return _closeup(network, _key(network), sample.pixels, sample.highest, step, place)


def attribution_of(network: Network, sample: Sample, target: int) -> Attribution:
    """Which pixels speak for class ``target``."""
    return _attribution(network, _key(network), sample.pixels, sample.highest, target)


def forward_cut(network: Network, sample: Sample, cuts: tuple[Cut, ...]) -> Forward:
    """What the network says of the digit with the cuts made."""
    return _forward_cut(network, _key(network), sample.pixels, sample.highest, cuts)


def accuracy_of(network: Network, cuts: tuple[Cut, ...]) -> float:
    """The accuracy over the first 1,000 test images with the cuts made, in eval()."""
    return _accuracy(network, engine.identity_of(network), cuts)


def ranking_of(network: Network, layer: str, cuts: tuple[Cut, ...]) -> Ranking:
    """The channels of a layer, the one that costs most first."""
    return _ranking(network, engine.identity_of(network), layer, cuts)


def activations_source(network: Network, place: Place) -> str:
    """The script that prints what ``activations_of`` shows, for an MNIST image."""
    from netcore.export.inside import activations_source

    return activations_source(network.spec, **_script(network, place))


def surgery_source(network: Network, place: Place, cuts: tuple[Cut, ...]) -> str:
    """The script that prints the answers and accuracies before and after the cuts, for an MNIST image."""
    from netcore.export.inside import surgery_source

    return surgery_source(network.spec, cuts, **_script(network, place))


def _script(network: Network, place: Place) -> dict[str, Any]:
    return {
        "seed": network.seed,
        "split": place.split,
        "index": place.index,
        "trained": network.is_trained,
        "mode": network.mode,
    }


def _key(network: Network) -> str:
    return f"{engine.identity_of(network)} {network.mode}"


def _given(network: Network, pixels: str, highest: int) -> dict[str, Any]:
    return {"images": pixels, "highest": highest, "mode": network.mode, "seed": network.seed}


@st.cache_data(max_entries=64, show_spinner=False)
def _activations(_network: Network, key: str, pixels: str, highest: int, first: int) -> Activations:
    from netcore.model.inside.activations import Activations

    question = "netcore.model.inside.activations:activations"
    return engine.ask(_network, Activations, question, **_given(_network, pixels, highest), first=first)


@st.cache_data(max_entries=256, show_spinner=False)
def _closeup(_network: Network, key: str, pixels: str, highest: int, step: int, place: tuple[int, int, int]) -> Closeup:
    from netcore.model.inside.closeup import Closeup

    question = "netcore.model.inside.closeup:look_closely"
    channel, row, column = place
    where = {"step": step, "channel": channel, "row": row, "column": column}
    return engine.ask(_network, Closeup, question, **_given(_network, pixels, highest), **where)


@st.cache_data(max_entries=256, show_spinner=False)
def _attribution(_network: Network, key: str, pixels: str, highest: int, target: int) -> Attribution:
    from netcore.model.inside.attribution import Attribution

    question = "netcore.model.inside.attribution:attribute"
    return engine.ask(_network, Attribution, question, **_given(_network, pixels, highest), target=target)


@st.cache_data(max_entries=256, show_spinner=False)
def _forward_cut(_network: Network, key: str, pixels: str, highest: int, cuts: tuple[Cut, ...]) -> Forward:
    from netcore.model.forward import Forward

    question = "netcore.model.inside.surgery:forward_cut"
    given = {**_given(_network, pixels, highest), "highest": (highest,)}
    return engine.ask(_network, Forward, question, **given, cuts=cuts)


@st.cache_data(max_entries=256, show_spinner=False)
def _accuracy(_network: Network, identity: str, cuts: tuple[Cut, ...]) -> float:
    return engine.ask(_network, float, "netcore.model.inside.surgery:measure_cut", cuts=cuts)


@st.cache_data(max_entries=64, show_spinner=False)
def _ranking(_network: Network, identity: str, layer: str, cuts: tuple[Cut, ...]) -> Ranking:
    from netcore.model.inside.ranking import Ranking

    return engine.ask(_network, Ranking, "netcore.model.inside.ranking:rank_channels", layer=layer, cuts=cuts)
