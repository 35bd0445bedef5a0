"""The way of an image, or of N, through a network to its answer. Knows the results, not how they are computed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import digits, engine, pictures, sample_answers, text, walk_end, walk_unbatched
from pages.shared.sample import COUNTS, Place, Sample
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.model.thumbnails import Thumbnail
    from netcore.model.trace import Trace

say = text.page("walk")

_COUNT, _MANY = "walk_count", "walk_many"
MOST = 64
MOST_LAYERS = 40
"""Rows of the table: more of them nobody reads."""


@dataclass(frozen=True)
class _Line:
    code: str
    words: str
    shape: tuple[int, ...]
    picture: str = ""


def count_of(sample: Sample) -> int:
    """How many images the walk takes along, as it was chosen last: 1, or a batch of MNIST images from this one on."""
    if not sample.place or st.session_state.get(_MANY) != "many":
        return 1
    return min(st.session_state.get(_COUNT, 8), COUNTS[sample.place.split] - sample.place.index)


def draw(network: engine.Network, sample: Sample) -> None:
    """Every tensor on the way with its shape and the line that makes it, of one image or of a batch, and its end."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        many = sample.place is not None and _pick_many()
        left_out = not many and st.toggle(say("leave_out"), help=say("leave_out_help"), key="walk_leave_out")
    if many and sample.place:
        st.slider(say("count"), 1, MOST, 8, help=say("count_help"), key=_COUNT, persist_state="session")
        _draw_batch(network, sample.place, count_of(sample))
    elif left_out:
        walk_unbatched.draw(network, sample)
    else:
        _draw_one(network, sample)


def _pick_many() -> bool:
    chosen = st.segmented_control(
        say("how_many"),
        ("one", "many"),
        format_func=lambda name: say(f"how_many_{name}"),
        help=say("how_many_help"),
        default="one",
        required=True,
        key=_MANY,
        persist_state="session",
    )
    return chosen == "many"


def _draw_one(network: engine.Network, sample: Sample) -> None:
    answer = engine.forward(network, [sample])
    line = f"image, label = dataset[{sample.place.index}]" if sample.place else "image = ToTensor()(digit)"
    drawn = pictures.markdown(digits.picture_of(sample, 56), say("picture_alt"))
    lines = [
        _Line(line, say("image", highest=sample.highest), (1, 28, 28), drawn),
        _Line("x = image.unsqueeze(0)", say("batch"), (1, 1, 28, 28), drawn),
        *_layers(engine.trace_of(network.spec, 1), sample_answers.thumbnails_of(network, sample)),
        *_ends(answer.shape, say("prediction", prediction=answer.predictions[0])),
    ]
    walk_end.say_answer(answer, sample)
    _draw_table(lines)
    walk_end.draw(answer, sample)


def _draw_batch(network: engine.Network, place: Place, count: int) -> None:
    samples = digits.samples_at(place.split, range(place.index, place.index + count))
    answer = engine.forward(network, samples)
    stacked = f"x = torch.stack([dataset[i][0] for i in range({place.index}, {place.index + count})])"
    lines = [
        _Line(stacked, say("images", count=count), (count, 1, 28, 28)),
        *_layers(engine.trace_of(network.spec, count), ()),
        *_ends(answer.shape, say("predictions")),
    ]
    _draw_table(lines)
    walk_end.draw_batch(answer, samples)


def _layers(traced: Trace, drawn: tuple[Thumbnail, ...]) -> Iterator[_Line]:
    """A line for each layer that ran; the pictures are those of the same layers, where each of them gave a tensor."""
    fits = [layer.name for layer in traced.layers][: len(drawn)] == [picture.name for picture in drawn]
    before = traced.input_shape
    for place, layer in enumerate(traced.layers[:MOST_LAYERS]):
        picture = drawn[place] if fits and place < len(drawn) else None
        reshaped = layer.input_shape != before
        told = "reshaped" if reshaped else "unseen" if picture and picture.follows_unseen else "layer"
        shape = {"shape": shape_text(layer.input_shape)} if reshaped else {}
        words = say(told, layer=text.layer(layer.name, layer.code), **shape)
        shown = pictures.markdown(pictures.grey(picture), say("picture_alt")) if picture else ""
        yield _Line(f"x = {text.reference(layer.name)}(x)", words, layer.output_shape, shown)
        before = layer.output_shape
    if len(traced.layers) > MOST_LAYERS:
        yield _Line("", say("left_out", count=len(traced.layers) - MOST_LAYERS), ())


def _ends(logits: tuple[int, int], prediction: str) -> list[_Line]:
    return [
        _Line("logits = model(x)", say("logits"), logits),
        _Line("probabilities = logits.softmax(dim=1)", say("probabilities"), logits),
        _Line("prediction = logits.argmax(dim=1)", prediction, logits[:1]),
    ]


def _draw_table(lines: list[_Line]) -> None:
    columns = {
        say("step"): [(f"`{line.code}`  \n" if line.code else "") + f":gray[{line.words}]" for line in lines],
        say("shape"): [shape_text(line.shape) if line.shape else "" for line in lines],
    }
    if any(line.picture for line in lines):
        columns = {say("picture"): [line.picture for line in lines]} | columns
    st.table(columns, border="horizontal", hide_index=True, alt=say("table_alt"))
