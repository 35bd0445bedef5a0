"""Photos as people take them of their own digits, made up kind by kind. All by a seed; a report and tests use them."""

from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from tests.engine.drawn_digits import cover
from tests.engine.photographed_digits import Scene, photograph

LIGHTS = {
    "even": {},
    "gradient": {"gradient": 0.45},
    "vignette": {"vignette": 0.4},
    "shadow": {"shadow": 0.45},
    "noise": {"noise": 8.0, "quality": 60},
    "blur": {"blur": 2.2, "quality": 50},
}
SOLID = 0.6
"""Of a digit's box: with more ink than that it is a blot, which nobody reads."""
BLACKBOARD = {"paper": (48, 62, 55), "ink": (222, 224, 215), "patchy": 0.4}


@dataclass(frozen=True)
class Kind:
    """One kind of photo. Lengths are shares of the photo's longer side where nothing else is said."""

    fill: tuple[float, float] = (0.3, 0.5)
    """The digit's longer side, as a share of the photo's shorter one."""
    pen: tuple[float, float] = (0.05, 0.11)
    """As a share of the digit's longer side."""
    count: tuple[int, int] = (1, 1)
    around: str = ""
    """``"frame"``, ``"circle"``, ``"desk"``, ``"cut"`` or ``"border"``: what is about the digit besides paper."""
    lights: tuple[str, ...] = tuple(LIGHTS)
    scene: Scene = field(default_factory=Scene)
    size: tuple[int, int] = (640, 500)


def several(**changes):
    """Digits in a row, each a fifth to a third of the photo's height."""
    return Kind(**{"fill": (0.2, 0.33), "pen": (0.04, 0.09), "count": (2, 5), **changes})


RULED, SQUARED = Scene(lines="ruled", pitch=46), Scene(lines="squared", pitch=32)
GREY_SQUARES = replace(SQUARED, line_colour=(165, 165, 168), turn=5)
KINDS = {
    "several, thin pen": several(pen=(0.025, 0.045)),
    "several, pen": several(),
    "several, felt pen": several(pen=(0.1, 0.15)),
    "several, ruled": several(scene=RULED),
    "several, squared": several(scene=SQUARED),
    "several, on a desk": several(around="desk"),
    **{
        f"fills {share} %, {name}": Kind(fill=(share / 100, share / 100), pen=pen)
        for share in (25, 40, 55, 70, 85, 100)
        for name, pen in (("pen", (0.03, 0.07)), ("felt pen", (0.1, 0.17)))
    },
    "cut to the digit": Kind(fill=(1, 1), pen=(0.07, 0.17), around="cut"),
    "ruled": Kind(scene=RULED),
    "squared": Kind(scene=SQUARED),
    "squared in grey, turned": Kind(scene=GREY_SQUARES),
    "few wide lines": Kind(fill=(0.4, 0.6), scene=replace(RULED, pitch=210.0)),
    "grainy paper": Kind(scene=Scene(texture=9)),
    "blackboard": Kind(scene=Scene(**BLACKBOARD)),
    "grainy blackboard": Kind(scene=Scene(**BLACKBOARD, texture=12, noise=6)),
    "whiteboard": Kind(scene=Scene(paper=(226, 230, 234), ink=(30, 90, 60)), pen=(0.06, 0.12)),
    "sheet on a desk": Kind(around="desk", fill=(0.25, 0.4)),
    "frame": Kind(around="frame"),
    "circle": Kind(around="circle"),
    "highlighter": Kind(scene=Scene(ink=(238, 226, 70), patchy=0.1), pen=(0.1, 0.16)),
    "pencil": Kind(scene=Scene(ink=(125, 125, 130), patchy=0.4)),
    "one more at the border": Kind(around="border", fill=(0.25, 0.4)),
}


