"""Cached doors to the engine of one's own digits. Whatever comes out is shared by all visitors and never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from pages.shared.sample import Own, Picture

if TYPE_CHECKING:
    from netcore.data.digits import DigitOptions, DigitSteps, Region


def prepare_all(picture: Picture, options: DigitOptions) -> tuple[DigitSteps, ...]:
    """The steps of every digit on the picture. Raises ``DataError`` where there is none, or more than are taken."""
    return _prepare_all(picture.digest, options, picture.image)


def places(picture: Picture) -> list[Region | None]:
    """Where each of these digits lies, whatever the options; a single one is the whole picture, None."""
    from netcore.data.digits import DigitOptions

    found = prepare_all(picture, DigitOptions())
    return [steps.region for steps in found] if len(found) > 1 else [None]


def prepare(own: Own, options: DigitOptions) -> DigitSteps:
    """The steps of the digit in hand under other options. Raises ``DataError`` where nothing is left of it."""
    return _prepare(own.picture.digest, own.region, options, own.picture.image)


@st.cache_data(max_entries=64, show_spinner=False)
def _prepare_all(digest: str, options: DigitOptions, _image: Image.Image) -> tuple[DigitSteps, ...]:
    from netcore.data.digits import prepare_digits

    return prepare_digits(_image, options)


@st.cache_data(max_entries=128, show_spinner=False)
def _prepare(digest: str, region: Region | None, options: DigitOptions, _image: Image.Image) -> DigitSteps:
    from netcore.data.digits import prepare_digit

    return prepare_digit(_image, options, region)
