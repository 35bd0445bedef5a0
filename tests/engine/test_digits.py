"""A drawn or photographed digit becomes a network's input, step by step, or is refused in words."""

from dataclasses import fields, replace

import numpy as np
import pytest
from PIL import Image

from netcore.data.digits import (
    MAX_DIGITS,
    DigitOptions,
    Region,
    find_digits,
    prepare_digit,
    prepare_digits,
    prepare_ways,
)
from netcore.data.mnist import load_mnist
from netcore.errors import DataError, PhotoError
from tests.engine.drawn_digits import cover, drawn, middle_lines, resized, transparent
from tests.engine.photographed_digits import Scene, photograph

STEPS = [field.name for field in fields(DigitOptions)]


@pytest.fixture(scope="module")
def strokes():
    """Of the test digits 7, 2, 1, 0, 4, 1, 4, 9, 5, 9; the 5 has a bar that does not touch."""
    return middle_lines(load_mnist("test").images[:10].numpy())


def on_canvas(strokes, *places, size=90, pen=9):
    """The coverage of several digits on one canvas of 560 x 560."""
    parts = [
        cover(one, size=size, pen=pen, place=place, canvas=(560, 560))
        for one, place in zip(strokes, places, strict=True)
    ]
    return np.maximum.reduce(parts)


def field(steps):
    return np.frombuffer(bytes.fromhex(steps.pixels), np.uint8).reshape(28, 28)


def values(steps, name):
    return dict(next(step for step in steps.steps if step.name == name).values)


def test_steps_come_in_the_order_of_their_options_each_with_a_small_picture(strokes):
    steps = prepare_digit(transparent(cover(strokes[0], size=150, pen=14, place=(100, 120))))
    assert [step.name for step in steps.steps] == ["grey", *STEPS]
    assert all(len(step.pixels) == 2 * step.width * step.height for step in steps.steps)
    assert max(max(step.width, step.height) for step in steps.steps) <= 96
    assert all(step.is_on for step in steps.steps)
    assert (steps.shape, steps.highest) == ((1, 1, 28, 28), 1)


def test_ink_is_found_scaled_to_twenty_and_centred_on_pixel_fourteen(strokes):
    steps = prepare_digit(transparent(cover(strokes[1], size=150, pen=14, place=(100, 180))))
    assert abs(steps.region.longer - 150) <= 2
    assert abs(steps.region.left + steps.region.width / 2 - 100) <= 2
    assert max(values(steps, "fit").values()) == 20
    weights = field(steps).astype(float)
    assert weights.max() == 255 and not weights[0].any() and not weights[:, 0].any()
    down, right = (np.average(np.arange(28), weights=weights.sum(axis=axis)) for axis in (1, 0))
    assert abs(down - 14) <= 0.51 and abs(right - 14) <= 0.51


def test_mnist_digit_enlarged_comes_back_nearly_as_it_was():
    images = load_mnist("test").images[:40].numpy()
    off = [
        np.abs(field(prepare_digit(drawn(resized(image, size=200, place=(140, 140))))).astype(int) - image).mean()
        for image in images
    ]
    assert np.mean(off) < 10


@pytest.mark.parametrize(
    ("ink", "paper"),
    [(0, 255), (255, 0), (150, 190), (190, 150), ((220, 30, 30), (250, 240, 120)), ((30, 60, 160), (255, 255, 255))],
)
def test_colours_of_ink_and_paper_do_not_matter(strokes, ink, paper):
    covered = cover(strokes[4], size=150, pen=14, place=(140, 140))
    expected = field(prepare_digit(drawn(covered))).astype(int)
    assert np.abs(field(prepare_digit(drawn(covered, ink=ink, paper=paper))) - expected).mean() < 4


@pytest.mark.parametrize("ink", [(0, 0, 0), (255, 255, 255), (40, 40, 220)])
def test_transparent_canvas_is_paper_whatever_the_ink(strokes, ink):
    covered = cover(strokes[4], size=150, pen=14, place=(140, 140))
    expected = field(prepare_digit(drawn(covered))).astype(int)
    assert np.abs(field(prepare_digit(transparent(covered, ink=ink))) - expected).mean() < 4


def test_thin_and_thick_pens_come_to_the_width_of_mnist(strokes):
    for pen in (2, 14, 45):
        steps = prepare_digit(drawn(cover(strokes[0], size=230, pen=pen, place=(140, 140))))
        assert 1.8 <= values(steps, "pen")["after"] <= 4.7
    assert values(prepare_digit(drawn(cover(strokes[0], size=230, pen=2, place=(140, 140)))), "pen")["before"] < 0.6


