"""The way of an image, or of N, through a network to its logits. Knows the results, not how they are computed."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.shared import digits, engine, text
from pages.shared.charts import look
from pages.shared.charts import samples as charts
from pages.shared.sample import COUNTS, Place, Sample
from pages.shared.shapes import shape_text

say = text.page("samples")

_COUNT = "samples_count"
MOST = 64


def draw_one(network: engine.Network, sample: Sample) -> None:
    """One image: its four tensors with the line that makes each, then the ten logits and probabilities."""
    answer = engine.forward(network, [sample])
    logits, probabilities = answer.logits[0], answer.probabilities[0]
    prediction, probability = answer.predictions[0], text.percent(max(probabilities))
    st.table(
        _steps(sample, (1, len(logits))),
        border="horizontal",
        hide_index=True,
        alt=say("walk_alt"),
    )
    words = {name: say(name) for name in ("classes", "logits", "probabilities")}
    told = "chart_unlabelled" if sample.label is None else "chart"
    title = say(told, prediction=prediction, probability=probability, label=sample.label)
    figure = charts.bars(logits, probabilities, sample.label, words={"title": title, **words})
    st.plotly_chart(figure, config=look.CONFIG, alt=say("chart_alt"), key="samples_bars")
    with st.expander(say("numbers"), key="samples_numbers", on_change="rerun") as numbers:
        if numbers.open:
            st.dataframe(
                {
                    say("classes"): list(range(len(logits))),
                    say("logits"): [text.number(value) for value in logits],
                    say("probabilities"): [text.number(100 * value) for value in probabilities],
                },
                hide_index=True,
                alt=say("numbers_alt"),
            )


def draw_batch(network: engine.Network, place: Place) -> None:
    """N images that follow each other: the shapes, the answers, and the picture of the logits ``[N, 10]``."""
    room = min(MOST, COUNTS[place.split] - place.index)
    count = st.slider(say("count"), 1, MOST, 8, help=say("count_help"), key=_COUNT, persist_state="session")
    count = min(max(1, count), room)
    samples = [digits.sample_at(replace(place, index=place.index + step)) for step in range(count)]
    answer = engine.forward(network, samples)
    right = sum(sample.label == said for sample, said in zip(samples, answer.predictions, strict=True))
    st.markdown(
        f"`x` {shape_text((count, 1, 28, 28))} → `logits = model(x)` {shape_text(answer.shape)}  \n"
        + say("batch_right", right=right, count=count, time=text.duration(answer.seconds))
    )
    with st.grid("auto", min_column_width=64, gap="xsmall"):
        for sample, said in zip(samples, answer.predictions, strict=True):
            with st.container(gap=None):
                st.image(digits.picture_of(sample, 56), alt=say("says", prediction=said, label=sample.label))
                st.markdown(f":green[{said}]" if said == sample.label else f":red[**{said}**] :gray[({sample.label})]")
    words = {name: say(name) for name in ("classes", "logits")}
    words |= {"title": say("batch_chart"), "images": say("batch_images"), "hover": say("batch_hover")}
    st.plotly_chart(
        charts.logit_rows(answer.logits, words=words), config=look.CONFIG, alt=say("batch_alt"), key="samples_rows"
    )


def _steps(sample: Sample, logits: tuple[int, int]) -> dict[str, list[str]]:
    image = f"image, label = dataset[{sample.place.index}]" if sample.place else "image = ToTensor()(digit)"
    lines = (
        ("image", image, (1, 28, 28)),
        ("batch", "x = image.unsqueeze(0)", (1, 1, 28, 28)),
        ("logits", "logits = model(x)", logits),
        ("probabilities", "probabilities = logits.softmax(dim=1)", logits),
    )
    return {
        say("step"): [f"`{line}`  \n:gray[{say(f'walk_{name}')}]" for name, line, _ in lines],
        say("shape"): [shape_text(shape) for _, _, shape in lines],
    }
