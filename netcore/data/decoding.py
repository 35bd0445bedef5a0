"""The worker task that turns an upload into pixels and nothing else. Imports Pillow; knows neither torch nor screens.

It runs in a process of its own, within limits, because the decoders that it calls are C code fed with strangers' bytes.
"""

from __future__ import annotations

import io
import math
import struct
import threading
import warnings
import zlib
from typing import Any, cast

from PIL import AvifImagePlugin, Image, ImageOps

from netcore.data.photo_kinds import DECODERS, READ, identify
from netcore.data.png import pixels_only
from netcore.data.transparency import on_paper
from netcore.errors import PhotoError
from netcore.settings import MAX_PHOTO_ASPECT, MAX_PHOTO_PIXELS, MAX_PHOTO_SIDE, MIN_PHOTO_SIDE

DECODED_SIDE = 1024
"""Longest side of what comes back, in pixels: twice the largest input of any network in the catalogue."""

_CONTAINERS = ("HEIC/HEIF", "AVIF", "TIFF")
"""Kinds that hold pictures of many makes, not all of which are read."""
_BAD_EXIF = (SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, OSError, struct.error, zlib.error)


def decode(arguments: dict[str, Any], payload: bytes, stop: threading.Event) -> tuple[dict[str, Any], bytes]:
    """The picture in ``payload`` as ``{"width", "height"}`` and bare RGB bytes, upright and at most 1024 pixels long.

    ``arguments["claimed"]`` is what the file's name says it is; it only serves the sentence of a refusal. Raises
    ``PhotoError`` that names the reason. Of several pictures in a file the first one is read, or the one that the file
    calls its main one; EXIF, colour profiles and texts are left behind.
    """
    # Ours are tighter, and name the numbers. Pillow's would come first and name none.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    kind = _check_kind(payload, arguments["claimed"])
    try:
        pixels = _decode(payload, kind)
    except (MemoryError, PhotoError):
        raise
    except Exception as error:  # each decoder has its own dozen kinds for a bad file
        raise _unreadable(kind) from error
    return {"width": pixels.width, "height": pixels.height}, pixels.tobytes()


def _check_kind(data: bytes, claimed: str) -> str:
    if not data:
        raise PhotoError("The file is empty.", f"Choose a picture: {READ}.")
    kind = identify(data)
    if kind not in DECODERS:
        raise _not_a_picture(kind, claimed)
    return kind


def _decode(data: bytes, kind: str) -> Image.Image:
    image = _open(data, kind)
    check_size(*image.size)
    image.draft("RGB", (DECODED_SIDE, DECODED_SIDE))
    image.load()
    check_size(*image.size)  # what a header announced need not be what came
    image = _in_8_bits(_without_false_alpha(image))
    image.thumbnail((DECODED_SIDE, DECODED_SIDE))
    return on_paper(_upright(image))


def _open(data: bytes, kind: str) -> Image.Image:
    if kind == "PNG":
        data = pixels_only(data)
    if kind == "HEIC/HEIF":
        import pillow_heif

        # A preview may show something else than the picture. More threads only share the same cores, and cost memory.
        pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    return Image.open(io.BytesIO(data), formats=(DECODERS[kind],))


def _not_a_picture(kind: str, claimed: str) -> PhotoError:
    if kind.endswith("picture"):
        return PhotoError("This is {kind}, which is not read here.", "Export it as JPEG or PNG.", kind=kind)
    cure = f"Choose a picture: {READ}."
    if claimed:
        article = "an" if claimed == "AVIF" else "a"
        what = "This file says it is {article} {claimed} but is {kind}."
        return PhotoError(what, cure, article=article, claimed=claimed, kind=kind)
    return PhotoError("This file is {kind}, not a picture.", cure, kind=kind)


def _unreadable(kind: str) -> PhotoError:
    if kind not in _CONTAINERS:
        return PhotoError(
            "This file begins as a {kind} but is damaged or cut off.",
            "Export it again, or choose another picture.",
            kind=kind,
        )
    cure = "Export it as JPEG or PNG."
    if kind == "HEIC/HEIF":
        cure = "Export it as JPEG; an iPhone takes JPEGs with Settings > Camera > Formats > Most Compatible."
    return PhotoError("This {kind} file is damaged, cut off, or of a variety that is not read here.", cure, kind=kind)


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


def _without_false_alpha(image: Image.Image) -> Image.Image:
    """A BMP whose alpha is 0 everywhere is opaque: Windows writes the channel and leaves it empty."""
    if image.format == "BMP" and image.mode == "RGBA" and not image.getchannel("A").getextrema()[1]:
        return image.convert("RGB")
    return image


def _in_8_bits(image: Image.Image) -> Image.Image:
    """The picture with at most 256 levels a channel, none of them an index or a key, so that it can be scaled down."""
    if image.mode == "F" or image.mode.startswith("I"):
        image = _levels(image)
    if "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert({"1": "L", "P": "RGB", "PA": "RGBA"}.get(image.mode, image.mode))


def _levels(image: Image.Image) -> Image.Image:
    """Whole numbers beyond 255, or fractions, as grey levels. Raises ``ValueError`` where they are no numbers.

    Full scale is the least of 1, 255 and 65,535 that holds them all, or else their own range; of a picture with 16 bits
    it is 65,535. Pillow's own conversion clips at 255, which makes nearly every such picture white.
    """
    has_16_bits = image.mode.startswith("I;16")
    if image.mode not in ("I;16", "F"):
        image = image.convert("I")
    low, high = (0, 65535) if has_16_bits else cast("tuple[float, float]", image.getextrema())  # of one band
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("levels that are no numbers")
    if low >= 0 and high <= 65535:
        low, high = 0, next(full for full in (1, 255, 65535) if high <= full)
    scale = 255 / max(high - low, 1e-30)
    levels = image.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")
    if "transparency" in image.info:
        levels.info["transparency"] = round(image.info["transparency"] * scale)
    return levels


def _upright(image: Image.Image) -> Image.Image:
    """The picture turned as its EXIF orientation says, or as it is where the EXIF cannot be read."""
    try:
        return ImageOps.exif_transpose(image)
    except _BAD_EXIF:
        return image
