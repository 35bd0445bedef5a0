"""Photographs in: an upload made safe, and three example pictures. Knows nothing of what a network makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from PIL import Image

from netcore.errors import PhotoError, WorkerError
from netcore.settings import MAX_PHOTO_BYTES
from netcore.worker.confinement import Confinement
from netcore.worker.limits import Limits
from netcore.worker.process import call

_TASK = "netcore.data.decoding:decode"
_PICTURES = Path(__file__).parent / "pictures"
_LIMITS = Limits(wall_seconds=5, cpu_seconds=5, memory_bytes=512 * 1024**2, file_bytes=16 * 1024**2, open_files=64)
_CLAIMS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WebP", ".gif": "GIF", ".bmp": "BMP"}


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

    JPEG, PNG, WebP, GIF or BMP, recognised by content; the file's ``name`` only serves the sentence of a refusal.
    The bytes are decoded in a confined process with limits on memory, computing time and 5 s of patience. Raises
    ``PhotoError`` that says what is wrong with the file and what to do.
    """
    if len(data) > MAX_PHOTO_BYTES:
        raise PhotoError(
            "The file is {size:.1f} MB.",
            "Choose one of at most {most:.0f} MB, or export it smaller.",
            size=len(data) / 1024**2,
            most=MAX_PHOTO_BYTES / 1024**2,
        )
    claimed = _CLAIMS.get(PurePath(name).suffix.lower(), "")
    try:
        size, pixels = call(_TASK, {"claimed": claimed}, data, limits=_LIMITS, confinement=Confinement())
    except WorkerError as error:
        raise PhotoError(
            "This picture takes more memory or time to open than it may.", "Export it smaller, as JPEG or PNG."
        ) from error
    return Image.frombytes("RGB", (size["width"], size["height"]), pixels)
