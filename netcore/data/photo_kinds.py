"""What kind of file an upload is, by its first bytes, and which kinds are read. Opens none of them."""

from __future__ import annotations

import struct

DECODERS = {
    "JPEG": "JPEG",
    "PNG": "PNG",
    "HEIC/HEIF": "HEIF",
    "AVIF": "AVIF",
    "WebP": "WEBP",
    "GIF": "GIF",
    "TIFF": "TIFF",
    "BMP": "BMP",
}
"""The kinds that are read, and what Pillow calls the one decoder that a file of each kind ever reaches.

Pillow has forty more, and most of its security fixes are in those.
"""

ENDINGS = {
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "jfif": "JPEG",
    "png": "PNG",
    "heic": "HEIC/HEIF",
    "heif": "HEIC/HEIF",
    "hif": "HEIC/HEIF",
    "avif": "AVIF",
    "webp": "WebP",
    "gif": "GIF",
    "tif": "TIFF",
    "tiff": "TIFF",
    "bmp": "BMP",
}
"""How the names of such files end, and what that promises."""

READ = "JPEG, PNG, HEIC, AVIF, WebP, GIF, TIFF or BMP"
"""The same in words."""

_SIGNATURES = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WebP"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%!PS", "a PostScript file"),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (0, b"SIMPLE  =", "a FITS file"),
    (4, b"jP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (4, b"JXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
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
_BRANDS = (
    ({b"avif", b"avis"}, "AVIF"),
    ({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}, "HEIC/HEIF"),
    ({b"crx "}, "a camera raw picture"),
)
"""Of files that begin with a box ``ftyp`` (ISO/IEC 14496-12; the brands: 23008-12). All others hold videos.

AVIF comes first: such a file may call itself by the general brand ``mif1``, and then names its own beside it.
"""
_MOST_BRANDS = 64


def identify(data: bytes) -> str:
    """What a file is by its first bytes: a key of ``DECODERS`` for what is read, else words: ``"a ZIP archive"``."""
    if data[4:8] == b"ftyp":
        brands = _brands(data)
        return next((kind for names, kind in _BRANDS if brands & names), "a video")
    for offset, signature, name in _SIGNATURES:
        if data.startswith(signature, offset):
            return name
    start = data[:1024].lower()
    if b"<svg" in start:
        return "an SVG drawing"
    if b"<html" in start or b"<!doctype html" in start:
        return "a web page"
    return "a text file" if start.isascii() and b"\x00" not in start else "a file of an unknown kind"


def _brands(data: bytes) -> set[bytes]:
    """The major brand and those that the file says it is compatible with, which begin four bytes later."""
    end = min(struct.unpack(">I", data[:4])[0], 16 + 4 * _MOST_BRANDS)
    return {data[8:12], *(data[place : place + 4] for place in range(16, end, 4))}
