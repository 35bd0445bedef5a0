"""A PNG without what is no pixel: colour profile, texts, dates, further frames. Decodes nothing.

Pillow refuses a whole picture for a profile or a text that is too long for it, or damaged; none of these is needed.
The chunks are those of the PNG specification, https://www.w3.org/TR/png-3/.
"""

from __future__ import annotations

import struct
import zlib

_SIGNATURE_LENGTH, _AROUND = 8, 12
"""Bytes of the file's signature, and of a chunk's length, name and checksum."""
_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT")
_ORIENTATION = b"eXIf"
_END = b"IEND"


def pixels_only(png: bytes) -> bytes:
    """The same PNG with its pixels, its transparency and its EXIF orientation, as far as the file goes."""
    kept, place = [png[:_SIGNATURE_LENGTH]], _SIGNATURE_LENGTH
    while place + _AROUND <= len(png):
        length, name = struct.unpack_from(">I4s", png, place)
        chunk = png[place : place + _AROUND + length]
        if name in _PIXELS or name == _END or (name == _ORIENTATION and _is_whole(chunk)):
            kept.append(chunk)
        if name == _END:
            break
        place += len(chunk)
    return b"".join(kept)


def _is_whole(chunk: bytes) -> bool:
    return zlib.crc32(chunk[4:-4]) == struct.unpack(">I", chunk[-4:])[0]
