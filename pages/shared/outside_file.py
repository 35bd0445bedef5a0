"""Go on from a checkpoint file of somebody's own: what is in it, and the buttons. Knows not how it is checked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from netcore.errors import NetcoreError
from netcore.model.spec import NetworkSpec
from netcore.settings import MAX_UPLOADED_CHECKPOINT_BYTES
from netcore.training.config import TrainingConfig
from netcore.training.foreign_optimizer import Difference
from netcore.training.outside import OutsideCheckpoint, examine
from netcore.training.runs import Run
from netcore.training.schedules import SCHEDULES
from pages.shared import file_words, notices, run_picker, run_words, text, trainings
from pages.shared.workspace import Hand, Workspace

_FILES, _EXAMINED = "training_files", "training_file_examined"

say = text.page("training")


def draw(work: Workspace, config: TrainingConfig | None, active: Run | None) -> None:
    """Draw the upload; ``config`` is for a file that brings no settings, and ``active`` keeps all others waiting.

    Without ``config``, where a setting of the form is refused, the file waits.
    """
    with st.expander(say("outside"), icon=":material/upload_file:"):
        file = st.file_uploader(
            say("outside_file"),
            type=file_words.ENDINGS,
            max_upload_size=MAX_UPLOADED_CHECKPOINT_BYTES // 10**6,
            help=say("outside_help"),
            # A file that became a run leaves an empty place for the next one.
            key=f"{_FILES}_{st.session_state.get(_FILES, 0)}",
        )
        if not file:
            for whose in ("form", "file"):
                st.session_state.pop(f"{_EXAMINED}_{whose}", None)
            return
        if config is None:
            st.info(say("outside_waits"), icon=":material/info:")
            return
        try:
            found = _examine(file, work.hand.spec, config, "form")
            choice = _choose_settings(found)
            if choice == "file" and found.other:
                found = _examine(file, work.hand.spec, found.other.applied(config), "file")
        except NetcoreError as refusal:
            notices.show_error(refusal, about=file.name)
            return
        with notices.refusals_shown():
            _draw_contents(found, file.name)
            _draw_buttons(work, found, active, choice)
            _draw_origin(found)


@dataclass(frozen=True)
class _Examined:
    file_id: str
    network: NetworkSpec
    config: TrainingConfig
    outcome: OutsideCheckpoint | NetcoreError

    def holds_for(self, file_id: str, network: NetworkSpec, config: TrainingConfig) -> bool:
        own = isinstance(self.outcome, OutsideCheckpoint) and self.outcome.brings_settings
        return self.file_id == file_id and (own or (self.network, self.config) == (network, config))


def _examine(file: UploadedFile, network: NetworkSpec, config: TrainingConfig, whose: str) -> OutsideCheckpoint:
    """What is in the file under the settings of ``whose`` choice.

    It is found once, and again where it depends on a network or settings that have changed.
    """
    key = f"{_EXAMINED}_{whose}"
    examined = st.session_state.get(key)
    if not isinstance(examined, _Examined) or not examined.holds_for(file.file_id, network, config):
        outcome: OutsideCheckpoint | NetcoreError
        with st.spinner(say("outside_checking")):
            try:
                outcome = examine(file.getvalue(), network, config)
            except NetcoreError as refusal:
                outcome = refusal
        examined = _Examined(file.file_id, network, config, outcome)
        st.session_state[key] = examined
    if isinstance(examined.outcome, NetcoreError):
        raise examined.outcome
    return examined.outcome


def _choose_settings(found: OutsideCheckpoint) -> str | None:
    """Whose settings of the optimizer it goes on with: ``"form"`` where both are the same, None until somebody says."""
    if not found.other:
        return "form"
    st.warning(say("outside_other", settings=_list(found.other.differences)), icon=":material/warning:")
    fixed = [item for item in found.other.differences if not item.can_be_set]
    if fixed:
        st.caption(
            say("outside_fixed", settings=", ".join(f"{item.setting} {text.plain(item.file)}" for item in fixed))
        )
    if not found.other.can_be_set:
        return "form" if st.checkbox(say("outside_form_yes"), key="training_file_form") else None
    settable = [item for item in found.other.differences if item.can_be_set]
    labels = {
        "file": say("outside_settings_file", settings=", ".join(f"{item.setting} {item.file}" for item in settable)),
        "form": say("outside_settings_form", settings=", ".join(f"{item.setting} {item.here}" for item in settable)),
    }
    return st.radio(
        say("outside_settings"), list(labels), index=None, format_func=labels.__getitem__, key="training_file_settings"
    )


def _list(differences: tuple[Difference, ...]) -> str:
    return ", ".join(
        say("outside_difference", setting=item.setting, file=text.plain(item.file), here=text.plain(item.here))
        for item in differences
    )


def _draw_contents(found: OutsideCheckpoint, file: str) -> None:
    has_loss = math.isfinite(found.best_loss)
    st.markdown(
        say(
            "outside_found" if has_loss else "outside_found_no_loss",
            network=text.plain(Hand(found.network).name),
            epoch=found.epoch,
            loss=text.number(found.best_loss),
            optimizer=found.config.optimizer,
            tensors=found.tensors,
            parameters=text.number(found.parameters),
        )
    )
    st.caption(file_words.describe(found.taken, file, found.tensors, found.missing))


def _draw_origin(found: OutsideCheckpoint) -> None:
    if found.brings_settings:
        st.caption(say("outside_own", about=run_words.describe(found.config)))
    else:
        st.caption(say("outside_form", epochs=found.config.epochs))
        if math.isfinite(found.best_loss):
            st.caption(say("outside_form_loss"))
    if not found.is_best:
        st.caption(say("outside_not_best"))


def _draw_buttons(work: Workspace, found: OutsideCheckpoint, active: Run | None, choice: str | None) -> None:
    fresh = False
    if found.problem:
        st.warning(text.error(found.problem), icon=":material/warning:")
        fresh = st.checkbox(say("outside_fresh"), key="training_file_fresh")
    waits = (found.problem is not None and not fresh) or choice is None
    is_planned = found.is_complete and SCHEDULES[found.config.schedule].is_planned
    label = say("outside_go_on", epoch=found.epoch + 1)
    if found.is_complete:
        label = say("train_more", count=trainings.MORE_EPOCHS)
    with st.container(horizontal=True):
        goes_on = st.button(
            label,
            icon=":material/play_arrow:",
            help=say("planned_help") if is_planned else None,
            disabled=waits or is_planned or active is not None,
            key="training_file_go_on",
        )
        keeps = st.button(
            say("outside_keep"),
            icon=":material/inventory_2:",
            help=say("outside_keep_help"),
            disabled=waits,
            key="training_file_keep",
        )
    if goes_on or keeps:
        take = trainings.go_on_from if goes_on else trainings.adopt
        run_picker.show(take(work, found, fresh_optimizer=fresh, other_settings=choice is not None))
        st.session_state[_FILES] = st.session_state.get(_FILES, 0) + 1
        st.rerun()
