"""Small grey pictures inside tables: from numbers to an image, from an image to Markdown. Knows nothing of digits."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from netcore.model.thumbnails import Thumbnail

_WIDEST = 232
_HIGHEST = 60
_STRIP = 12


def grey(thumbnail: Thumbnail) -> Image.Image:
    """What a layer gave, each of its numbers a sharp square as large as fits; a strip of numbers is 12 pixels high."""
    image = Image.frombytes("L", (thumbnail.width, thumbnail.height), bytes.fromhex(thumbnail.levels))
    if thumbnail.height == 1:
        scale = max(1, min(_STRIP, _WIDEST // thumbnail.width))
        return image.resize((thumbnail.width * scale, _STRIP), Image.Resampling.NEAREST)
    scale = max(1, min(_HIGHEST // thumbnail.height, _WIDEST // thumbnail.width))
    return image.resize((thumbnail.width * scale, thumbnail.height * scale), Image.Resampling.NEAREST)


def address(image: Image.Image) -> str:
    """The picture itself as an address, ``data:image/png;base64,…``: it asks nobody and is never gone."""
    data = BytesIO()
    image.save(data, "PNG", optimize=True)
    return "data:image/png;base64," + b64encode(data.getvalue()).decode()


def markdown(image: Image.Image, alt: str) -> str:
    """The picture for a cell of ``st.table``."""
    return f"![{alt}]({address(image)})"
