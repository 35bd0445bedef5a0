"""The same colour for the same kind of axis, everywhere."""

import pytest

from pages.shared.shapes import shape_text


@pytest.mark.parametrize(
    ("shape", "colours"),
    [
        ((64, 1, 28, 28), ["gray", "violet", "green", "green"]),
        ((1, 28, 28), ["violet", "green", "green"]),
        (("N", 10), ["gray", "orange"]),
        ((10,), ["orange"]),
        ((2, 3, 4, 5, 6), ["gray"] * 5),
    ],
)
def test_each_axis_has_its_colour_and_its_size(shape, colours):
    expected = ",\N{NO-BREAK SPACE}".join(f":{colour}[**{size}**]" for size, colour in zip(shape, colours, strict=True))
    assert shape_text(shape) == rf"\[{expected}\]"
