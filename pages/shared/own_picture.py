"""The picture with a digit of one's own on it: drawn, uploaded, from the camera. Knows nothing of what is on it."""

from __future__ import annotations

import hashlib
from typing import Literal

import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from netcore.data.photo_kinds import ENDINGS, READ
from netcore.data.strokes import paint
from netcore.settings import MAX_PHOTO_BYTES
from pages.shared import drawing, pretrained, text
from pages.shared.pretrained import Photo
from pages.shared.sample import Picture
from pages.shared.workspace import Workspace

say = text.page("own")

_TALLEST = 280
_UPLOADED, _TAKEN, _EXAMPLES = "own_uploaded", "own_taken", "own_examples"


def pick(source: str, work: Workspace) -> Picture | None:
    """Draw the controls of ``"draw"``, ``"upload"`` or ``"camera"``; None where there is no picture yet.

    Raises ``PhotoError`` for what is no usable picture.
    """
    if source == "draw":
        strokes = drawing.draw(f"netcore drawing {work.identity}")
        if not strokes:
            return None
        digest = hashlib.sha256(repr(strokes).encode()).hexdigest()
        return Picture(f"drawing {drawing.times_cleared()}", digest, paint(strokes))
    photo = _upload() if source == "upload" else _take()
    if not photo:
        return None
    st.image(photo.image, caption=text.plain(photo.name), alt=photo.name, width=_width(photo.image))
    return Picture(photo.digest, photo.digest, photo.image)


def _width(image: Image.Image) -> int | Literal["stretch"]:
    tall = image.height > image.width
    return round(_TALLEST * image.width / image.height) if tall else "stretch"


def _upload() -> Photo | None:
    file = st.file_uploader(
        say("upload"),
        type=list(ENDINGS),
        max_upload_size=MAX_PHOTO_BYTES // 10**6,
        help=say("upload_help", kinds=READ, size=text.size(MAX_PHOTO_BYTES)),
        key="own_upload",
        on_change=_forget,
        args=(_UPLOADED,),
    )
    st.button(say("example"), icon=":material/grid_on:", help=say("example_help"), on_click=_take_example)
    return _open(_UPLOADED, file.name if file else "", file)


def _take() -> Photo | None:
    taken = st.camera_input(say("camera"), help=say("camera_help"), key="own_camera", on_change=_forget, args=(_TAKEN,))
    return _open(_TAKEN, say("camera_photo"), taken)


def _open(key: str, name: str, file: UploadedFile | None) -> Photo | None:
    """The photo in ``file``, kept for the session: Streamlit forgets the file as soon as the page is left."""
    if file and key not in st.session_state:
        st.session_state[key] = pretrained.open_upload(name, file.getvalue())
    photo: Photo | None = st.session_state.get(key)
    return photo


def _take_example() -> None:
    from netcore.data.example_sheet import example_sheet

    count = st.session_state.get(_EXAMPLES, 0)
    st.session_state[_EXAMPLES] = count + 1
    st.session_state[_UPLOADED] = Photo(say("example_photo"), f"example {count}", example_sheet(count))


def _forget(key: str) -> None:
    st.session_state.pop(key, None)