@pytest.mark.parametrize("name", STEPS)
def test_step_switched_off_says_so_and_leaves_a_field_of_784(strokes, name):
    image = drawn(cover(strokes[1], size=120, pen=3, place=(90, 180)))
    with_all, without = prepare_digit(image), prepare_digit(image, DigitOptions(**{name: False}))
    assert len(without.pixels) == 2 * 784
    assert [step.name for step in without.steps if not step.is_on] == [name]
    if name in ("light", "specks", "scale", "batch"):  # nothing to do on a clean drawing, or not in the grey levels
        assert without.pixels == with_all.pixels
    else:
        assert without.pixels != with_all.pixels


def test_any_subset_of_steps_leaves_a_field(strokes):
    image = photograph(
        cover(strokes[1], size=120, pen=6, place=(90, 180)), Scene(gradient=0.5), np.random.default_rng(0)
    )
    for chosen in range(0, 2 ** len(STEPS), 7):
        options = DigitOptions(**{name: bool(chosen >> at & 1) for at, name in enumerate(STEPS)})
        assert len(prepare_digit(image, options).pixels) == 2 * 784


def test_without_scale_and_batch_the_network_gets_other_numbers_and_another_shape(strokes):
    image = drawn(cover(strokes[1], size=120, pen=12, place=(90, 180)))
    steps = prepare_digit(image, DigitOptions(scale=False, batch=False))
    assert (steps.shape, steps.highest) == ((1, 28, 28), 255)


def test_without_white_ink_the_field_is_the_same_with_its_colours_turned_over(strokes):
    image = drawn(cover(strokes[1], size=120, pen=12, place=(90, 180)))
    turned = field(prepare_digit(image, DigitOptions(ink=False)))
    assert np.abs(255 - turned.astype(int) - field(prepare_digit(image))).max() <= 2


def test_specks_are_dropped_and_counted(strokes):
    covered = cover(strokes[1], size=120, pen=12, place=(140, 140))
    expected = prepare_digit(drawn(covered)).pixels
    dirty = covered.copy()
    dirty[20:24, 30:34] = dirty[250:253, 240:243] = 1
    steps = prepare_digit(drawn(dirty))
    assert steps.pixels == expected
    assert values(steps, "specks") == {"kept": 1, "dropped": 2}
    assert prepare_digit(drawn(dirty), DigitOptions(specks=False)).pixels != expected


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGBA", (280, 280)),
        Image.new("RGB", (300, 200), "black"),
        Image.new("RGB", (300, 200), "white"),
        Image.fromarray(np.random.default_rng(0).normal(128, 3, (200, 200)).clip(0, 255).astype(np.uint8)),
    ],
    ids=["empty canvas", "black", "white", "faint noise"],
)
def test_picture_without_ink_is_refused_in_words(image):
    for ask in (prepare_digit, find_digits, prepare_digits):
        with pytest.raises(
            DataError, match=r"There is no ink on the picture: it is the same grey all over\. Draw a digit"
        ):
            ask(image)


@pytest.mark.parametrize(("noise", "side"), [(10, 200), (10, 800), (25, 200), (25, 800), (60, 200)])
def test_noise_is_no_digit(noise, side):
    grey = np.random.default_rng(0).normal(128, noise, (side, side)).clip(0, 255).astype(np.uint8)
    with pytest.raises(DataError, match=r"speckled all over|specks|digits or more|stands out from its paper"):
        find_digits(Image.fromarray(grey))


def test_nothing_but_specks_is_refused_in_words():
    dots = (np.random.default_rng(0).random((200, 200)) > 0.003) * np.uint8(255)
    with pytest.raises(DataError, match=r"There is nothing but specks on the picture\. Draw the digit larger"):
        find_digits(Image.fromarray(dots))


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (10_000, 8), (7000, 7000)])
def test_picture_of_a_senseless_size_is_refused(size):
    with pytest.raises(PhotoError, match="The picture is"):
        prepare_digit(Image.new("L", size))


def test_digits_are_found_line_after_line_and_from_left_to_right(strokes):
    places = [(80, 100), (200, 110), (330, 95), (460, 105), (140, 300), (300, 310)]
    regions = find_digits(transparent(on_canvas(strokes[:6], *places)))
    assert len(regions) == 6
    for region, (x, y) in zip(regions, places, strict=True):
        assert region.left < x < region.right and region.top < y < region.bottom


