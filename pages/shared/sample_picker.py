"""The controls that choose where a digit comes from, an MNIST image, and the weights. Knows no network's answers."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.shared import address, digits, text
from pages.shared.frame import weights_in_words
from pages.shared.sample import COUNTS, SPLITS, Place, Sample
from pages.shared.workspace import Workspace

say = text.page("samples")

SOURCES = ("mnist", "draw", "upload", "camera")
_SOURCE = "samples_source"
_INDEX, _SPLIT, _LABEL, _CLICKS = "samples_index", "samples_split", "samples_label", "samples_clicks"


def pick_source() -> str:
    """Draw the choice of where the digit comes from: one of ``SOURCES``."""
    names = {name: name for name in SOURCES}
    address.ask_one(_SOURCE, names, "mnist")
    source = st.segmented_control(
        say("source"),
        SOURCES,
        format_func=lambda name: say(f"source_{name}"),
        required=True,
        key=_SOURCE,
        label_visibility="collapsed",
    )
    source = source if source in SOURCES else "mnist"
    address.keep_one(_SOURCE, names, source, "mnist")
    return source


def pick() -> Sample:
    """Draw the controls and the image they choose, large."""
    splits = {name: name for name in SPLITS}
    address.ask_one(_SPLIT, splits, SPLITS[0])
    split = st.segmented_control(
        say("split"),
        SPLITS,
        format_func=lambda name: say(f"split_{name}"),
        help=say("split_help"),
        required=True,
        key=_SPLIT,
    )
    split = split if split in SPLITS else SPLITS[0]
    address.keep_one(_SPLIT, splits, split, SPLITS[0])
    last = COUNTS[split] - 1
    address.ask_one(_LABEL, {str(digit): digit for digit in range(10)}, None)
    address.ask(_INDEX, lambda words: _read_index(words, last), 0)
    chosen = st.session_state.get(_INDEX)
    if type(chosen) is int and not 0 <= chosen <= last:
        st.session_state[_INDEX] = last
    left, right = st.columns(2)
    label = left.selectbox(
        say("label"),
        [None, *range(10)],
        format_func=lambda digit: say("label_any") if digit is None else str(digit),
        help=say("label_help"),
        key=_LABEL,
    )
    address.keep(_LABEL, "" if label is None else str(label))
    index = right.number_input(say("index"), 0, last, help=say("index_help"), key=_INDEX)
    with st.container(horizontal=True, gap="small"):
        st.button(say("previous"), icon=":material/chevron_left:", on_click=_step, args=(split, label, -1))
        st.button(say("next"), icon=":material/chevron_right:", on_click=_step, args=(split, label, 1))
        st.button(say("random"), icon=":material/casino:", on_click=_draw, args=(split, label))
    index = index if type(index) is int and 0 <= index <= last else 0
    address.keep(_INDEX, str(index) if index else "")
    with st.skeleton(height=300):
        sample = digits.sample_at(Place(split, index))
        words = say("picture", index=f"{index:,}", split=split, label=sample.label)
        st.image(digits.picture_of(sample, 280), alt=words, caption=say("caption", label=sample.label))
    return sample


def take(split: str, index: int) -> None:
    """Make this MNIST image the digit in hand: for a callback."""
    st.session_state[_SOURCE] = "mnist"
    st.session_state[_SPLIT], st.session_state[_INDEX] = split, index


def chosen_label() -> int | None:
    """The digit that was chosen with ``pick``: only its images are looked through. None for all."""
    label: int | None = st.session_state.get(_LABEL)
    return label


def pick_weights(work: Workspace) -> None:
    """Draw the choice of the weights: the first, random ones, or the best of a run of this very network."""
    hand = work.hand
    runs = {run.identity: run for run in work.runs.list() if run.network == hand.spec and run.best_path.exists()}
    choices = [None, *runs]
    current = hand.run if hand.run in runs else None
    chosen = st.selectbox(
        say("weights"),
        choices,
        index=choices.index(current),
        format_func=lambda identity: weights_in_words(hand, runs.get(identity)),
        help=say("weights_help"),
    )
    if chosen != current and chosen in choices:
        work.take(replace(hand, run=chosen))
        st.rerun()


def _read_index(words: str, last: int) -> int | None:
    """The number of an image, as an address says it."""
    is_number = words.isascii() and words.isdecimal() and len(words) <= len(str(last))
    return int(words) if is_number and int(words) <= last else None


def _step(split: str, label: int | None, direction: int) -> None:
    st.session_state[_INDEX] = digits.step_from(split, label, st.session_state[_INDEX], direction)


def _draw(split: str, label: int | None) -> None:
    st.session_state[_CLICKS] = st.session_state.get(_CLICKS, 0) + 1
    st.session_state[_INDEX] = digits.draw_at_random(split, label, st.session_state[_CLICKS])
