"""Cached doors to the engine of one's own digits. Whatever comes out is shared by all visitors and never changed."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from netcore.errors import DataError
from netcore.model.spec import NetworkSpec, fingerprint
from pages.shared import engine
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


def look_at(picture: Picture) -> Image.Image:
    """The picture in the size in which the digits' places are told: small ones are enlarged, large ones reduced."""
    from netcore.data.ink import look_at

    return look_at(picture.image)


def prepare_ways(own: Own, ways: tuple[DigitOptions, ...]) -> tuple[DigitSteps | DataError, ...]:
    """The steps of the digit in hand under each of these options, or why nothing is left of it."""
    return _prepare_ways(own.picture.digest, own.region, ways, own.picture.image)


def source(network: engine.Network, own: Own) -> str:
    """The script that makes the digit in hand from ``digit.png`` and gives the same logits as ``engine.forward``."""
    identity, trained = fingerprint(network.spec), network.is_trained
    return _source(identity, network.seed, network.mode, trained, own.options, own.region, network.spec)


def as_png(own: Own) -> bytes:
    """The picture as the file ``digit.png`` that the script reads."""
    file = io.BytesIO()
    own.picture.image.save(file, "PNG")
    return file.getvalue()


def lines_of(own: Own, step: str) -> list[str]:
    """The lines of that script that stand there because the step is switched on, or off as it may be."""
    from netcore.export.digit import step_lines

    lines = step_lines(own.options, own.region)
    others = lines[1:] if step == "grey" else step_lines(switch(own.options, step), own.region)
    return [line.partition("  #")[0] for line in lines if line not in others]


def switch(options: DigitOptions, step: str) -> DigitOptions:
    """The same with one step switched over."""
    return replace(options, **{step: not getattr(options, step)})


@st.cache_data(max_entries=64, show_spinner=False)
def _prepare_all(digest: str, options: DigitOptions, _image: Image.Image) -> tuple[DigitSteps, ...]:
    from netcore.data.digits import prepare_digits

    return prepare_digits(_image, options)


@st.cache_data(max_entries=32, show_spinner=False)
def _prepare_ways(
    digest: str, region: Region | None, ways: tuple[DigitOptions, ...], _image: Image.Image
) -> tuple[DigitSteps | DataError, ...]:
    from netcore.data.digits import prepare_ways

    return prepare_ways(_image, ways, region)


@st.cache_data(max_entries=64, show_spinner=False)
def _source(
    identity: str, seed: int, mode: str, trained: bool, options: DigitOptions, region: Region | None, _spec: NetworkSpec
) -> str:
    from netcore.export.digit import own_digit_source

    return own_digit_source(_spec, seed=seed, options=options, region=region, trained=trained, mode=mode)
