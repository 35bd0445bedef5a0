"""What a network says of photos: one large, several as a grid, all as a file. Knows nothing of its computing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import streamlit as st

from pages.shared import lamp, pretrained, text
from pages.shared.charts import look
from pages.shared.charts import zoo as charts
from pages.shared.pretrained import Photo
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.zoo.inference import Classification
    from netcore.zoo.weights import LoadedModel

say = text.page("zoo")

_COLUMNS = 2
_TALLEST = 400
_TALLEST_IN_GRID = 150


def draw(loaded: LoadedModel, photos: list[Photo]) -> None:
    """Each photo with its five most probable classes and its time, and all of them as a CSV file."""
    answers = pretrained.classify(loaded, photos)
    if len(photos) == 1:
        _draw_one(photos[0], answers[0])
    else:
        _draw_grid(photos, answers)
    side, batch = loaded.entry.input_side, pretrained.together(len(photos))
    rounds = say("rounds", rounds=-(-len(photos) // batch)) if len(photos) > batch else ""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        x, logits = shape_text((batch, 3, side, side)), shape_text((batch, len(answers[0].logits)))
        time = text.duration(sum(answer.seconds for answer in answers))
        lamp.show("eval")
        st.markdown(f"`x` {x} → `logits` {logits}{rounds} · {time}", width="content")
        st.download_button(
            say("csv"),
            pretrained.as_csv(loaded, photos, answers),
            f"{loaded.entry.name}.csv",
            "text/csv",
            icon=":material/download:",
            help=say("csv_help"),
            on_click="ignore",
        )


def draw_top(answer: Classification, kind: str, *, key: str, small: bool = False) -> None:
    """The most probable classes as bars, under a title that says the first; ``kind`` is of whose answer it speaks."""
    best = answer.predictions[0]
    title = say(f"top_{kind}", category=best.category, probability=text.percent(best.probability))
    figure = charts.top_classes(
        [(prediction.category, prediction.probability, prediction.logit) for prediction in answer.predictions],
        words={"title": title, "probability": say("probability"), "hover": say("hover")},
        small=small,
    )
    st.plotly_chart(figure, config=look.CONFIG, alt=title, key=key)


def width(photo: Photo, tallest: int = _TALLEST) -> int | Literal["stretch"]:
    """For ``st.image``: the width of its column, or less where it would be far higher than the screen."""
    tall = photo.image.height > 2 * photo.image.width
    return _narrow(photo, tallest) if tall else "stretch"


def _narrow(photo: Photo, tallest: int) -> int:
    return max(1, round(tallest * photo.image.width / photo.image.height))


def _draw_one(photo: Photo, answer: Classification) -> None:
    picture, chart = st.columns([2, 3], vertical_alignment="center")
    picture.image(photo.image, caption=text.plain(photo.name), alt=photo.name, width=width(photo))
    with chart:
        draw_top(answer, "says", key="zoo_top_0")


def _draw_grid(photos: list[Photo], answers: Sequence[Classification]) -> None:
    for start in range(0, len(photos), _COLUMNS):
        for place, column in enumerate(st.columns(_COLUMNS), start):
            if place >= len(photos):
                break
            photo, answer = photos[place], answers[place]
            with column.container(border=True, height="stretch"):
                caption = f"{text.plain(photo.name)} · {text.duration(answer.seconds)}"
                st.image(photo.image, caption=caption, alt=photo.name, width=_narrow(photo, _TALLEST_IN_GRID))
                draw_top(answer, "says", key=f"zoo_top_{place}", small=True)
