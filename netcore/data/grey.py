"""Digits as text: the form in which they travel between pages, processes and caches. Knows no network."""

from __future__ import annotations

import torch

from netcore.data.mnist import SIDE
from netcore.errors import DataError

_PIXELS = SIDE * SIDE


def pack(images: torch.Tensor) -> str:
    """Grey levels ``uint8 [N, 28, 28]`` (or one digit, ``[28, 28]``) as text, two signs a pixel, row after row."""
    return images.numpy().tobytes().hex()


def unpack(text: str) -> torch.Tensor:
    """What ``pack`` took, as ``uint8 [N, 28, 28]``. Raises ``DataError`` for any other text, and for none."""
    try:
        levels = bytearray.fromhex(text)
    except ValueError:
        levels = bytearray()
    if not levels or len(levels) % _PIXELS:
        raise DataError(
            "{count} signs of text are no digits of {pixels} grey levels.",
            "Write two hexadecimal signs for each pixel.",
            count=len(text),
            pixels=_PIXELS,
        )
    return torch.frombuffer(levels, dtype=torch.uint8).reshape(-1, SIDE, SIDE)
