"""The worker task that turns an upload into pixels and nothing else. Imports Pillow; knows neither torch nor screens.

It runs in a process of its own, within limits, because the decoders that it calls are C code fed with strangers' bytes.
"""

from __future__ import annotations

import io
import struct
import threading
import warnings
import zlib
from typing import Any

from PIL import Image, ImageOps

from netcore.errors import PhotoError
from netcore.settings import MAX_PHOTO_ASPECT, MAX_PHOTO_PIXELS, MAX_PHOTO_SIDE, MIN_PHOTO_SIDE

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""The only decoders that an upload ever reaches. Pillow has forty more, and most of its security fixes are in those."""

DECODED_SIDE = 1024
"""Longest side of what comes back, in pixels: twice the largest input of any network in the catalogue."""

_SIGNATURES = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WebP"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftyphev", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIC picture"),
    (4, b"ftypavi", "an AVIF picture"),
    (4, b"ftyp", "a video"),
    (0, b"II*\x00", "a TIFF picture"),
    (0, b"MM\x00*", "a TIFF picture"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%!PS", "a PostScript file"),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (0, b"SIMPLE  =", "a FITS file"),
    (4, b"jP  ", "a JPEG 2000 picture"),
    (0, b"icns", "an icon file"),
    (0, b"DDS ", "a DDS texture"),
    (0, b"%PDF", "a PDF"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"\x80\x02", "a Python pickle"),
    (0, b"\x80\x03", "a Python pickle"),
    (0, b"\x80\x04", "a Python pickle"),
    (0, b"\x80\x05", "a Python pickle"),
)
_BAD_EXIF = (SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, OSError, struct.error, zlib.error)


def decode(arguments: dict[str, Any], payload: bytes, stop: threading.Event) -> tuple[dict[str, Any], bytes]:
    """The picture in ``payload`` as ``{"width", "height"}`` and bare RGB bytes, upright and at most 1024 pixels long.

    ``arguments["claimed"]`` is what the file's name says it is; it only serves the sentence of a refusal. Raises
    ``PhotoError`` that names the reason. Only the first frame of an animation is read; what is transparent becomes
    white; EXIF, colour profiles and texts are left behind.
    """
    # Ours are tighter, and name the numbers. Pillow's would come first and name none.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    image = _open(payload, arguments["claimed"])
    check_size(*image.size)
    try:
        image.draft("RGB", (DECODED_SIDE, DECODED_SIDE))
        image.load()
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(identify(payload)) from error
    pixels = _to_rgb(_upright(image))
    pixels.thumbnail((DECODED_SIDE, DECODED_SIDE))
    return {"width": pixels.width, "height": pixels.height}, pixels.tobytes()


def identify(data: bytes) -> str:
    """What a file is by its first bytes: ``"PNG"`` and the other formats read here, else words: ``"a ZIP archive"``."""
    for offset, signature, name in _SIGNATURES:
        if data.startswith(signature, offset):
            return name
    start = data[:1024].lower()
    if b"<svg" in start:
        return "an SVG drawing"
    if b"<html" in start or b"<!doctype html" in start:
        return "a web page"
    return "a text file" if start.isascii() and b"\x00" not in start else "a file of an unknown kind"


def _open(data: bytes, claimed: str) -> Image.Image:
    if not data:
        raise PhotoError("The file is empty.", "Choose a picture: JPEG, PNG, WebP, GIF or BMP.")
    kind = identify(data)
    if kind.upper() not in FORMATS:
        raise _not_a_picture(kind, claimed)
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(kind) from error


def _not_a_picture(kind: str, claimed: str) -> PhotoError:
    if kind.endswith("picture"):
        return PhotoError("This is {kind}, which is not read here.", "Export it as JPEG or PNG.", kind=kind)
    cure = "Choose a picture: JPEG, PNG, WebP, GIF or BMP."
    if claimed:
        return PhotoError("This file says it is a {claimed} but is {kind}.", cure, claimed=claimed, kind=kind)
    return PhotoError("This file is {kind}, not a picture.", cure, kind=kind)


def _damaged(kind: str) -> PhotoError:
    return PhotoError(
        "This file begins as a {kind} but is damaged or cut off.",
        "Export it again, or choose another picture.",
        kind=kind,
    )


def check_size(width: int, height: int) -> None:
    """Raise ``PhotoError`` where a picture is too small, too large, or too long and thin for a network."""
    values = {"width": width, "height": height}
    if min(width, height) < MIN_PHOTO_SIDE:
        raise PhotoError(
            "The picture is {width} × {height} pixels, too small to see anything on.",
            "Choose one of at least {least} × {least} pixels.",
            least=MIN_PHOTO_SIDE,
            **values,
        )
    if max(width, height) > MAX_PHOTO_ASPECT * min(width, height):
        raise PhotoError(
            "The picture is {width} × {height} pixels, too long and thin for a network that looks at squares.",
            "Crop it until the long side is at most {most} times the short one.",
            most=MAX_PHOTO_ASPECT,
            **values,
        )
    if max(width, height) > MAX_PHOTO_SIDE or width * height > MAX_PHOTO_PIXELS:
        raise PhotoError(
            "The picture is {width} × {height} pixels, {pixels:.0f} million in all.",
            "Scale it down to at most {side} pixels a side and {most:.0f} million in all.",
            pixels=width * height / 1e6,
            side=MAX_PHOTO_SIDE,
            most=MAX_PHOTO_PIXELS / 1e6,
            **values,
        )


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF orientation says, or as it is where the EXIF cannot be read."""
    try:
        return ImageOps.exif_transpose(image)
    except _BAD_EXIF:
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # Pillow's own conversion clips 16-bit values at 255, which makes nearly every such picture white.
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L").convert("RGB")
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, coloured).convert("RGB")
    return image.convert("RGB")