def photo_of(kind, seed, strokes):
    """A photo of that kind, and which of ``strokes`` are on it, left to right."""
    rng = np.random.default_rng(seed)
    width, height = kind.size
    count = int(rng.integers(kind.count[0], kind.count[1] + 1))
    chosen = rng.integers(0, len(strokes), count)
    side = rng.uniform(*kind.fill) * (height - 1)
    side = min(side, (width - 20) / (count * 1.15)) if count > 1 else side
    covered = np.zeros((height, width), np.float32)
    for place, index in enumerate(chosen):
        x, y = _place(kind, rng, place, count, side)
        one = cover(
            strokes[index],
            size=side * (rng.uniform(0.85, 1) if count > 1 else 1),
            pen=rng.uniform(*kind.pen) * side,
            place=(x, y),
            angle=rng.uniform(-6, 6) if side < 0.9 * height else 0,
            canvas=kind.size,
        )
        covered = np.maximum(covered, one)
    if kind.around == "border":
        other = cover(
            strokes[chosen[0] - 1],
            size=side,
            pen=rng.uniform(*kind.pen) * side,
            place=(width - 0.1 * side, height / 2),
            canvas=kind.size,
        )
        covered = np.maximum(covered, other)
    if kind.around in ("frame", "circle"):
        covered = np.maximum(covered, _drawn_around(covered, kind, rng))
    if kind.around == "cut":
        covered = _cut(covered)
        if covered.mean() > SOLID:
            return photo_of(kind, seed + 1000, strokes)
    light = LIGHTS[kind.lights[seed % len(kind.lights)]]
    photo = photograph(covered, replace(kind.scene, **light), rng)
    if kind.around == "desk":
        photo = _on_a_desk(photo, rng)
    return photo, chosen.tolist()


def _place(kind, rng, place, count, side):
    width, height = kind.size
    if count > 1:
        step = side * 1.15
        left = (width - step * count) / 2
        return left + step * (place + 0.5), height / 2 + rng.uniform(-0.15, 0.15) * side
    if kind.around == "border":
        return 0.3 * width, height / 2 + rng.uniform(-0.1, 0.1) * height
    loose = max((height - side) / 2 - 0.06 * height, 0) * 0.8
    return width / 2 + rng.uniform(-1, 1) * loose, height / 2 + rng.uniform(-1, 1) * loose


def _box(covered):
    rows, columns = np.flatnonzero(covered.max(axis=1) > 0.5), np.flatnonzero(covered.max(axis=0) > 0.5)
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def _cut(covered):
    """Cut to the ink's box, and a hair's breadth into it."""
    top, bottom, left, right = _box(covered)
    return np.ascontiguousarray(covered[top + 1 : bottom - 1, left + 1 : right - 1])


def _drawn_around(covered, kind, rng):
    """A frame with straight sides, or a circle by hand, with paper between it and the digit."""
    top, bottom, left, right = _box(covered)
    margin = rng.uniform(0.14, 0.4) * (bottom - top)
    image = Image.new("L", (covered.shape[1], covered.shape[0]))
    pen, width = ImageDraw.Draw(image), int(rng.integers(3, 9))
    x, y = (left + right) / 2, (top + bottom) / 2
    if kind.around == "frame":
        sides = (left - margin, top - margin, right + margin, bottom + margin)
        pen.rectangle(sides, outline=255, width=width)
    else:
        across, down = ((right - left) / 2 + margin) * 1.2, ((bottom - top) / 2 + margin) * 1.1
        turns = np.linspace(0, 2 * np.pi * rng.uniform(0.97, 1.03), 80)
        wobble = 1 + 0.05 * np.sin(turns * 2 + rng.uniform(0, 6))
        points = list(zip(x + across * wobble * np.cos(turns), y + down * wobble * np.sin(turns), strict=True))
        pen.line(points, fill=255, width=width, joint="curve")
    return np.asarray(image, np.float32) / 255


def _on_a_desk(photo, rng):
    """The photo's sheet on a larger, darker desk, turned a little."""
    wide, high = (round(side * rng.uniform(1.15, 1.7)) for side in photo.size)
    tone = np.array([[70, 52, 40], [95, 95, 98], [150, 120, 90], [40, 40, 45]][int(rng.integers(4))])
    grain = ndimage.gaussian_filter(rng.normal(size=(high, wide, 1)), (1, 14, 0))
    desk = tone * (1 + rng.choice([0.0, 0.06]) * grain / grain.std()) + rng.normal(0, 2, (high, wide, 3))
    table = Image.fromarray(desk.clip(0, 255).astype(np.uint8)).convert("RGBA")
    sheet = photo.convert("RGBA").rotate(rng.uniform(-7, 7), Image.Resampling.BICUBIC, expand=True)
    table.alpha_composite(
        sheet.crop((0, 0, wide, high)), (max(0, (wide - sheet.width) // 2), max(0, (high - sheet.height) // 2))
    )
    return table.convert("RGB")
