"""Photographs of digits on paper, made up: paper, lines, pen, light, lens, camera. All by a seed."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage


@dataclass(frozen=True)
class Scene:
    """What the photo is like; the plainest of all by default. Lengths are pixels of the photo."""

    paper: tuple[int, int, int] = (235, 232, 225)
    texture: float = 2.0
    """Grey levels by which the paper's fibres differ."""
    ink: tuple[int, int, int] = (40, 45, 90)
    patchy: float = 0.15
    """How unevenly a ballpoint gives ink."""
    lines: str = ""
    """``"squared"`` or ``"ruled"``."""
    line_colour: tuple[int, int, int] = (150, 180, 220)
    line_width: float = 2.0
    pitch: float = 52.0
    gradient: float = 0.0
    """By how much the far corner is darker, from 0 to 1."""
    shadow: float = 0.0
    """How dark a shadow with an edge across the paper is, from 0 to 1."""
    vignette: float = 0.0
    turn: float = 0.0
    """Degrees by which the whole sheet is turned."""
    lean: float = 0.0
    """How much narrower the far side of the sheet is, from 0 to 1."""
    table: float = 0.0
    """The share of the photo's width and height that a dark table takes on one side."""
    blur: float = 1.0
    noise: float = 3.0
    quality: int = 85


def photograph(covered, scene, rng):
    """The photo (RGB) of a sheet with ink where ``covered`` (``float [H, W]``, from 0 to 1) says so."""
    height, width = covered.shape
    sheet = np.empty((height, width, 3), np.float32)
    fibres = ndimage.gaussian_filter(rng.normal(size=covered.shape), 1.5)
    sheet[:] = np.array(scene.paper) + (scene.texture * fibres / fibres.std())[..., None]
    if scene.lines:
        sheet += _lines(covered.shape, scene, rng)[..., None] * (np.array(scene.line_colour) - sheet)
    thin = 1 - scene.patchy * rng.random() * ndimage.zoom(rng.random((height // 8 + 1, width // 8 + 1)), 8, order=1)
    sheet += (covered * thin[:height, :width])[..., None] * (np.array(scene.ink) - sheet)
    sheet = _seen_from_the_side(sheet, scene, rng) * _light(covered.shape, scene, rng)[..., None]
    sheet = ndimage.gaussian_filter(sheet, (scene.blur, scene.blur, 0)) + rng.normal(0, scene.noise, sheet.shape)
    file = io.BytesIO()
    Image.fromarray(sheet.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=scene.quality)
    return Image.open(file).convert("RGB")


def _lines(shape, scene, rng):
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    axes = [y, x] if scene.lines == "squared" else [y]
    away = [np.abs((axis + rng.uniform(0, scene.pitch)) % scene.pitch - scene.pitch / 2) for axis in axes]
    return np.clip(scene.line_width / 2 + 0.5 - np.minimum.reduce(away), 0, 1)


def _light(shape, scene, rng):
    y, x = np.mgrid[-0.5 : 0.5 : shape[0] * 1j, -0.5 : 0.5 : shape[1] * 1j].astype(np.float32)
    way = rng.uniform(0, 2 * np.pi)
    across = np.cos(way) * x + np.sin(way) * y
    light = 1 - scene.gradient * (across + 0.7) / 1.4
    edge = 1 / (1 + np.exp(-(across - rng.uniform(-0.2, 0.2)) * rng.uniform(30, 200)))
    return light * (1 - scene.shadow * edge) * (1 - scene.vignette * (x**2 + y**2) * 2)


def _seen_from_the_side(sheet, scene, rng):
    if not (scene.turn or scene.lean or scene.table):
        return sheet
    height, width = sheet.shape[:2]
    turn, lean = np.deg2rad(scene.turn * rng.choice([-1, 1])), scene.lean * rng.choice([-1, 1])
    grow = 1 + 0.6 * abs(np.sin(turn)) + abs(lean)
    corners = []
    for x, y in ((0, 0), (0, height), (width, height), (width, 0)):
        dx, dy = (x - width / 2) / grow, (y - height / 2) / grow
        dx *= 1 + lean * dy * grow / height
        corners += [
            dx * np.cos(turn) - dy * np.sin(turn) + width / 2,
            dx * np.sin(turn) + dy * np.cos(turn) + height / 2,
        ]
    if scene.table:
        side = rng.integers(4)
        by = scene.table * (width if side % 2 else height) * (1 if side < 2 else -1)
        corners = [value + by * (at % 2 != side % 2) for at, value in enumerate(corners)]
    table = ndimage.gaussian_filter(rng.normal(size=sheet.shape), (1, 12, 0))
    table = (
        np.array([70, 50, 38]) * (1 + 0.15 * table / table.std()) if scene.table else np.full(sheet.shape, scene.paper)
    )
    planes = [_perspective(sheet[..., axis], corners) for axis in range(3)]
    there = _perspective(np.ones(sheet.shape[:2], np.float32), corners)[..., None]
    return np.stack(planes, axis=-1) + (1 - there) * table


def _perspective(plane, corners):
    height, width = plane.shape
    rows, target = [], []
    for (x, y), (u, v) in zip(
        np.reshape(corners, (4, 2)), ((0, 0), (0, height), (width, height), (width, 0)), strict=True
    ):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        target += [u, v]
    image = Image.fromarray(plane.astype(np.float32))
    return np.asarray(
        image.transform(
            image.size, Image.Transform.PERSPECTIVE, np.linalg.solve(rows, target), Image.Resampling.BILINEAR
        )
    )
