"""Inside the network in hand: its code, its tensors, its modes. Each tab costs nothing while it is closed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from netcore.model.custom.source import CustomSource
from netcore.model.stack import Stack
from netcore.settings import MAX_SEED
from pages.shared import engine, inspection, mirrors, notices, text, xray
from pages.shared.charts import look
from pages.shared.charts import model as charts
from pages.shared.workspace import MODES, Workspace

if TYPE_CHECKING:
    from netcore.model.modes import ModeDependent

say = text.page("model")

_SEED, _TENSOR, _MODE, _NORM = "model_seed", "model_tensor", "model_mode", "model_norm"
_IMAGES, _PASSES = "model_images", "model_passes"


def draw(work: Workspace, *, fits: bool) -> None:
    """Draw the tab that is open. ``fits`` says whether a batch comes through."""
    bodies = {
        "tab_code": _draw_code,
        "tab_xray": xray.draw,
        "tab_parameters": _draw_parameters,
        "tab_modes": _draw_modes,
    }
    if isinstance(work.hand.spec, CustomSource):
        del bodies["tab_code"]  # it stands in the editor
    tabs = st.tabs([say(name) for name in bodies], key="model_tab", on_change="rerun")
    for tab, body in zip(tabs, bodies.values(), strict=True):
        if tab.open:
            with tab, notices.refusals_shown():
                body(work, fits)


def _draw_code(work: Workspace, fits: bool) -> None:
    spec = work.hand.spec
    if not isinstance(spec, Stack):
        st.code(spec.source, language="python")
        return
    sequential, module = inspection.sources_of(spec)
    left, right = st.columns(2)
    left.markdown(say("as_sequential"))
    left.code(sequential, language="python")
    right.markdown(say("as_class"))
    right.code(module, language="python")
    _draw_seed(work)
    if not fits:
        st.info(say("proof_waits"), icon=":material/info:")
        return
    proof = inspection.proof_of(spec, work.hand.seed)
    if proof.equal:
        st.success(say("proof", seed=proof.seed), icon=":material/check_circle:")
    else:
        st.error(say("proof_fails", seed=proof.seed), icon=":material/error:")
    st.table(
        {
            say("proof_form"): ["`nn.Sequential`", "`class Network(nn.Module)`"],
            say("proof_logits"): [
                " ".join(f"{value:.4f}" for value in logits[:10])
                for logits in (proof.sequential_logits, proof.class_logits)
            ],
        },
        border="horizontal",
        hide_index=True,
        alt=say("proof_alt"),
    )


def _draw_seed(work: Workspace) -> None:
    mirrors.show(_SEED, work.hand.seed)
    st.number_input(
        say("seed"),
        0,
        MAX_SEED,
        step=1,
        help=say("seed_help"),
        key=_SEED,
        on_change=_take_seed,
        args=(work,),
        width=200,
    )


@notices.failures_kept()
def _take_seed(work: Workspace) -> None:
    if not mirrors.drop_echo(_SEED):
        work.take(replace(work.hand, seed=st.session_state[_SEED]))


def _draw_parameters(work: Workspace, fits: bool) -> None:
    infos = inspection.parameters_of(engine.network(work))
    if not infos:
        st.info(say("no_tensors"), icon=":material/info:")
        return
    left, right = st.columns([3, 2], gap="medium")
    kinds = ("buffer" if info.buffer else "learns" if info.trainable else "frozen" for info in infos)
    left.table(
        {
            say("name"): [f"`{info.name}`" for info in infos],
            say("shape"): [text.plain(str(info.shape)).replace(" ", "\N{NO-BREAK SPACE}") for info in infos],
            say("count"): [text.number(info.count) for info in infos],
            say("kind_of_tensor"): [say(f"tensor_{kind}") for kind in kinds],
        },
        border="horizontal",
        hide_index=True,
        alt=say("tensors_alt"),
    )
    with right:
        by_name = {info.name: info for info in infos}
        name = st.selectbox(say("tensor"), list(by_name), key=_TENSOR, help=say("tensor_help"))
        info = by_name.get(name) or infos[0]
        words = {"title": say("histogram", name=info.name), "value": say("value"), "count": say("count")}
        st.plotly_chart(charts.histogram(info, words=words), config=look.CONFIG, alt=say("histogram_alt"))
        numbers = {"mean": info.mean, "deviation": info.std, "low": info.minimum, "high": info.maximum}
        st.caption(say("spread", **{name: text.number(value) for name, value in numbers.items()}))


def _draw_modes(work: Workspace, fits: bool) -> None:
    hand = work.hand
    mirrors.show(_MODE, hand.mode)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.segmented_control(
            say("mode"),
            MODES,
            format_func=lambda mode: f"model.{mode}()",
            required=True,
            help=say("mode_help"),
            key=_MODE,
            on_change=_take_mode,
            args=(work,),
        )
        images = st.number_input(say("images"), 1, 64, 16, help=say("images_help"), key=_IMAGES, width=150)
        passes = st.number_input(say("passes"), 1, 50, 20, help=say("passes_help"), key=_PASSES, width=150)
    if not fits:
        st.info(say("modes_wait"), icon=":material/info:")
        return
    result = inspection.modes_of(engine.network(work), images, passes)
    key = "cloud" if result.train_spread else "shift" if result.difference else "same"
    spread, difference = text.number(result.train_spread), text.number(result.difference)
    found = say(f"found_{key}", spread=spread, difference=difference)
    st.markdown(f"{_explain(hand.mode, result.layers)} {found}")
    words = {name: say(name) for name in ("class", "logit", "in_train", "in_eval")}
    words["title"] = say(f"modes_{key}")
    figure = charts.cloud(result.train_logits, result.eval_logits, hand.mode, words=words)
    st.plotly_chart(figure, config=look.CONFIG, alt=say("cloud_alt"))
    if result.statistics:
        names = [layer.name for layer in result.statistics]
        name = st.selectbox(say("norm"), names, key=_NORM, help=say("norm_help"), width=240)
        chosen = result.statistics[names.index(name) if name in names else 0]
        words = {word: say(word) for word in ("channel", "mean", "variance", "before", "after")}
        words["title"] = say("statistics", name=chosen.name)
        st.plotly_chart(charts.statistics(chosen, words=words), config=look.CONFIG, alt=say("statistics_alt"))


def _explain(mode: str, layers: tuple[ModeDependent, ...]) -> str:
    if not layers:
        return say("modes_none")
    names = ", ".join(f"`{layer.kind}`" + (f" ({layer.name})" if layer.name else "") for layer in layers)
    return say(f"explain_{mode}", names=names)


@notices.failures_kept()
def _take_mode(work: Workspace) -> None:
    if not mirrors.drop_echo(_MODE):
        work.take(replace(work.hand, mode=st.session_state[_MODE]))
