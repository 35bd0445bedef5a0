"""Channels of the network switched off or scaled, and what that does to this digit's answer and to the accuracy.

Knows the results, not how they are computed, and nothing of the page that shows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from netcore.model.spec import fingerprint
from pages.shared import engine, frame, inside, inside_closeup, insight, text
from pages.shared.charts import inside as charts
from pages.shared.charts import look
from pages.shared.sample import Sample

if TYPE_CHECKING:
    from netcore.model.inside.activations import Activation
    from netcore.model.inside.surgery import Cut

say = text.page("inside")

_LAYER, CHANNEL, _FACTOR = "surgery_layer", "surgery_channel", "surgery_factor"
_PAGES = 4
"""As many pages of layers are offered."""
_CUTS, _RANKED = "surgery_cuts", "surgery_ranked"


def draw(network: engine.Network, sample: Sample) -> None:
    """The channel to cut, the cuts made so far, and the answers before and after them."""
    engine.check_logits(network, 1)
    cuts = _cuts_of(network)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(say("surgery_what"), width="content")
        code = st.container(width="content")
    if sample.place:
        frame.show_code(code, insight.surgery_source(network, sample.place, cuts))
    inside.draw_state(network)
    layers = _layers_of(network, sample)
    if not layers:
        st.info(say("no_layers"), icon=":material/info:")
        return
    layer = _pick_layer(layers)
    _draw_controls(network, layer)
    _draw_cuts(network, cuts, dict(layers))
    _draw_answers(network, sample, cuts)
    _draw_ranking(network, layer, cuts)


def _layers_of(network: engine.Network, sample: Sample) -> dict[str, Activation]:
    """The first call of every layer that is told on the first pages, by its name; those with a channel to cut."""
    from netcore.model.inside.activations import PAGE

    calls = insight.activations_of(network, sample, 0).calls
    if len(calls) > _PAGES * PAGE:
        st.caption(say("surgery_some", count=_PAGES * PAGE, total=len(calls)))
    told: dict[str, Activation] = {}
    for first in range(0, min(len(calls), _PAGES * PAGE), PAGE):
        for layer in insight.activations_of(network, sample, first).layers:
            if len(layer.output_shape) > 1:
                told.setdefault(layer.name, layer)
    return told


def _pick_layer(layers: dict[str, Activation]) -> Activation:
    if st.session_state.get(_LAYER) not in layers:
        learned = [name for name, layer in layers.items() if layer.weights]
        st.session_state[_LAYER] = learned[0] if learned else next(iter(layers))
    name = st.selectbox(
        say("layer"),
        list(layers),
        format_func=lambda name: text.layer_choice(name, layers[name].code),
        key=_LAYER,
    )
    return layers[name]


def _draw_controls(network: engine.Network, layer: Activation) -> None:
    channels = layer.output_shape[1]
    inside_closeup.keep_within(CHANNEL, channels - 1)
    inside_closeup.draw_sheet(layer, st.session_state[CHANNEL], key=f"surgery_sheet_{layer.step}", taken=CHANNEL)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        channel = st.number_input(say("channel"), 0, channels - 1, key=CHANNEL, width=130)
        factor = st.slider(say("factor"), 0.0, 2.0, 0.0, 0.1, help=say("factor_help"), key=_FACTOR, width=240)
        words = (
            say("switch_off", channel=channel) if factor == 0 else say("scale", channel=channel, factor=f"{factor:g}")
        )
        st.button(
            words,
            type="primary",
            icon=":material/content_cut:",
            key="surgery_cut",
            on_click=_add,
            args=(network, layer.name, int(channel), float(factor)),
        )


def _draw_cuts(network: engine.Network, cuts: tuple[Cut, ...], layers: dict[str, Activation]) -> None:
    if not cuts:
        st.caption(say("no_cuts"))
        return
    told = [
        say("cut_off" if cut.factor == 0 else "cut_scaled", channel=cut.channel, factor=f"{cut.factor:g}")
        + f" {text.layer(cut.layer, layers[cut.layer].kind if cut.layer in layers else '')}"
        for cut in cuts
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("; ".join(told), width="content")
        st.button(say("undo"), icon=":material/undo:", key="surgery_undo", on_click=_keep, args=(network, cuts[:-1]))
        st.button(
            say("undo_all"), icon=":material/restart_alt:", key="surgery_undo_all", on_click=_keep, args=(network, ())
        )


def _draw_answers(network: engine.Network, sample: Sample, cuts: tuple[Cut, ...]) -> None:
    before, after = (insight.forward_cut(network, sample, made) for made in ((), cuts))
    said = before.predictions[0], after.predictions[0]
    chances = [text.percent(answer.probabilities[0][answer.predictions[0]]) for answer in (before, after)]
    key = "answer_uncut" if not cuts else "answer_same" if said[0] == said[1] else "answer_other"
    title = say(key, before=said[0], after=said[1], chance=chances[0], chance_after=chances[1])
    words = {
        "title": title,
        "class": say("class"),
        "logit": say("logit"),
        "before": say("before"),
        "after": say("after"),
    }
    figure = charts.before_after(before.logits[0], after.logits[0] if cuts else None, words=words)
    st.plotly_chart(figure, config=look.CONFIG, alt=say("before_after_alt"), key="surgery_logits")
    with st.spinner(say("measuring")):
        accuracy = [insight.accuracy_of(network, made) for made in ((), cuts)]
    with st.container(horizontal=True):
        st.metric(say("accuracy_before"), text.percent(accuracy[0]), help=say("accuracy_help"))
        change = 100 * (accuracy[1] - accuracy[0])
        st.metric(
            say("accuracy_after"), text.percent(accuracy[1]), say("points", points=f"{change:+.1f}") if cuts else None
        )


def _draw_ranking(network: engine.Network, layer: Activation, cuts: tuple[Cut, ...]) -> None:
    asked = st.session_state.setdefault(_RANKED, set())
    subject = f"{engine.identity_of(network)} {layer.name}"
    if subject not in asked:
        st.button(
            say("rank", layer=text.layer(layer.name, layer.kind)),
            icon=":material/trending_down:",
            key="surgery_rank",
            on_click=asked.add,
            args=(subject,),
        )
        return
    with st.spinner(say("ranking")):
        ranking = insight.ranking_of(network, layer.name, cuts)
    effects = [(effect.channel, 100 * (ranking.before.accuracy - effect.accuracy)) for effect in ranking.effects[:24]]
    words = {"channel": say("channel"), "points": say("cost_points"), "hover": say("cost_hover")}
    words["title"] = say("costs", channel=effects[0][0], points=f"{effects[0][1]:.1f}")
    key = f"surgery_costs_{layer.step}_{len(cuts)}"
    st.plotly_chart(
        charts.costs(effects, st.session_state[CHANNEL], words=words),
        config=look.CONFIG,
        alt=say("costs_alt"),
        key=key,
        on_select=lambda: inside_closeup.take_channel(key, CHANNEL),
    )
    tried = say("ranked", images=ranking.images, tried=len(ranking.effects), channels=text.number(ranking.channels))
    st.caption(tried)


def _cuts_of(network: engine.Network) -> tuple[Cut, ...]:
    """The cuts of this very architecture: another one begins with none."""
    kept: dict[str, tuple[Cut, ...]] = st.session_state.setdefault(_CUTS, {})
    return kept.get(fingerprint(network.spec), ())


def _keep(network: engine.Network, cuts: tuple[Cut, ...]) -> None:
    st.session_state[_CUTS] = {fingerprint(network.spec): cuts}


def _add(network: engine.Network, layer: str, channel: int, factor: float) -> None:
    """Make a cut; a second one of the same channel takes the place of the first."""
    from netcore.model.inside.surgery import Cut

    others = [cut for cut in _cuts_of(network) if (cut.layer, cut.channel) != (layer, channel)]
    _keep(network, (*others, Cut(layer, channel, factor)))
