"""train() beside eval(): the same images, pass after pass, which layers make the difference, and why.

Knows the results, not how they are computed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from netcore.model.custom.source import CustomSource
from pages.shared import engine, inspection, mirrors, network_picker, notices, text
from pages.shared.charts import look
from pages.shared.charts import model as charts
from pages.shared.workspace import MODES, Workspace

if TYPE_CHECKING:
    from netcore.model.modes import ModeComparison, ModeDependent, ModeEffect

say = text.page("model")

_MODE, _NORM = "model_mode", "model_norm"
_IMAGES, _PASSES = "model_images", "model_passes"


def draw(work: Workspace, fits: bool) -> None:
    """Draw the switch of the mode, the cloud against the point, and what each layer does to it."""
    hand = work.hand
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.segmented_control(
            say("mode"),
            MODES,
            default=mirrors.show(_MODE, hand.mode),
            format_func=lambda mode: f"model.{mode}()",
            required=True,
            help=say("mode_help"),
            key=_MODE,
            on_change=_take_mode,
            args=(work,),
        )
        images = st.number_input(say("images"), 1, 64, 4, help=say("images_help"), key=_IMAGES, width=150)
        passes = st.number_input(say("passes"), 1, 50, 50, help=say("passes_help"), key=_PASSES, width=150)
    if not fits:
        st.info(say("modes_wait"), icon=":material/info:")
        return
    result = inspection.modes_of(engine.network(work), images, passes)
    key = result.verdict
    found = say(
        f"found_{key}",
        spread=text.number(result.train_spread),
        eval_spread=text.number(result.eval_spread),
        difference=text.number(result.difference),
    )
    st.markdown(" ".join(filter(None, (_explain(hand.mode, result), found))))
    if key == "ignored":
        _draw_ignored(work)
    words = {name: say(name) for name in ("class", "logit", "in_train", "in_eval")}
    words["title"] = say(f"modes_{key}")
    figure = charts.cloud(result.train_logits, result.eval_logits, hand.mode, words=words)
    st.plotly_chart(figure, config=look.CONFIG, alt=say("cloud_alt"))
    _draw_effects(result)
    _draw_statistics(result)


def _draw_effects(result: ModeComparison) -> None:
    if not result.effects:
        return
    st.markdown(say("effects"))
    st.table(
        {
            say("layer"): [_name(effect.layer) for effect in result.effects],
            say("alone_spread"): [text.number(effect.spread) for effect in result.effects],
            say("alone_difference"): [text.number(effect.difference) for effect in result.effects],
            say("why"): [_reason(effect) for effect in result.effects],
        },
        border="horizontal",
        hide_index=True,
        alt=say("effects_alt"),
    )
    if len(result.effects) < len(result.layers):
        st.caption(say("effects_some", count=len(result.effects), all=len(result.layers)))


def _draw_statistics(result: ModeComparison) -> None:
    if not result.statistics:
        return
    names = [layer.name for layer in result.statistics]
    name = st.selectbox(say("norm"), names, key=_NORM, help=say("norm_help"), width=240)
    chosen = result.statistics[names.index(name) if name in names else 0]
    words = {word: say(word) for word in ("channel", "mean", "variance", "before", "after")}
    words["title"] = say("statistics", name=chosen.name)
    st.plotly_chart(charts.statistics(chosen, words=words), config=look.CONFIG, alt=say("statistics_alt"))


def _reason(effect: ModeEffect) -> str:
    kind = next((kind for kind in ("Dropout", "BatchNorm") if kind in effect.layer.kind), "other")
    return say(f"why_{kind}" if effect.spread or effect.difference else "why_idle")


def _name(layer: ModeDependent) -> str:
    return text.layer(layer.name, layer.kind)


def _explain(mode: str, result: ModeComparison) -> str:
    """What the layers that ask for the mode do; where none does, that this is why both modes are the same."""
    if result.layers:
        return say(f"explain_{mode}", names=", ".join(map(_name, result.layers)))
    return say("modes_none") if result.verdict == "same" else ""


def _draw_ignored(work: Workspace) -> None:
    """The lines that draw at random in eval() too, each with its mend where one is known."""
    spec = work.hand.spec
    if not isinstance(spec, CustomSource):
        return
    for number, ignored in enumerate(inspection.ignored_modes_of(spec)):
        st.warning(say("ignored_at", line=ignored.line, words=text.code(ignored.words)), icon=":material/casino:")
        if ignored.mended:
            mended = ignored.mended
            st.button(
                say("mend", label=ignored.label),
                type="primary",
                icon=":material/build:",
                key=f"model_modes_mend_{number}",
                on_click=network_picker.take,
                args=(work, lambda mended=mended: mended, spec),
            )
        else:
            st.caption(say("ignored_cure_layer" if ignored.makes_layer else "ignored_cure"))


@notices.failures_kept()
def _take_mode(work: Workspace) -> None:
    if not mirrors.drop_echo(_MODE):
        work.take(replace(work.hand, mode=st.session_state[_MODE]))