def test_each_digit_is_prepared_as_if_it_were_alone(strokes):
    places = [(80, 200), (200, 220), (330, 180)]
    together = prepare_digits(drawn(on_canvas(strokes[:3], *places)))
    alone = [prepare_digit(drawn(on_canvas([one], place))) for one, place in zip(strokes, places, strict=False)]
    assert [steps.pixels for steps in together] == [steps.pixels for steps in alone]
    assert [steps.region for steps in together] == [steps.region for steps in alone]


def test_region_that_was_found_gives_the_same_digit_again(strokes):
    image = drawn(on_canvas(strokes[:3], (80, 200), (200, 220), (330, 180)))
    for steps in prepare_digits(image):
        assert prepare_digit(image, region=steps.region).pixels == steps.pixels


def test_strokes_that_do_not_touch_stay_together(strokes):
    image = drawn(on_canvas([strokes[8], strokes[3]], (120, 200), (300, 200), size=130))
    assert len(find_digits(image)) == 2  # the 5 with its bar apart, and a 0


def test_digits_close_to_each_other_are_told_apart(strokes):
    image = drawn(on_canvas(strokes[:3], (100, 200), (185, 200), (250, 200)))
    assert len(find_digits(image)) == 3


def test_more_digits_than_are_told_apart_are_refused_in_words(strokes):
    places = [(40 + 75 * (at % 7), 60 + 120 * (at // 7)) for at in range(MAX_DIGITS + 1)]
    image = drawn(on_canvas([strokes[at % 5] for at in range(len(places))], *places, size=50, pen=6))
    with pytest.raises(DataError, match=rf"There are {MAX_DIGITS + 1} digits or more on the picture\. Take a part"):
        find_digits(image)


PLAIN = Scene()
SCENES = {
    "plain": PLAIN,
    "gradient": replace(PLAIN, gradient=0.6),
    "shadow edge": replace(PLAIN, shadow=0.55),
    "squared blue": replace(PLAIN, lines="squared"),
    "squared grey": replace(PLAIN, lines="squared", line_colour=(170, 170, 170)),
    "ruled": replace(PLAIN, lines="ruled", pitch=70),
    "turned": replace(PLAIN, lines="squared", turn=10),
    "table": replace(PLAIN, table=0.25, turn=6),
    "chalk": replace(PLAIN, paper=(40, 60, 50), ink=(225, 225, 215)),
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_one_digit_on_a_photo_is_one_digit_whatever_lies_around_it(strokes, scene):
    covered = cover(strokes[1], size=150, pen=8, place=(400, 300), canvas=(800, 600))
    (region,) = find_digits(photograph(covered, scene, np.random.default_rng(3)))
    assert 100 < region.longer < 200


def test_several_digits_on_squared_paper_are_found(strokes):
    places = [(200, 250), (330, 260), (470, 250), (600, 255)]
    covered = np.maximum.reduce(
        [
            cover(one, size=90, pen=7, place=place, canvas=(800, 600))
            for one, place in zip(strokes, places, strict=False)
        ]
    )
    scene = Scene(lines="squared", gradient=0.4, shadow=0.4)
    assert len(find_digits(photograph(covered, scene, np.random.default_rng(1)))) == 4


def test_a_digit_under_several_options_at_once_is_what_it_is_under_each(strokes):
    image = transparent(cover(strokes[0], size=150, pen=5, place=(140, 140)))
    ways = [DigitOptions(), *(replace(DigitOptions(), **{name: False}) for name in STEPS)]
    assert prepare_ways(image, ways) == tuple(prepare_digit(image, way) for way in ways)


def test_options_that_leave_nothing_of_a_digit_have_the_reason_in_its_place(strokes):
    covered = cover(strokes[1], size=150, pen=8, place=(400, 300), canvas=(800, 600))
    photo = photograph(covered, Scene(lines="squared", shadow=0.5, gradient=0.4), np.random.default_rng(3))
    nowhere = Region(0, 0, 1, 1)
    made = prepare_ways(photo, [DigitOptions(), DigitOptions(specks=False)], nowhere)
    assert [str(refusal) for refusal in made] == [
        "There is nothing but specks on the picture. Draw the digit larger, or take the photo closer.",
        "There is no ink left of this digit. Switch a step on again.",
    ]
