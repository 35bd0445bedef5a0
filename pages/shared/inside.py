"""What lies between a digit and its logits: every layer's activation, and the ways to look at it more closely.

Knows the results, not how they are computed, and nothing of the page that shows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import engine, frame, heat, inside_closeup, inside_speaks, insight, text
from pages.shared.inside_closeup import CHANNEL, STEP
from pages.shared.sample import Sample
from pages.shared.shapes import shape_text

if TYPE_CHECKING:
    from netcore.model.inside.activations import Activation, Spread, Weights

say = text.page("inside")

VIEW, _PAGE = "inside_view", "inside_page"
VIEWS = ("layers", "closeup", "speaks")


def draw(network: engine.Network, sample: Sample) -> None:
    """Draw the digit's way layer by layer, one number from close by, or what speaks for a class."""
    engine.check_logits(network, 1)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        view = st.segmented_control(
            say("view"),
            VIEWS,
            format_func=lambda name: say(f"view_{name}"),
            default=VIEWS[0],
            required=True,
            key=VIEW,
            label_visibility="collapsed",
            persist_state="session",
        )
        code = st.container(width="content")
    if sample.place:
        frame.show_code(code, insight.activations_source(network, sample.place))
    draw_state(network)
    if view == "closeup":
        inside_closeup.draw(network, sample)
    elif view == "speaks":
        inside_speaks.draw(network, sample)
    else:
        _draw_layers(network, sample)


def draw_state(network: engine.Network) -> None:
    """Say in which mode the numbers are, where it is not the usual one, and that nothing was learned yet."""
    if network.mode == "train":
        st.badge(say("in_train", seed=network.seed), icon=":material/model_training:", color="orange")
    if network.checkpoint is None:
        st.caption(say("untrained", seed=network.seed))


def _draw_layers(network: engine.Network, sample: Sample) -> None:
    """A page of layers, in the order in which they ran."""
    from netcore.model.inside.activations import PAGE

    calls = insight.activations_of(network, sample, 0).calls
    pages = -(-len(calls) // PAGE)
    page = 0
    if pages > 1:
        held = st.session_state.get(_PAGE)
        if type(held) is int and not 0 <= held < pages:
            st.session_state[_PAGE] = 0
        page = st.selectbox(
            say("page"),
            range(pages),
            format_func=lambda page: say("page_of", **_ends_of(calls[page * PAGE : (page + 1) * PAGE])),
            key=_PAGE,
            width=240,
        )
    told = insight.activations_of(network, sample, page * PAGE)
    st.caption(say("colours"))
    for layer in told.layers:
        _draw_layer(layer)
    if told.ends_unseen and page == pages - 1:
        st.caption(say("ends_unseen"))


def _ends_of(calls: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {"first": text.layer_choice(*calls[0]), "last": text.layer_choice(*calls[-1])}


def _draw_layer(layer: Activation) -> None:
    with st.container(border=True, gap="xsmall"):
        if layer.follows_unseen:
            st.caption(say("follows_unseen"))
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            again = f":gray[{say('again', use=text.ordinal(layer.use))}]" if layer.use > 1 else ""
            shapes = f"{shape_text(layer.input_shape)} → {shape_text(layer.output_shape)}"
            st.markdown(f"{text.layer(layer.name, layer.kind)}{again}  \n{shapes}", width="content")
            st.button(
                say("closer"),
                icon=":material/zoom_in:",
                key=f"inside_closer_{layer.step}",
                on_click=_look_closely,
                args=(layer.step,),
            )
        st.caption(spread_in_words(layer.spread))
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            _draw_maps(layer)
            if layer.weights:
                _draw_weights(layer.weights)


def _draw_maps(layer: Activation) -> None:
    maps = layer.maps
    values = maps.values
    if not values.size:
        return
    columns = heat.columns_for(len(values), values.shape[2])
    caption = say("some_maps", count=len(values), total=text.number(maps.total)) if len(values) < maps.total else ""
    if maps.every > 1:
        caption = f"{caption} {say('thinned', every=text.ordinal(maps.every))}".strip()
    words = say("maps_alt", name=layer.code, count=len(values))
    st.image(heat.draw(values, columns, width=464), alt=words, caption=caption or None, output_format="PNG")


def _draw_weights(weights: Weights) -> None:
    maps = weights.maps
    values = heat.fold(maps.values)
    width, columns = values.shape[2], weights.columns
    if columns == 1 or columns * (width + 1) > 100:
        columns = heat.columns_for(len(values), width, 100 if columns > 1 else 60)
    picture = heat.draw(values, columns, width=130, height=240)
    caption = (
        say("weights", shape=str(weights.shape))
        if len(values) == maps.total
        else say("some_weights", shape=str(weights.shape), count=len(values), total=text.number(maps.total))
    )
    st.image(picture, alt=say("weights_alt"), caption=text.plain(caption), output_format="PNG")


def spread_in_words(spread: Spread) -> str:
    """Where an activation's numbers lie, in a sentence."""
    broken = say("broken", count=text.number(spread.broken)) if spread.broken else ""
    if spread.minimum != spread.minimum:
        return broken
    low, high, mean, std = map(text.number, (spread.minimum, spread.maximum, spread.mean, spread.std))
    told = say("spread", low=low, high=high, mean=mean, std=std, zeros=text.percent(spread.zeros))
    return f"{told} {broken}".strip()


def _look_closely(step: int) -> None:
    st.session_state[VIEW] = "closeup"
    st.session_state[STEP] = step
    st.session_state[CHANNEL] = 0
