"""The end of the walk: from logits to probabilities, to the answer and to the loss. Knows no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import digits, text
from pages.shared.charts import look
from pages.shared.charts import samples as charts
from pages.shared.sample import Sample

if TYPE_CHECKING:
    from netcore.model.forward import Forward
    from netcore.model.softmax import SoftmaxSteps

say = text.page("walk")


def say_answer(answer: Forward, sample: Sample) -> None:
    """The answer to one image in a sentence, beside its label where that is known."""
    values = {"prediction": answer.predictions[0], "probability": text.percent(max(answer.probabilities[0]))}
    st.markdown(say("says_unlabelled", **values) if sample.label is None else say("says", **values, label=sample.label))


def draw(answer: Forward, sample: Sample) -> None:
    """The ten logits of one image, every number up to their softmax, and the cross-entropy for its label."""
    from netcore.model.softmax import softmax_steps

    steps = softmax_steps(answer.logits[0])
    _draw_bars(answer, sample)
    st.markdown(say("softmax", maximum=f"{max(steps.logits):.4f}"))
    st.table(
        _rows(steps, answer.predictions[0], sample.label), border="horizontal", hide_index=True, alt=say("softmax_alt")
    )
    _draw_loss(steps, sample.label)


def draw_batch(answer: Forward, samples: list[Sample]) -> None:
    """The answers of a batch beside their labels, the mean loss, and the picture of the logits ``[N, 10]``."""
    from netcore.model.softmax import cross_entropy

    labels = [sample.label for sample in samples if sample.label is not None]
    right = sum(sample.label == said for sample, said in zip(samples, answer.predictions, strict=True))
    st.markdown(
        say("batch_right", right=right, count=len(samples), time=text.duration(answer.seconds))
        + "  \n"
        + say("batch_loss", loss=text.number(cross_entropy(answer.logits, labels)))
    )
    with st.grid("auto", min_column_width=64, gap="xsmall"):
        for sample, said in zip(samples, answer.predictions, strict=True):
            with st.container(gap=None):
                st.image(digits.picture_of(sample, 56), alt=say("tile", prediction=said, label=sample.label))
                st.markdown(f":green[{said}]" if said == sample.label else f":red[**{said}**] :gray[({sample.label})]")
    words = {"classes": say("class"), "logits": say("logit"), "title": say("batch_chart")}
    words |= {"images": say("batch_images"), "hover": say("batch_hover")}
    figure = charts.logit_rows(answer.logits, words=words)
    st.plotly_chart(figure, config=look.CONFIG, alt=say("batch_alt"), key="walk_rows")


def _draw_bars(answer: Forward, sample: Sample) -> None:
    logits, probabilities = answer.logits[0], answer.probabilities[0]
    words = {"title": say("bars"), "classes": say("class"), "logits": say("logit"), "probabilities": say("probability")}
    figure = charts.bars(logits, probabilities, sample.label, words=words)
    st.plotly_chart(figure, config=look.CONFIG, alt=say("bars_alt"), key="walk_bars")


def _rows(steps: SoftmaxSteps, prediction: int, label: int | None) -> dict[str, list[str]]:
    notes = {prediction: f" :blue[{say('answer')}]"}
    if label is not None:
        notes[label] = notes.get(label, "") + f" :green[{say('label')}]"
    classes = [f"**{place}**{notes.get(place, '')}" for place in range(len(steps.logits))]
    return {
        say("class"): [*classes, say("sum")],
        say("logit"): [*(f"{value:.4f}" for value in steps.logits), ""],
        say("column_shifted"): [*(f"{value:.4f}" for value in steps.shifted), ""],
        say("column_exp"): [*map(text.number, steps.exponentials), f"**{text.number(steps.total)}**"],
        say("column_share"): [*map(_share, steps.probabilities), f"**{_share(1.0)}**"],
    }


def _share(share: float) -> str:
    return f"{text.number(100 * share)} %"


def _draw_loss(steps: SoftmaxSteps, label: int | None) -> None:
    from netcore.model.softmax import cross_entropy

    if label is None:
        label = st.selectbox(
            say("loss_pick"),
            range(len(steps.logits)),
            index=None,
            placeholder=say("loss_none"),
            help=say("loss_pick_help"),
            key="walk_label",
            width=240,
        )
    if label is None:
        return
    loss = steps.loss(label)
    torch = text.number(cross_entropy([steps.logits], [label]))
    st.markdown(say("loss", label=label, share=text.probability_of(loss), loss=text.number(loss), torch=torch))
