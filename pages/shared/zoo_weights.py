"""Weights from a file of one's own, and which weights are in use. Knows nothing of downloads' progress or photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from netcore.errors import NetcoreError, OwnWeightsError, WeightsError
from netcore.settings import MAX_UPLOADED_CHECKPOINT_BYTES
from pages.shared import file_words, notices, pretrained, text, workspace, zoo_download

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry
    from netcore.zoo.weights import LoadedModel

say = text.page("zoo")

_WANTED, _FILES, _LOADED = "zoo_own_wanted", "zoo_own_files", "zoo_own_loaded"


def state(entry: ZooEntry) -> str:
    """Where this visitor's weights come from: ``pretrained.state``, or ``own weights``."""
    if pretrained.own_file(entry, workspace.current().folder) or entry.name in st.session_state.get(_WANTED, ()):
        return "own weights"
    return pretrained.state(entry)


def explain_code(entry: ZooEntry, state: str) -> str:
    """What the network's lines do, and what they need beside them."""
    if state == "own weights":
        return say("code_help_own", file=entry.file_name)
    return say("code_help_bundled" if entry.is_bundled else "code_help")


def load(entry: ZooEntry) -> LoadedModel | None:
    """The network with its weights; or None, once it is said why not, with the buttons that mend it."""
    own_file = pretrained.own_file(entry, workspace.current().folder)
    try:
        loaded = pretrained.load(entry.name, own_weights=state(entry) == "own weights", path=own_file)
    except OwnWeightsError as question:
        st.warning(text.error(question), icon=":material/warning:")
        st.button(say("use_own"), icon=":material/edit:", help=say("own_weights_help"), on_click=_want, args=(entry,))
    except WeightsError as refusal:
        notices.show_error(refusal)
    else:
        if not loaded.published:
            st.badge(say("own_weights"), icon=":material/edit:", color="orange", help=say("own_weights_help"))
        return loaded
    if not entry.is_bundled and not own_file:
        zoo_download.offer_anew(entry)
    return None


def draw(entry: ZooEntry) -> None:
    """Draw the upload of a weights file, and the way back to the published weights."""
    with st.expander(say("own_file"), icon=":material/upload_file:"):
        folder = workspace.current().folder
        is_uploaded = pretrained.own_file(entry, folder) is not None
        if is_uploaded or entry.name in st.session_state.get(_WANTED, ()):
            st.button(say("forget_own"), icon=":material/undo:", on_click=_forget, args=(entry,))
        name, words = st.session_state.get(_LOADED, ("", ""))
        if name == entry.name:
            st.success(words, icon=":material/check:")
        most = MAX_UPLOADED_CHECKPOINT_BYTES // 10**6
        file = st.file_uploader(
            say("own_upload", file=entry.file_name),
            type=file_words.ENDINGS,
            max_upload_size=most,
            help=say("own_upload_help", most=most, file=entry.file_name, folder=pretrained.weights_folder(entry)),
            # A file that was taken leaves an empty place for the next one.
            key=f"zoo_own_{entry.name}_{st.session_state.get(_FILES, 0)}",
        )
        if not file:
            return
        st.caption(say("own_word"))
        if st.button(say("use_file"), icon=":material/check:", type="primary", key="zoo_own_use"):
            try:
                with st.spinner(say("own_checking")):
                    taken = pretrained.keep_upload(entry, file.getvalue(), folder)
            except NetcoreError as refusal:
                notices.show_error(refusal, about=file.name)
            else:
                words = file_words.describe(taken, file.name, pretrained.count_tensors(entry))
                st.session_state[_LOADED] = entry.name, words
                st.session_state[_FILES] = st.session_state.get(_FILES, 0) + 1
                st.rerun()


def _want(entry: ZooEntry) -> None:
    st.session_state[_WANTED] = {*st.session_state.get(_WANTED, ()), entry.name}


def _forget(entry: ZooEntry) -> None:
    st.session_state[_WANTED] = {*st.session_state.get(_WANTED, ())} - {entry.name}
    st.session_state.pop(_LOADED, None)
    with notices.failures_kept():
        pretrained.forget_upload(entry, workspace.current().folder)
