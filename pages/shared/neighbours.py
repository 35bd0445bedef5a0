"""The training digits nearest to the one in hand. Knows the distances, not how they are measured."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from pages.shared import digit_sheet, frame, sample_answers, text
from pages.shared.digit_sheet import Tile
from pages.shared.sample import Sample

say = text.page("browse")

_COUNT = 10


def draw(sample: Sample) -> None:
    """The ten nearest, the nearest first, with their labels and distances."""
    found = sample_answers.neighbours_of(sample, _COUNT)
    label, votes = Counter(neighbour.label for neighbour in found).most_common(1)[0]
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top"):
        st.markdown(say("neighbours_sentence", votes=votes, label=label), width="stretch")
        if sample.place:
            source = sample_answers.neighbours_source(sample.place, _COUNT)
            frame.show_code(st.container(width="content"), source)
    tiles = [
        Tile(
            neighbour.index,
            say("neighbour", index=f"{neighbour.index:,}", label=neighbour.label, distance=f"{neighbour.distance:.2f}"),
            is_wrong=sample.label not in (None, neighbour.label),
        )
        for neighbour in found
    ]
    digit_sheet.draw("neighbours_sheet", "train", tiles, _COUNT, say("neighbours_alt"))
    st.table(
        {
            say("neighbours_index"): [f"{neighbour.index:,}" for neighbour in found],
            say("neighbours_label"): [str(neighbour.label) for neighbour in found],
            say("neighbours_distance"): [f"{neighbour.distance:.2f}" for neighbour in found],
        },
        border="horizontal",
        hide_index=True,
        alt=say("neighbours_alt"),
    )
