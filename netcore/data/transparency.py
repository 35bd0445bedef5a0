"""What lies behind a picture that is transparent in places. Knows nothing of files or digits."""

from __future__ import annotations

import numpy as np
from PIL import Image

_FAINT = 192
"""From this grey level on, what is drawn on white is hard to see."""
_INK_SHARE = 0.01
"""Of a page: as much that is not pale is what is written on it."""
_PLAIN = {"RGBa": "RGBA", "La": "LA"}
"""Modes whose colours are multiplied by their alpha already, and what Pillow makes of them first."""


def on_paper(image: Image.Image) -> Image.Image:
    """The picture as RGB, with ``paper_behind`` where it is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    coloured = image.convert(_PLAIN.get(image.mode, image.mode)).convert("RGBA")
    level = paper_behind(coloured)
    paper = Image.new("RGBA", image.size, (level, level, level, 255))
    return Image.alpha_composite(paper, coloured).convert("RGB")


def paper_behind(image: Image.Image) -> int:
    """The grey level of the paper on which an RGBA picture can be seen: 255, or 0 where white would swallow it.

    White swallows what is mostly pale, unless it covers most of the picture and is written on: that is a page, or a
    window with its shadow.
    """
    alpha = image.getchannel("A")
    most = int(np.asarray(alpha).max())
    if not most:
        return 255
    # The soft edges of strokes say more about how they were exported than about their colour.
    counts = image.convert("L").histogram(alpha.point(lambda level: 255 * (level >= 0.9 * most)))
    seen, pale = sum(counts), sum(counts[_FAINT:])
    is_page = seen > image.width * image.height / 2 and seen - pale >= _INK_SHARE * seen
    return 255 if is_page or pale <= seen / 2 else 0
