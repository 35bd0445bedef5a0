"""A sheet of squared paper with a number on it, as a phone would take its photo. Knows nothing of what sees it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from netcore.data.mnist import load_mnist
from netcore.seeds import derive_seed

NUMBER = "2026"
"""What stands on the sheet."""

_WIDE, _HIGH = 800, 480
_LARGE = 150
"""Height and width of a digit's field on the sheet."""
_SQUARE = 34
_PAPER, _LINE, _INK = (232, 229, 219), (150, 178, 205), (38, 48, 120)

_Picture = NDArray[np.float64]


def example_sheet(seed: int) -> Image.Image:
    """RGB, 800 x 480: the digits of ``NUMBER`` in ink, light from one side, the shadow of a hand, noise.

    The digits are MNIST's test digits, other ones for each ``seed``: for those who have no pen and paper at hand.
    """
    random = np.random.default_rng(derive_seed(seed, "sheet"))
    rows, columns = np.mgrid[0:_HIGH, 0:_WIDE].astype(np.float64)
    lined = ((rows % _SQUARE < 2) | (columns % _SQUARE < 2))[..., None]
    sheet = np.where(lined, np.array(_LINE, np.float64), np.array(_PAPER, np.float64))
    ink = _write(random)[..., None]
    sheet = sheet * (1 - ink) + np.array(_INK) * ink
    lit = sheet * _light(rows, columns, random)[..., None] + random.normal(0, 2.5, sheet.shape)
    return Image.fromarray(ndimage.gaussian_filter(lit, (0.8, 0.8, 0)).round().clip(0, 255).astype(np.uint8))


def _write(random: np.random.Generator) -> _Picture:
    """How much ink lies on each pixel ``[H, W]``, from 0 to 1."""
    digits = load_mnist("test")
    ink = np.zeros((_HIGH, _WIDE))
    left = (_WIDE - _LARGE * len(NUMBER)) // 2
    for place, digit in enumerate(NUMBER):
        index = random.choice((digits.labels == int(digit)).nonzero().flatten().numpy())
        image = Image.fromarray(digits.images[index].numpy()).resize((_LARGE, _LARGE), Image.Resampling.BICUBIC)
        top = (_HIGH - _LARGE) // 2 + int(random.integers(-20, 21))
        field = ink[top : top + _LARGE, left + place * _LARGE :][:, :_LARGE]
        np.maximum(field, np.clip((np.asarray(image) / 255 - 0.35) / 0.2, 0, 1), out=field)
    return ink


def _light(rows: _Picture, columns: _Picture, random: np.random.Generator) -> _Picture:
    """The share of the light on each pixel: less to one side, and less again in a soft shadow across a corner."""
    angle = random.uniform(0, 2 * np.pi)
    across = (columns / _WIDE - 0.5) * np.cos(angle) + (rows / _HIGH - 0.5) * np.sin(angle)
    shadow = 1 / (1 + np.exp((columns / _WIDE + rows / _HIGH - 0.75) * 40))
    light: _Picture = (0.9 + 0.25 * across) * (1 - 0.3 * shadow)
    return light
