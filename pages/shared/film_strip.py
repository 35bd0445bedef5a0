"""From a picture of one's own to the network's input, a picture a step; each can be switched off, and what that costs.

Knows the steps' results, not how they are computed.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st
from PIL import Image

from netcore.errors import DataError
from pages.shared import engine, preparation, sample_answers, text
from pages.shared.sample import Own, Sample
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.data.digits import DigitOptions, DigitStep, DigitSteps

say = text.page("strip")

GREY, BATCH = "grey", "batch"
"""The steps that have no switch: without the one there is no digit, and without the other no batch for the tabs."""
_EVEN = 0.9
"""Of the light: a paper whose darkest place has more is called evenly lit."""
_SIDE = 112
"""Pixels on the screen, at most, of a step's picture."""


def options() -> DigitOptions:
    """Which steps are switched on, whether or not the strip is on the screen."""
    from netcore.data.digits import DigitOptions

    return DigitOptions(
        **{
            step.name: st.session_state.get(_key(step.name), True)
            for step in fields(DigitOptions)
            if step.name != BATCH
        }
    )


def draw_switched_off(options: DigitOptions) -> None:
    """Say which steps are switched off, with the button that switches all on; nothing where none is."""
    off = [step.name for step in fields(options) if not getattr(options, step.name)]
    if off:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(say("switched_off", steps=", ".join(say(f"step_{name}") for name in off)))
            st.button(say("all_on"), icon=":material/restart_alt:", on_click=_switch_on, args=(off,))


def draw(network: engine.Network, sample: Sample, own: Own) -> None:
    """Every step with its picture, its numbers, its switch, and what the network says where it is switched over."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(say("intro"))
        st.download_button(
            say("png"),
            partial(preparation.as_png, own),
            "digit.png",
            "image/png",
            icon=":material/download:",
            help=say("png_help"),
            on_click="ignore",
        )
    names = [step.name for step in fields(own.options) if step.name != BATCH]
    ways = tuple(preparation.switch(own.options, name) for name in names)
    made, *others = preparation.prepare_ways(own, (own.options, *ways))
    if isinstance(made, DataError):
        raise made
    costs = _costs(network, sample, dict(zip(names, others, strict=True)))
    for step in made.steps:
        name = say(f"step_{step.name}")
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            picture = _enlarge(step)
            with st.container(width=_SIDE, horizontal_alignment="center"):
                st.image(picture, alt=say("picture", step=name), width=picture.width // 2)
            with st.container(gap="xsmall"):
                if step.name in (GREY, BATCH):
                    st.markdown(f"**{name}**")
                else:
                    st.toggle(name, True, key=_key(step.name), persist_state="session")
                lines = "".join(f"  \n`{line}`" for line in preparation.lines_of(own, step.name))
                st.markdown(_words(step, made.shape) + lines)
                st.markdown(costs.get(step.name, ""))


def _words(step: DigitStep, shape: tuple[int, ...]) -> str:
    values: dict[str, Any] = dict(step.values)
    key = f"words_{step.name}" if step.is_on else f"off_{step.name}"
    if key == "words_light" and not values["lines"] and values["shade"] > _EVEN:
        key = "words_light_plain"
    elif key == "words_ink" and values["ink"] > values["paper"]:
        key = "words_ink_light"
    if step.name == "light":
        values["shade"] = text.percent(values["shade"])
    elif step.name == "specks":
        values["kept_parts"] = _count("part", values["kept"])
        values["dropped_parts"] = _count("speck", values["dropped"]) if values["dropped"] else say("specks_none")
    return say(key, shape=shape_text(shape if step.name == BATCH else shape[-3:]), **values)


def _count(word: str, count: float) -> str:
    return say(word) if count == 1 else say(f"{word}s", count=count)


def _costs(network: engine.Network, sample: Sample, others: dict[str, DigitSteps | DataError]) -> dict[str, str]:
    """For each step, what the network says where it alone is switched over; all of them in one batch."""
    made = {name: steps for name, steps in others.items() if not isinstance(steps, DataError)}
    refused = {name: text.error(refusal) for name, refusal in others.items() if isinstance(refusal, DataError)}
    costs = {name: say("without_digit", reason=reason) for name, reason in refused.items()}
    samples = {name: replace(sample, pixels=steps.pixels, highest=steps.highest) for name, steps in made.items()}
    answers = engine.forward(network, [sample, *samples.values()])
    now, *switched = (
        (said, text.percent(probabilities[said]))
        for said, probabilities in zip(answers.predictions, answers.probabilities, strict=True)
    )
    for name, (said, probability) in zip(samples, switched, strict=True):
        kind = "same" if said == now[0] else "other"
        key = f"with_{kind}" if getattr(made[name].options, name) else f"without_{kind}"
        costs[name] = say(key, said=said, probability=probability, now=now[0], now_probability=now[1])
    return costs | {BATCH: _cost_of_batch(network, sample)}


def _cost_of_batch(network: engine.Network, sample: Sample) -> str:
    called = sample_answers.unbatched_of(network, sample)
    verdict = called.verdict.replace(" ", "_")
    shape = shape_text(called.shape) if called.shape else ""
    return say(f"unbatched_{verdict}", error=text.plain(called.error), shape=shape)


def _switch_on(names: list[str]) -> None:
    for name in names:
        st.session_state[_key(name)] = True


def _enlarge(step: DigitStep) -> Image.Image:
    """The step's picture, twice as large as it will stand on the screen: sharp there, whatever the screen's pixels."""
    times = 2 * max(1, _SIDE // max(step.width, step.height))
    picture = Image.frombytes("L", (step.width, step.height), bytes.fromhex(step.pixels))
    return picture.resize((times * step.width, times * step.height), Image.Resampling.NEAREST)


def _key(name: str) -> str:
    return f"strip_{name}"
