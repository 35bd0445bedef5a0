"""Photographs in: an upload made safe, and three example pictures. Knows nothing of what a network makes of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath

from PIL import Image

from netcore.data.photo_kinds import ENDINGS
from netcore.errors import PhotoError, WorkerError
from netcore.settings import MAX_PHOTO_BYTES, usable_cores
from netcore.worker.confinement import Confinement
from netcore.worker.limits import Limits
from netcore.worker.process import call

_TASK = "netcore.data.decoding:decode"
_PICTURES = Path(__file__).parent / "pictures"
_LIMITS = Limits(wall_seconds=30, cpu_seconds=10, memory_bytes=512 * 1024**2, file_bytes=16 * 1024**2, open_files=64)
"""Seconds of patience are many: on a busy machine a good picture waits for its computing time."""


@dataclass(frozen=True)
class ExamplePhoto:
    """A picture that is always there."""

    name: str
    """What is on it, in one word."""
    path: Path


def example_photos() -> tuple[ExamplePhoto, ...]:
    """The pictures that come with the program: a cat, an espresso, a rocket. Free of rights."""
    files = {"cat": "chelsea.png", "espresso": "coffee.png", "rocket": "rocket.jpg"}
    return tuple(ExamplePhoto(name, _PICTURES / file) for name, file in files.items())


def decode_photo(data: bytes, name: str = "") -> Image.Image:
    """The picture in ``data`` as an upright RGB image of at most 1024 × 1024 pixels, with nothing else in it.

    A file of one of the kinds of ``photo_kinds``, recognised by content; its ``name`` only serves the sentence of a
    refusal. The bytes are decoded in a confined process with limits on memory and computing time, no more at once than
    there are cores. Raises ``PhotoError`` that says what is wrong with the file and what to do.
    """
    if len(data) > MAX_PHOTO_BYTES:
        raise PhotoError(
            "The file is {size:.1f} MB.",
            "Choose one of at most {most:.0f} MB, or export it smaller.",
            size=len(data) / 1e6,
            most=MAX_PHOTO_BYTES / 1e6,
        )
    claimed = ENDINGS.get(PurePath(name).suffix.lower().removeprefix("."), "")
    try:
        with _places():
            size, pixels = call(_TASK, {"claimed": claimed}, data, limits=_LIMITS, confinement=Confinement())
    except WorkerError as error:
        raise PhotoError(
            "This picture takes more memory or time to open than it may.", "Export it smaller, as JPEG or PNG."
        ) from error
    return Image.frombytes("RGB", (size["width"], size["height"]), pixels)


@cache
def _places() -> threading.BoundedSemaphore:
    """One for each picture that is decoded at the same time: a large one takes hundreds of megabytes meanwhile."""
    return threading.BoundedSemaphore(usable_cores())
