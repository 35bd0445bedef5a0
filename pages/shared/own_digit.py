"""What the network says of one's own digits, beside the picture; one of them is the digit in hand.

Knows neither where the picture comes from nor how a digit is made ready.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from pages.shared import digits, engine, film_strip, preparation, reveal, text
from pages.shared.charts import look
from pages.shared.charts import strip as charts
from pages.shared.sample import Own, Picture, Sample

if TYPE_CHECKING:
    from netcore.data.digits import DigitSteps

say = text.page("own")

_CHOSEN = "own_chosen"
_TILE = 56


def draw(network: engine.Network, picture: Picture) -> Sample:
    """Draw the answer, or one for each digit on the picture, and return the digit in hand.

    Raises ``DataError`` where no digit is found, ``StackError`` where the network does not take it.
    """
    options = film_strip.options()
    film_strip.draw_switched_off(options)
    found = preparation.prepare_all(picture, options)
    places = preparation.places(picture)
    samples = [
        Sample(steps.pixels, own=Own(picture, place, options), highest=steps.highest)
        for steps, place in zip(found, places, strict=True)
    ]
    answers = engine.forward(network, samples)
    chosen = _chosen(picture, len(found))
    if len(found) > 1:
        told = [
            None if reveal.hidden(network, sample) else said
            for sample, said in zip(samples, answers.predictions, strict=True)
        ]
        _draw_all(picture, found, samples, told, answers.probabilities, chosen)
    if found[chosen].cut_off:
        st.caption(say("cut_off", count=found[chosen].cut_off))
    sample = samples[chosen]
    return _draw_one(sample, answers.probabilities[chosen], f"{picture.name}_{chosen}", reveal.hidden(network, sample))


def _draw_one(sample: Sample, probabilities: tuple[float, ...], name: str, is_hidden: bool) -> Sample:
    prediction, second = sorted(range(len(probabilities)), key=probabilities.__getitem__, reverse=True)[:2]
    answer, bars, given = st.columns([4, 6, 3], vertical_alignment="center")
    with answer:
        if not is_hidden:
            st.caption(say("says"))
            st.title(f"{prediction} :gray[{text.percent(probabilities[prediction])}]", anchor=False)
        label = st.selectbox(
            say("label"),
            [None, *range(10)],
            format_func=lambda digit: say("label_none") if digit is None else str(digit),
            help=say("label_help"),
            key=f"own_label_{name}",
            persist_state="session",
        )
        if label is not None and not is_hidden:
            st.markdown(say("right" if label == prediction else "wrong", label=label))
    if not is_hidden:
        words = {"title": say("bars", second=second, probability=text.percent(probabilities[second]))}
        figure = charts.answer(probabilities, label, words={**words, "digit": say("digit"), "hover": say("hover")})
        bars.plotly_chart(figure, config=look.CONFIG, alt=say("bars_alt"), key="own_bars")
    given.image(digits.picture_of(sample, 224), caption=say("given"), alt=say("given"), width=96)
    return replace(sample, label=label)


def _draw_all(
    picture: Picture,
    found: tuple[DigitSteps, ...],
    samples: list[Sample],
    told: list[int | None],
    probabilities: tuple[tuple[float, ...], ...],
    chosen: int,
) -> None:
    """``told`` is what the network says of each; None where that is still to be guessed."""
    whole, tiles = st.columns(2, vertical_alignment="center")
    whole.image(_number(picture, found, chosen), caption=say("found", count=len(found)), alt=say("found_alt"))
    with tiles:
        st.caption(say("reads"))
        st.title("".join("?" if said is None else str(said) for said in told), anchor=False)
        with st.grid("auto", min_column_width=88, gap="small"):
            for place, (sample, said) in enumerate(zip(samples, told, strict=True)):
                with st.container(gap=None, horizontal_alignment="center"):
                    st.image(digits.picture_of(sample, 2 * _TILE), alt=say("tile", number=place + 1), width=_TILE)
                    st.button(
                        "?" if said is None else f"**{said}** {text.percent(probabilities[place][said])}",
                        key=f"own_digit_{place}",
                        type="primary" if place == chosen else "secondary",
                        help=say("choose", number=place + 1),
                        on_click=_choose,
                        args=(picture.name, place),
                    )


def _number(picture: Picture, found: tuple[DigitSteps, ...], chosen: int) -> Image.Image:
    """The picture with a numbered box around each digit; the one in hand's is thicker."""
    image = preparation.look_at(picture).convert("RGBA")
    canvas = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    size = max(12, max(canvas.size) // 14)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(size)
    for place, steps in enumerate(found):
        region, margin = steps.region, size // 4
        corner = (region.left - margin, region.top - margin)
        far = (region.left + region.width + margin, region.top + region.height + margin)
        colour = look.TRAINING if place == chosen else look.TROUBLE
        pen.rectangle((*corner, *far), outline=colour, width=max(2, size // (4 if place == chosen else 8)))
        pen.text(corner, str(place + 1), fill=colour, font=font, anchor="lb")
    return canvas.convert("RGB")


def _chosen(picture: Picture, count: int) -> int:
    name, place = st.session_state.get(_CHOSEN, (picture.name, 0))
    return place if name == picture.name and place < count else 0


def _choose(name: str, place: int) -> None:
    st.session_state[_CHOSEN] = (name, place)
