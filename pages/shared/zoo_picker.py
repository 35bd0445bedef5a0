"""The controls that choose a pretrained network and the photos for it. Knows nothing of what comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from netcore.data.photo_kinds import ENDINGS, READ
from netcore.data.photos import example_photos
from netcore.errors import PhotoError
from netcore.settings import MAX_PHOTO_BYTES, MAX_PHOTOS
from pages.shared import address, notices, pretrained, text, zoo_weights
from pages.shared.pretrained import Photo

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry

say = text.page("zoo")

MODEL = "zoo_model"


def pick_network() -> ZooEntry:
    """Draw the choice of the network, its published figures, and where its weights are."""
    entries = {entry.name: entry for entry in pretrained.entries()}
    names = {name: name for name in entries}
    first = next(iter(names))
    address.ask_one(MODEL, names, first)
    name = st.selectbox(say("network"), list(entries), help=say("network_help"), key=MODEL)
    name = name if name in entries else first
    address.keep_one(MODEL, names, name, first)
    entry = entries[name]
    state = zoo_weights.state(entry)
    colours: dict[str, Literal["gray", "orange"]] = {"can be downloaded": "gray", "own weights": "orange"}
    st.badge(say(f"state_{state.replace(' ', '_')}"), color=colours.get(state, "green"))
    _draw_figures(entry, published=state != "own weights")
    return entry


def _draw_figures(entry: ZooEntry, *, published: bool) -> None:
    """What is known of the network; how often it is right only where the weights are the ``published`` ones."""
    figures = say(
        "figures",
        family=entry.family,
        weights=entry.weights.replace("_", r"\_"),
        parameters=text.number(entry.parameters),
        flops=text.rough(round(entry.flops)),
        size=text.size(entry.file_bytes),
    )
    if published:
        figures += " · " + say("figures_top1", top1=f"{entry.top1:.1f}")
    if published and entry.top5 is not None:
        figures += " · " + say("figures_top5", top5=f"{entry.top5:.1f}")
    links = [("paper", entry.paper_url), ("recipe", entry.recipe), ("licence", entry.licence_url)]
    figures += "".join(f" · [{say(f'{name}_link')}]({url})" for name, url in links if url)
    st.caption(figures, help=say("figures_help"))


def pick_photos() -> list[Photo]:
    """Draw the upload, the camera and the example pictures, which step back. Each bad file gets its own sentence."""
    files = st.file_uploader(
        say("upload"),
        type=list(ENDINGS),
        accept_multiple_files=True,
        max_upload_size=MAX_PHOTO_BYTES // 10**6,
        help=say("upload_help", kinds=READ, size=text.size(MAX_PHOTO_BYTES), most=MAX_PHOTOS),
        key="zoo_upload",
    )
    taken = None
    if st.toggle(say("camera"), help=say("camera_help"), key="zoo_camera"):
        taken = st.camera_input(say("camera_photo"), label_visibility="collapsed", key="zoo_camera_photo")
    examples = {example.name: example for example in example_photos()}
    names = st.pills(
        say("examples"),
        list(examples),
        selection_mode="multi",
        format_func=lambda name: say(f"example_{name}"),
        default=[next(iter(examples))],
        help=say("examples_help"),
        disabled=bool(files or taken),
        key="zoo_examples",
    )
    given = [(say("camera_photo"), taken)] if taken else []
    given += [(file.name, file) for file in files]
    if not given:
        return [pretrained.open_example(examples[name], say(f"example_{name}")) for name in names if name in examples]
    if len(given) > MAX_PHOTOS:
        st.warning(say("too_many", count=len(given), most=MAX_PHOTOS), icon=":material/warning:")
    return [photo for name, file in given[:MAX_PHOTOS] if (photo := _open(name, file))]


def _open(name: str, file: UploadedFile) -> Photo | None:
    try:
        return pretrained.open_upload(name, file.getvalue())
    except PhotoError as refusal:
        notices.show_error(refusal, about=name)
        return None


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
