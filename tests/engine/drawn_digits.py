"""MNIST digits drawn anew: their middle lines, inked with another pen, on canvases of every kind. All by a seed."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

ENLARGED = 3
CANVAS = 280


@dataclass(frozen=True, eq=False)
class Strokes:
    """The middle lines of a digit as short pieces ``[M, 2, 2]`` of (x, y), its longer side from -0.5 to 0.5."""

    pieces: np.ndarray


def middle_lines(images):
    """The strokes of digits ``uint8 [N, 28, 28]``: thinned as Zhang and Suen do it (CACM, 1984), all at once."""
    masks = ndimage.zoom(images.astype(np.float32), (1, ENLARGED, ENLARGED), order=1) > 110
    masks = np.pad(masks, ((0, 0), (1, 1), (1, 1)))
    while True:
        before = masks.sum()
        for first in (True, False):
            masks &= ~_removable(masks, first)
        if masks.sum() == before:
            return [_strokes(mask) for mask in masks]


def _removable(masks, first):
    around = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
    near = [np.roll(masks, (-dy, -dx), (1, 2)) for dy, dx in around]
    count = sum(n.astype(np.int8) for n in near)
    turns = sum((~near[i] & near[(i + 1) % 8]).astype(np.int8) for i in range(8))
    north, east, south, west = near[0], near[2], near[4], near[6]
    if first:
        corner = ~(north & east & south) & ~(east & south & west)
    else:
        corner = ~(north & east & west) & ~(north & south & west)
    return masks & (count >= 2) & (count <= 6) & (turns == 1) & corner


def _strokes(mask):
    points = np.argwhere(mask)[:, ::-1].astype(float)
    number = {tuple(point): index for index, point in enumerate(points.astype(int))}
    pairs = [
        (index, number[x + dx, y + dy])
        for (x, y), index in number.items()
        for dx, dy in ((1, 0), (0, 1), (1, 1), (-1, 1))
        if (x + dx, y + dy) in number
    ]
    pairs = np.array(pairs or [(0, 0)])
    for _ in range(3):  # a staircase of pixels becomes a line
        sums, counts = points.copy(), np.ones(len(points))
        for here, there in (pairs.T, pairs.T[::-1]):
            np.add.at(sums, here, points[there])
            np.add.at(counts, here, 1)
        points = sums / counts[:, None]
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    longer = max((points.max(axis=0) - points.min(axis=0)).max(), 1)
    return Strokes(((points - middle) / longer)[pairs])


def cover(strokes, *, size, pen, place, angle=0.0, canvas=(CANVAS, CANVAS)):
    """How much of each pixel a round pen covers, ``float [H, W]`` from 0 to 1.

    The digit's longer side, pen included, is ``size`` pixels, and its middle lies at ``place`` (x, y).
    """
    turn = np.deg2rad(angle)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    ends = 2 * (strokes.pieces @ matrix.T * max(size - pen, 2) + np.array(place))
    image = Image.new("L", (2 * canvas[0], 2 * canvas[1]))
    draw = ImageDraw.Draw(image)
    for (x1, y1), (x2, y2) in ends:
        draw.line((x1, y1, x2, y2), fill=255, width=max(1, round(2 * pen)))
    for x, y in {tuple(end) for end in ends.reshape(-1, 2)}:
        draw.circle((x, y), pen, fill=255)
    return np.asarray(image.reduce(2), dtype=np.float32) / 255


def resized(image, *, size, place, thicker=0, canvas=(CANVAS, CANVAS)):
    """MNIST's own ink ``uint8 [28, 28]``, enlarged, made solid, and ``thicker`` pixels wider on each side (or less)."""
    rows, columns = np.flatnonzero(image.max(axis=1) > 60), np.flatnonzero(image.max(axis=0) > 60)
    box = Image.fromarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    factor = size / max(box.size)
    large = box.resize(
        (max(2, round(box.width * factor)), max(2, round(box.height * factor))), Image.Resampling.BICUBIC
    )
    page = Image.new("L", canvas)
    page.paste(large, (round(place[0] - large.width / 2), round(place[1] - large.height / 2)))
    solid = np.asarray(page) > 110
    inside, outside = ndimage.distance_transform_edt(solid), ndimage.distance_transform_edt(~solid)
    return np.clip(0.5 + thicker + inside - outside, 0, 1).astype(np.float32)


def drawn(covered, *, ink=0, paper=255):
    """A canvas in RGBA, opaque, with that ink on that paper: grey levels, or (r, g, b)."""
    ink, paper = (np.broadcast_to(np.asarray(colour, np.float32), 3) for colour in (ink, paper))
    rgb = paper + covered[..., None] * (ink - paper)
    return Image.fromarray(rgb.round().astype(np.uint8)).convert("RGBA")


def transparent(covered, *, ink=(0, 0, 0)):
    """A canvas in RGBA, transparent where nothing was drawn."""
    rgba = np.empty((*covered.shape, 4), np.uint8)
    rgba[..., :3] = ink
    rgba[..., 3] = (255 * covered).round()
    return Image.fromarray(rgba)


def brushed(covered, softness):
    """The same strokes with a soft brush."""
    soft = Image.fromarray((255 * covered).astype(np.uint8)).filter(ImageFilter.GaussianBlur(softness))
    return np.asarray(soft, dtype=np.float32) / 255
