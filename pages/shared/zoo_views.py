"""What a pretrained network makes of a photo: predictions, input, reset. Knows the results, not their computing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from pages.shared import notices, pretrained, text
from pages.shared.charts import look
from pages.shared.charts import zoo as charts
from pages.shared.pretrained import Photo
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry
    from netcore.zoo.inference import Classification
    from netcore.zoo.reset import ResetReport
    from netcore.zoo.weights import LoadedModel

say = text.page("zoo")

_RESETS = "zoo_resets"
_WATCHED = "zoo_watched"
_SECONDS_BETWEEN_LOOKS = 0.5
_TALLEST = 400
_LOOP = """\
for module in model.modules():
    if hasattr(module, "reset_parameters"):
        module.reset_parameters()"""


def offer_download(entry: ZooEntry) -> None:
    """Say that the weights are not here, fetch them when asked, and show how far that is, whoever asked first."""
    was_running = pretrained.find_fetch(entry).is_running

    @st.fragment(run_every=_SECONDS_BETWEEN_LOOKS if was_running else None, key="zoo_fetch")
    @notices.failures_shown()  # while it downloads, this part runs without the rest of the page
    def watch() -> None:
        fetch = pretrained.find_fetch(entry)
        if fetch.is_running != was_running:
            st.rerun()
        if fetch.is_running:
            st.session_state[_WATCHED] = entry.name
            share = min(1.0, fetch.done / (fetch.total or entry.megabytes * 1024**2))
            done = f"{fetch.done / 1024**2:,.1f}"
            words = say("downloading", name=entry.name, done=done, share=int(100 * share))
            st.progress(share, text=words if fetch.done else say("connecting", name=entry.name))
            return
        size = f"{entry.megabytes:,.1f}"
        st.info(say("absent", name=entry.name, size=size), icon=":material/cloud_download:")
        st.button(
            say("download", size=size),
            icon=":material/download:",
            type="primary",
            on_click=_start_fetch,
            args=(entry,),
        )
        # What went wrong is said to those who waited, not to whoever comes a day later.
        if fetch.problem and st.session_state.get(_WATCHED) == entry.name:
            notices.show_error(fetch.problem)

    watch()


def _start_fetch(entry: ZooEntry) -> None:
    st.session_state[_WATCHED] = entry.name
    pretrained.start_fetch(entry)


def draw_predictions(loaded: LoadedModel, photos: list[Photo]) -> None:
    """Each photo beside its five most probable classes."""
    if not loaded.published:
        st.badge(say("own_weights"), icon=":material/edit:", color="orange", help=say("own_weights_help"))
    for place, photo in enumerate(photos):
        answer = pretrained.classify(loaded, photo)
        picture, chart = st.columns([2, 3], vertical_alignment="center")
        picture.image(photo.image, caption=text.plain(photo.name), alt=photo.name, width=_width(photo))
        with chart:
            _draw_top(answer, "says", key=f"zoo_top_{place}")
            side = loaded.entry.input_side
            st.markdown(
                f"`x` {shape_text((1, 3, side, side))} → `logits` {shape_text(answer.logits_shape)} · "
                + text.duration(answer.seconds)
            )


def draw_input(loaded: LoadedModel, photo: Photo) -> None:
    """What the network receives of the photo, step by step, and all its logits."""
    received = pretrained.receive(loaded, photo)
    side = loaded.entry.input_side
    width = received.resized_side * photo.image.width / min(photo.image.size)
    before, after = st.columns([min(width, 4 * side), side], vertical_alignment="bottom")  # on the same scale
    size = f"{photo.image.width} × {photo.image.height}"
    before.image(photo.image, caption=say("photo_caption", size=size), alt=photo.name, width=_width(photo))
    caption = say("received_caption", side=side, resized=received.resized_side)
    after.image(received.picture, caption=caption, alt=say("received_alt"), width="stretch")
    steps = (
        ("image", 'image = Image.open(file).convert("RGB")', (3, photo.image.height, photo.image.width)),
        ("transforms", "x = transforms(image)", (3, side, side)),
        ("batch", "x = x.unsqueeze(0)", tuple(received.batch.shape)),
        ("logits", "logits = model(x)", (1, len(loaded.categories))),
        ("probabilities", "probabilities = logits.softmax(dim=1)", (1, len(loaded.categories))),
    )
    values = {
        "resized": received.resized_side,
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
    answer = pretrained.classify(loaded, photo)
    best = answer.predictions[0]
    words = {
        "title": say("logits_chart", category=best.category, logit=text.number(best.logit)),
        "logit": say("logit"),
        "count": say("count"),
        "best": best.category,
    }
    figure = charts.logit_histogram(answer.logits, words=words)
    st.plotly_chart(figure, config=look.CONFIG, alt=say("logits_alt"), key="zoo_logits")


def draw_reset(loaded: LoadedModel, photo: Photo) -> None:
    """The pretrained network beside a copy with fresh weights, and what the reset reached."""
    resets: dict[str, int] = st.session_state.setdefault(_RESETS, {})
    name = loaded.entry.name
    st.code(_LOOP, language="python")
    st.button(
        say("reset_again" if name in resets else "reset"),
        icon=":material/restart_alt:",
        type="primary",
        help=say("reset_help"),
        on_click=lambda: resets.update({name: resets.get(name, 0) + 1}),
    )
    if name not in resets:
        st.caption(say("reset_first"))
        return
    with st.spinner(say("resetting")):
        report, answer = pretrained.classify_after_reset(loaded, photo, resets[name])
    before, after = st.columns(2)
    with before:
        _draw_top(pretrained.classify(loaded, photo), "before", key="zoo_before")
    with after:
        _draw_top(answer, "after", key="zoo_after")
    _draw_report(report, resets[name])


def _width(photo: Photo) -> int | Literal["stretch"]:
    """The width of its column, or less where it would be far higher than the screen."""
    tall = photo.image.height > 2 * photo.image.width
    return max(1, round(_TALLEST * photo.image.width / photo.image.height)) if tall else "stretch"


def _draw_top(answer: Classification, key_of_title: str, *, key: str) -> None:
    best = answer.predictions[0]
    title = say(f"top_{key_of_title}", category=best.category, probability=text.percent(best.probability))
    figure = charts.top_classes(
        [(prediction.category, prediction.probability, prediction.logit) for prediction in answer.predictions],
        words={"title": title, "probability": say("probability"), "hover": say("hover")},
    )
    st.plotly_chart(figure, config=look.CONFIG, alt=title, key=key)


def _draw_report(report: ResetReport, seed: int) -> None:
    total = report.total_parameters
    with st.container(horizontal=True):
        for key, count, note in (
            ("reset_count", report.reset_parameters, text.percent(report.reset_parameters / total)),
            ("missed_count", report.missed_parameters, text.percent(report.missed_parameters / total)),
            ("statistics_count", report.reset_buffers, None),
        ):
            words = text.number(count)
            st.metric(say(key), words, note, delta_color="off", delta_arrow="off", help=say(f"{key}_help", seed=seed))
    reached, nothing, missed = st.tabs(
        [
            say("reached", count=len(report.reset)),
            say("nothing", count=sum(count for _, count in report.nothing_to_reset)),
            say("missed", count=len(report.missed)),
        ]
    )
    layer, kind, parameters = say("layer"), say("kind"), say("parameters")
    reached.dataframe(
        {
            layer: [each.name for each in report.reset],
            kind: [each.kind for each in report.reset],
            parameters: [each.parameters for each in report.reset],
        },
        height=240,
        alt=say("reached_alt"),
    )
    nothing.dataframe(
        {kind: [name for name, _ in report.nothing_to_reset], say("number"): [n for _, n in report.nothing_to_reset]},
        height=240,
        alt=say("nothing_alt"),
    )
    if not report.missed:
        missed.markdown(say("missed_none"))
        return
    missed.markdown(say("missed_some"))
    missed.dataframe(
        {
            say("parameter"): [each.name for each in report.missed],
            say("owner"): [each.owner for each in report.missed],
            say("shape"): [str(list(each.shape)) for each in report.missed],
            parameters: [each.parameters for each in report.missed],
        },
        height=240,
        alt=say("missed_alt"),
    )
