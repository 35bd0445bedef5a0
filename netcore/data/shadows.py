"""A picture without its shadows, told from ink by how much darker they are. Knows nothing of digits."""

from __future__ import annotations

import numpy as np
from scipy import fft, ndimage

from netcore.data.ruling import Picture

_EDGE_WIDTH = 1 / 45
"""Of the longer side: so wide is a blurred edge of ink."""
_STRONG = 0.6
"""Of the strongest edges' step in the logarithm: a weaker one is a shadow's, or the light's."""
_INK = 0.25
"""In the logarithm: what ink takes from the paper at least."""
_BLACK = 8
"""Grey levels that a camera's black is above zero, so that it has a logarithm."""


def without_shadows(grey: Picture) -> Picture:
    """The picture ``[H, W]`` as if one light lay on all of it: only its strongest edges are left.

    A shadow takes the same share of the light from paper and ink, which is less than ink takes from the paper. So the
    small steps of the logarithm are set to zero, and the picture is integrated from those that stay (Horn, Determining
    lightness from an image, Computer Graphics and Image Processing, 1974), by a cosine transform: nothing flows over
    the border. Its brightest paper keeps its grey.
    """
    logarithm = np.log(grey + _BLACK)
    window = int(max(grey.shape) * _EDGE_WIDTH) | 1
    down, right = np.diff(logarithm, axis=0), np.diff(logarithm, axis=1)
    steps = [np.abs(ndimage.uniform_filter1d(one, window, axis=axis)) for axis, one in enumerate((down, right))]
    strongest = np.percentile(np.concatenate([one.ravel() for one in steps]), 99)
    least = max(_STRONG * strongest, _INK / window)
    strong = np.zeros(grey.shape, np.bool_)
    for one, step in zip((strong, strong.T), (steps[0], steps[1].T), strict=True):
        one[1:] |= step > least
        one[:-1] |= step > least
    strong = ndimage.binary_dilation(strong)
    flat = _integrate(down * (strong[1:] & strong[:-1]), right * (strong[:, 1:] & strong[:, :-1]))
    level = np.percentile(logarithm, 98) - np.percentile(flat, 98)
    return np.clip(np.exp(flat + level) - _BLACK, 0, 255).astype(np.float32)


def _integrate(down: Picture, right: Picture) -> Picture:
    """The picture, up to a constant, whose steps are closest to these: a Poisson equation."""
    height, width = right.shape[0], down.shape[1]
    bend = np.zeros((height, width), np.float32)
    bend[:-1] += down
    bend[1:] -= down
    bend[:, :-1] += right
    bend[:, 1:] -= right
    waves = 2 * np.cos(np.pi * np.arange(height) / height)[:, None] + 2 * np.cos(np.pi * np.arange(width) / width) - 4
    waves[0, 0] = 1
    spectrum = fft.dctn(bend, norm="ortho") / waves
    spectrum[0, 0] = 0
    whole: Picture = fft.idctn(spectrum, norm="ortho")
    return whole
