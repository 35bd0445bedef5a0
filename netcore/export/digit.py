"""A digit's way from its picture to the logits, as a script of its own. Knows nothing of the screen that shows it.

The script holds the very functions that ours calls, read from their files, and of these only what its steps need:
that is why its numbers are ours, on photographs too.
"""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

from netcore import settings
from netcore.data import (
    decoding,
    ink,
    lighting,
    parts,
    polarity,
    regions,
    ruling,
    shadows,
    shaping,
    transparency,
)
from netcore.data.digits import SOFT_EDGE, DigitOptions, Region
from netcore.export.source import seed_lines, seeded_source, weights_lines
from netcore.model.spec import NetworkSpec
from netcore.syntax import parse_python

_MODULES = (settings, decoding, ruling, shadows, lighting, polarity, transparency, ink, parts, regions, shaping)
"""In the order in which a script can define what stands in them."""

_FIRST = "from __future__ import annotations\n"
_IMPORTS = """\
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage
from torch import nn
"""
_ERRORS = """\
class DataError(ValueError):
    def __init__(self, what, cure, **values):
        super().__init__(f"{what} {cure}".format(**values))


PhotoError = DataError
"""


def own_digit_source(
    network: NetworkSpec,
    *,
    seed: int,
    options: DigitOptions,
    region: Region | None = None,
    trained: bool = False,
    mode: str = "eval",
) -> str:
    """A script that makes a network's input of ``digit.png`` beside it and prints the logits that the page shows.

    Steps that ``options`` switches off are left out, and so is what only they need. ``region`` is one digit of several
    on the picture, as ``find_digits`` gives it. ``trained`` takes the weights from ``checkpoint_best.pth`` beside the
    script; ``mode`` is ``"eval"`` or ``"train"``, whose random numbers come from ``seed``.
    """
    steps = "\n".join(step_lines(options, region))
    end = [*weights_lines(trained=trained, mode=mode), *seed_lines(seed=seed, mode=mode)]
    end += ["with torch.inference_mode():", "    logits = model(x)", "print(logits.tolist())"]
    script = [seeded_source(network, seed, _IMPORTS.rstrip()).rstrip(), _ERRORS, *_needed(steps), steps, "\n".join(end)]
    whole = "\n\n\n".join(part.strip() for part in script)
    # A class of one's own may begin with the same line, which must stand first.
    return f"{_FIRST}\n{whole.replace(_FIRST, '')}\n"


def step_lines(options: DigitOptions, region: Region | None) -> list[str]:
    """The lines from ``digit.png`` to ``x``: what the steps that are switched on do, and no others."""
    lines = [
        'grey = read_grey(Image.open("digit.png"))  # [H, W]',
        "ink = find_digit_ink(grey)" if options.light else "ink = find_ink(grey, even_light=False)",
        "labels, parts = label_parts(ink.mask)",
    ]
    if region:
        lines += [f"region = {region!r}", "parts = [part for part in parts if region.holds(part.region)]"]
    if options.specks:
        lines += ["parts = keep_digits(parts, labels, is_drawing=ink.is_drawing)"]
    lines += [
        "chosen = np.isin(labels, [label for part in parts for label in part.labels])",
        "level = ink.level  # 0 is paper, 1 is ink",
    ]
    if options.specks:
        lines += [
            f"around = ndimage.binary_dilation(chosen, iterations={SOFT_EDGE})",
            "level = np.where(around, level, 0).astype(np.float32)",
        ]
    if options.crop:
        lines += ["level = level[box_of(chosen)]"]
    elif region:
        lines += ["level = level[region.widened(grey.shape).rows_and_columns]"]
    if options.pen:
        lines += ["level = set_pen(level)"]
    lines += [f"field = place(fit(level, keep_aspect={options.fit}))  # [28, 28]"]
    if options.centre:
        lines += ["field = np.roll(field, shift_to_centre(field), (0, 1))"]
    shown = "255 * field" if options.ink else "ink.paper + (ink.ink - ink.paper) * field"
    lines += [f"pixels = ({shown}).round().clip(0, 255).astype(np.uint8)", "x = torch.from_numpy(pixels).float()"]
    if options.scale:
        lines += ["x = x / 255"]
    axes = ("unsqueeze(0).unsqueeze(0)", "1, 1") if options.batch else ("unsqueeze(0)", "1")
    return [*lines, f"x = x.{axes[0]}  # [{axes[1]}, 28, 28]"]


def _needed(steps: str) -> list[str]:
    """The definitions in our modules that ``steps`` uses, and that these use, in their order."""
    definitions: dict[str, tuple[str, ast.stmt]] = {}
    for module in _MODULES:
        more = _definitions(module)
        assert not definitions.keys() & more.keys(), "a script has one meaning for a name"
        definitions |= more
    needed: set[str] = set()
    wanted = _names(parse_python(steps))
    while wanted:
        name = wanted.pop()
        if name in definitions and name not in needed:
            needed.add(name)
            wanted |= _names(definitions[name][1])
    return list(dict.fromkeys(text for name, (text, _) in definitions.items() if name in needed))


def _definitions(module: ModuleType) -> dict[str, tuple[str, ast.stmt]]:
    """What a module defines at its top, by name: the text and its tree."""
    source = inspect.getsource(module)
    found: dict[str, tuple[str, ast.stmt]] = {}
    for node in parse_python(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            names = [node.name]
        elif isinstance(node, ast.Assign):
            first = node.lineno
            names = [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
        else:
            continue
        text = "\n".join(source.splitlines()[first - 1 : node.end_lineno])
        found |= dict.fromkeys(names, (text, node))
    return found


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
