"""What a pretrained network receives of a photo: as a picture, step by step, and as numbers. Knows no downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import pretrained, text, zoo_answers
from pages.shared.charts import look
from pages.shared.charts import zoo as charts
from pages.shared.pretrained import Photo
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.zoo.inference import Classification, NetworkInput
    from netcore.zoo.weights import LoadedModel

say = text.page("zoo")

_CHANNELS = ("red", "green", "blue")
_PATCH = 8


def draw(loaded: LoadedModel, photo: Photo) -> None:
    """What the network receives of the photo, step by step, in pictures and in numbers, and all its logits."""
    received = pretrained.receive(loaded, photo)
    _draw_pictures(received, photo)
    _draw_steps(received, photo, len(loaded.categories))
    _draw_numbers(received)
    _draw_logits(pretrained.classify(loaded, [photo])[0])


def _draw_pictures(received: NetworkInput, photo: Photo) -> None:
    side = received.picture.width
    width = received.resized_side * photo.image.width / min(photo.image.size)
    before, after = st.columns([min(width, 4 * side), side], vertical_alignment="bottom")  # on the same scale
    size = f"{photo.image.width} × {photo.image.height}"
    before.image(photo.image, caption=say("photo_caption", size=size), alt=photo.name, width=zoo_answers.width(photo))
    caption = say("received_caption", side=side, resized=received.resized_side)
    after.image(received.picture, caption=caption, alt=say("received_alt"), width="stretch")


def _draw_steps(received: NetworkInput, photo: Photo, classes: int) -> None:
    side = received.picture.width
    steps = (
        ("image", 'image = Image.open(file).convert("RGB")', (3, photo.image.height, photo.image.width)),
        ("transforms", "x = transforms(image)", (3, side, side)),
        ("batch", "x = x.unsqueeze(0)", tuple(received.batch.shape)),
        ("logits", "logits = model(x)", (1, classes)),
        ("probabilities", "probabilities = logits.softmax(dim=1)", (1, classes)),
    )
    values = {
        "resized": received.resized_side,
        "interpolation": received.interpolation,
        "antialias": received.antialias,
        "side": side,
        "mean": ", ".join(f"{value:g}" for value in received.mean),
        "std": ", ".join(f"{value:g}" for value in received.std),
        "low": f"{float(received.batch.min()):.2f}",
        "high": f"{float(received.batch.max()):.2f}",
    }
    said = [say(f"step_{name}", **values) for name, _, _ in steps]
    st.table(
        {
            say("step"): [f"`{line}`  \n:gray[{sentence}]" for (_, line, _), sentence in zip(steps, said, strict=True)],
            say("shape"): [shape_text(shape) for _, _, shape in steps],
        },
        border="horizontal",
        hide_index=True,
        alt=say("steps_alt"),
    )


def _draw_numbers(received: NetworkInput) -> None:
    """Where each channel's numbers lie, and a square of them as they go in."""
    x = received.batch[0]
    st.table(
        {
            say("channel"): [say(name) for name in _CHANNELS],
            say("least"): [f"{float(values.min()):.2f}" for values in x],
            say("mean"): [f"{float(values.mean()):.2f}" for values in x],
            say("most"): [f"{float(values.max()):.2f}" for values in x],
        },
        border="horizontal",
        hide_index=True,
        alt=say("channels_alt"),
    )
    controls, chart = st.columns([2, 3], gap="medium")
    last = x.shape[-1] - _PATCH
    with controls:
        channel = st.segmented_control(
            say("channel"), range(3), format_func=lambda index: say(_CHANNELS[index]), default=0, required=True
        )
        row = st.slider(say("row"), 0, last, last // 2, help=say("patch_help", size=_PATCH), key="zoo_row")
        column = st.slider(say("column"), 0, last, last // 2, key="zoo_column")
    title = f"x[0, {channel}, {row}:{row + _PATCH}, {column}:{column + _PATCH}]"
    figure = charts.pixels(
        x[channel, row : row + _PATCH, column : column + _PATCH].tolist(),
        x=range(column, column + _PATCH),
        y=range(row, row + _PATCH),
        words={"title": title, "x": say("column"), "y": say("row")},
    )
    chart.plotly_chart(figure, config=look.CONFIG, alt=say("patch_alt", where=title), key="zoo_numbers")


def _draw_logits(answer: Classification) -> None:
    best = answer.predictions[0]
    words = {
        "title": say("logits_chart", category=best.category, logit=text.number(best.logit)),
        "logit": say("logit"),
        "count": say("count"),
        "best": best.category,
    }
    figure = charts.logit_histogram(answer.logits, words=words)
    st.plotly_chart(figure, config=look.CONFIG, alt=say("logits_alt"), key="zoo_logits")
