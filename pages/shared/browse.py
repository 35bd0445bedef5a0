"""MNIST as sheets of a hundred digits, to filter, sort and choose from. Knows not how the answers are computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import (
    browse_means,
    digit_sheet,
    digits,
    engine,
    frame,
    notices,
    reveal,
    sample_answers,
    sample_picker,
    text,
)
from pages.shared.digit_sheet import Tile
from pages.shared.sample import COUNTS, Place, Sample

if TYPE_CHECKING:
    from netcore.training.survey import Survey

say = text.page("browse")

PAGE = 100
COLUMNS = 10
ANSWERS = ("all", "right", "wrong")
ORDERS = ("index", "unsure", "sure", "loss")


@dataclass(frozen=True)
class _Wish:
    """Which digits, and in which order."""

    label: int | None
    answers: str = "all"
    confidence: tuple[float, float] = (0.0, 1.0)
    order: str = "index"


def draw(network: engine.Network, sample: Sample, place: Place) -> None:
    """The filters, the digits that they leave as a sheet, and, folded, the mean images."""
    survey = None
    if place.split == "test" and not reveal.hidden(network, sample):
        with notices.refusals_shown(), st.spinner(say("asking")):
            survey = sample_answers.survey_of(network)
    label = sample_picker.chosen_label()
    wish = _pick(network, label) if survey else _Wish(label)
    found = _choose(place.split, wish, survey)
    st.caption(_count(network, sample, place.split, wish, survey, len(found)))
    if found:
        _draw_sheet(place, found, survey)
    else:
        st.info(say("nothing"), icon=":material/filter_alt_off:")
    with st.expander(say("means"), key="browse_means", on_change="rerun") as means:
        if means.open:
            browse_means.draw(place.split, network if survey else None)


def _pick(network: engine.Network, label: int | None) -> _Wish:
    """The filters and the order that need the network's answers, and the code behind these."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.selectbox(
            say("order"),
            ORDERS,
            format_func=lambda name: say(f"order_{name}"),
            help=say("order_help"),
            key="browse_order",
            persist_state="session",
            width=220,
        )
        answers = st.segmented_control(
            say("answers"),
            ANSWERS,
            format_func=lambda name: say(f"answers_{name}"),
            help=say("answers_help"),
            default="all",
            required=True,
            key="browse_answers",
            persist_state="session",
        )
        low, high = st.slider(
            say("confidence"),
            0,
            100,
            (0, 100),
            help=say("confidence_help"),
            key="browse_confidence",
            persist_state="session",
            width=200,
        )
        frame.show_code(st.container(width="content"), sample_answers.answers_source(network))
    return _Wish(label, answers, (low / 100, high / 100), order)


def _choose(split: str, wish: _Wish, survey: Survey | None) -> list[int]:
    """The places of the digits that the wish leaves, in its order."""
    indices = digits.indices_of(split, wish.label)
    if not survey:
        return indices
    labels, (low, high) = digits.labels_of(split), wish.confidence
    shown = [
        index
        for index in indices
        if low <= survey.confidences[index] <= high
        and (wish.answers == "all" or (survey.predictions[index] == labels[index]) == (wish.answers == "right"))
    ]
    if wish.order == "index":
        return shown
    if wish.order == "loss":
        return sorted(shown, key=survey.losses.__getitem__, reverse=True)
    return sorted(shown, key=survey.confidences.__getitem__, reverse=wish.order == "sure")


def _count(network: engine.Network, sample: Sample, split: str, wish: _Wish, survey: Survey | None, count: int) -> str:
    total = COUNTS[split]
    if survey:
        labels = digits.labels_of(split)
        right = sum(said == label for said, label in zip(survey.predictions, labels, strict=True))
        share = text.percent(right / total)
        values = {"right": f"{right:,}", "wrong": f"{total - right:,}", "total": f"{total:,}", "accuracy": share}
        return say("count_network", **values, count=f"{count:,}")
    values = {"count": f"{count:,}", "total": f"{total:,}"}
    words = say("count_part", **values) if wish.label is None else say("count_label", **values, label=wish.label)
    why = "count_train" if split == "train" else "count_hidden" if reveal.hidden(network, sample) else None
    return f"{words} {say(why)}" if why else words


def _draw_sheet(place: Place, found: list[int], survey: Survey | None) -> None:
    pages = -(-len(found) // PAGE)
    page = 1
    if pages > 1:
        page = st.number_input(say("page"), 1, pages, help=say("page_help"), key=f"browse_page_{pages}", width=140)
        page = min(max(1, page), pages) if type(page) is int else 1
    shown = found[(page - 1) * PAGE : page * PAGE]
    labels = digits.labels_of(place.split)
    tiles = [_tile(index, labels[index], survey, index == place.index) for index in shown]
    st.caption(say("hint_wrong" if survey else "hint"))
    alt = say("sheet_alt", count=len(shown), split=place.split, first=shown[0])
    digit_sheet.draw("browse_sheet", place.split, tiles, COLUMNS, alt)


def _tile(index: int, label: int, survey: Survey | None, is_chosen: bool) -> Tile:
    if not survey:
        return Tile(index, say("tile", index=f"{index:,}", label=label), is_chosen=is_chosen)
    said, confidence = survey.predictions[index], text.percent(survey.confidences[index])
    words = say("tile_said", index=f"{index:,}", label=label, said=said, confidence=confidence)
    return Tile(index, words, said != label, is_chosen)
