"""The controls that choose a pretrained network and the photos for it. Knows nothing of what comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from netcore.data.photos import example_photos
from netcore.errors import PhotoError
from netcore.settings import MAX_PHOTO_BYTES, MAX_PHOTOS
from pages.shared import notices, pretrained, text
from pages.shared.pretrained import Photo

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry

say = text.page("zoo")

MODEL = "zoo_model"
# HEIC, AVIF and TIFF are refused, but by a sentence that says what to do.
_ENDINGS = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "heic", "heif", "avif", "tif", "tiff"]


def pick_network() -> ZooEntry:
    """Draw the choice of the network, its published figures, and where its weights are."""
    entries = {entry.name: entry for entry in pretrained.entries()}
    name = st.selectbox(say("network"), list(entries), help=say("network_help"), key=MODEL, bind="query-params")
    entry = entries[name] if name in entries else pretrained.entries()[0]
    state = pretrained.state(entry)
    st.badge(say(f"state_{state.replace(' ', '_')}"), color="gray" if state == "can be downloaded" else "green")
    st.caption(
        say(
            "figures",
            family=entry.family,
            top1=f"{entry.top1:.1f}",
            parameters=text.number(entry.parameters),
            gflops=text.number(entry.gflops),
            size=f"{entry.megabytes:,.1f}",
            recipe=entry.recipe,
        ),
        help=say("figures_help"),
    )
    return entry


def pick_photos() -> list[Photo]:
    """Draw the upload and the example pictures. Uploads come before examples; each bad file gets its own sentence."""
    files = st.file_uploader(
        say("upload"),
        type=_ENDINGS,
        accept_multiple_files=True,
        max_upload_size=MAX_PHOTO_BYTES // 1024**2,
        help=say("upload_help", most=MAX_PHOTOS),
        key="zoo_upload",
    )
    examples = {example.name: example for example in example_photos()}
    names = st.pills(
        say("examples"),
        list(examples),
        selection_mode="multi",
        format_func=lambda name: say(f"example_{name}"),
        default=[next(iter(examples))],
        help=say("examples_help"),
        disabled=bool(files),
        key="zoo_examples",
    )
    if not files:
        return [pretrained.open_example(examples[name], say(f"example_{name}")) for name in names if name in examples]
    if len(files) > MAX_PHOTOS:
        st.warning(say("too_many", count=len(files), most=MAX_PHOTOS), icon=":material/warning:")
    photos = []
    for file in files[:MAX_PHOTOS]:
        try:
            photos.append(pretrained.open_upload(file.name, file.getvalue()))
        except PhotoError as refusal:
            notices.show_error(refusal, about=file.name)
    return photos


def pick_one(photos: list[Photo], key: str) -> Photo:
    """The photo that a view is about: the only one, or the one that is chosen."""
    if len(photos) == 1:
        return photos[0]
    place = st.segmented_control(
        say("photo"),
        range(len(photos)),
        format_func=lambda index: text.plain(photos[index].name),
        default=0,
        required=True,
        key=key,
    )
    return photos[place if place in range(len(photos)) else 0]
