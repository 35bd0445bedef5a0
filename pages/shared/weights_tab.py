"""The weights of the network in hand: looked at, frozen, taken away and brought back.

Knows neither how they are described nor how a file is checked.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from netcore.errors import CheckpointError, NetcoreError
from netcore.settings import MAX_UPLOADED_CHECKPOINT_BYTES
from netcore.training.config import TrainingConfig
from netcore.training.outside import examine
from pages.shared import engine, file_words, inspection, mirrors, notices, tensor_view, text, trainings
from pages.shared.workspace import Workspace

if TYPE_CHECKING:
    from netcore.model.parameters import ParameterInfo

say = text.page("weights")

_TENSOR, _FROZEN, _FILES, _LOADED = "model_tensor", "model_frozen", "model_weights_files", "model_loaded"


def draw(work: Workspace, fits: bool) -> None:
    """Draw every tensor by name, one of them closely, what is frozen, and the ways out and in."""
    infos = inspection.parameters_of(engine.network(work))
    if not infos:
        st.info(say("no_tensors"), icon=":material/info:")
        return
    frozen = _frozen_now(work, infos)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _draw_table(infos, frozen)
        _draw_freezing(work, infos, frozen)
        with st.container(horizontal=True, gap="small"):
            _draw_downloads(work)
        if fits:
            _draw_upload(work)
    with right:
        _draw_tensor(work, infos)


def _frozen_now(work: Workspace, infos: tuple[ParameterInfo, ...]) -> tuple[str, ...]:
    """The parameters that a training would leave as they are."""
    chosen = work.hand.frozen
    if chosen is not None:
        return chosen
    return tuple(info.name for info in infos if not info.buffer and not info.trainable)


def _draw_table(infos: tuple[ParameterInfo, ...], frozen: tuple[str, ...]) -> None:
    kinds = ("buffer" if info.buffer else "frozen" if info.name in frozen else "learns" for info in infos)
    st.table(
        {
            say("name"): [f"`{info.name}`" for info in infos],
            say("shape"): [text.plain(str(info.shape)).replace(" ", "\N{NO-BREAK SPACE}") for info in infos],
            say("count"): [text.number(info.count) for info in infos],
            say("kind"): [say(f"tensor_{kind}") for kind in kinds],
        },
        border="horizontal",
        hide_index=True,
        alt=say("tensors_alt"),
    )


def _draw_freezing(work: Workspace, infos: tuple[ParameterInfo, ...], frozen: tuple[str, ...]) -> None:
    parameters = {info.name: info.count for info in infos if not info.buffer}
    st.multiselect(
        say("frozen"),
        list(parameters),
        default=mirrors.show(_FROZEN, [name for name in parameters if name in frozen]),
        placeholder=say("frozen_none"),
        help=say("frozen_help"),
        key=_FROZEN,
        on_change=_take_frozen,
        args=(work,),
    )
    still = sum(count for name, count in parameters.items() if name in frozen)
    total = sum(parameters.values())
    st.caption(say("counted", learning=text.number(total - still), frozen=text.number(still), total=text.number(total)))


@notices.failures_kept()
def _take_frozen(work: Workspace) -> None:
    if not mirrors.drop_echo(_FROZEN):
        work.take(replace(work.hand, frozen=tuple(st.session_state[_FROZEN])))


def _draw_tensor(work: Workspace, infos: tuple[ParameterInfo, ...]) -> None:
    by_name = {info.name: info for info in infos}
    name = st.selectbox(say("tensor"), list(by_name), key=_TENSOR, help=say("tensor_help"))
    info = by_name.get(name) or infos[0]
    tensor_view.draw(info, partial(inspection.pictures_of, engine.network(work), info.name), "model")


def _draw_downloads(work: Workspace) -> None:
    network = engine.network(work)
    for kind in ("pth", "safetensors"):
        st.download_button(
            say(f"download_{kind}"),
            partial(engine.weights_file, network, kind),
            file_name=f"state_dict.{kind}",
            mime="application/octet-stream",
            icon=":material/download:",
            help=say(f"download_{kind}_help"),
            on_click="ignore",
            key=f"model_download_{kind}",
        )


def _draw_upload(work: Workspace) -> None:
    run, words = st.session_state.get(_LOADED, (None, ""))
    if run and run == work.hand.run:
        st.success(words, icon=":material/check:")
    with st.expander(say("bring"), icon=":material/upload_file:"):
        file = st.file_uploader(
            say("bring_file"),
            type=file_words.ENDINGS,
            max_upload_size=MAX_UPLOADED_CHECKPOINT_BYTES // 10**6,
            help=say("bring_help"),
            # A file that was taken leaves an empty place for the next one.
            key=f"{_FILES}_{st.session_state.get(_FILES, 0)}",
        )
        if file and st.button(say("bring_yes"), icon=":material/check:", type="primary", key="model_weights_take"):
            try:
                _bring(work, file.getvalue(), file.name)
            except NetcoreError as refusal:
                notices.show_error(refusal, about=file.name)
            else:
                st.session_state[_FILES] = st.session_state.get(_FILES, 0) + 1
                st.rerun()


def _bring(work: Workspace, data: bytes, file: str) -> None:
    """Put the file's weights into the network in hand: they are kept as a run, from which a training goes on."""
    hand = work.hand
    with st.spinner(say("bring_checking")):
        found = examine(data, hand.spec, TrainingConfig(seed=hand.seed, frozen=hand.frozen))
        if found.network != hand.spec:
            raise CheckpointError(
                "The file brings a network of its own, and it is another one than this.",
                "Go on from the file on the Training page: that takes its network into hand.",
            )
        run = trainings.adopt(work, found, fresh_optimizer=True)
    work.take(trainings.hand_of(work, run))
    st.session_state[_LOADED] = run.identity, file_words.describe(found.taken, file, found.tensors)
