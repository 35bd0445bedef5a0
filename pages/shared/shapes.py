"""Shapes as coloured Markdown: the heart of the course, the same everywhere. Knows nothing of tensors."""

from __future__ import annotations

from collections.abc import Sequence

_AXES = {
    1: ("orange",),
    2: ("gray", "orange"),
    3: ("violet", "green", "green"),
    4: ("gray", "violet", "green", "green"),
}


def axis_colours(axes: int) -> tuple[str, ...]:
    """The name of the colour of each axis of a shape with that many."""
    return _AXES.get(axes, ("gray",) * axes)


def shape_text(shape: Sequence[int | str]) -> str:
    """``[64, 1, 28, 28]`` with the batch grey, channels violet, height and width teal, features orange.

    Three axes are one picture, ``[channels, height, width]``; two are ``[batch, features]``. Markdown has no coloured
    monospace, so the sizes are bold; the spaces do not break, so a shape stays on one line.
    """
    sizes = zip(shape, axis_colours(len(shape)), strict=True)
    axes = ",\N{NO-BREAK SPACE}".join(f":{colour}[**{size}**]" for size, colour in sizes)
    return rf"\[{axes}\]"
