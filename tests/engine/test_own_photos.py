"""On every kind of photo that people take of their own digits, each digit is found, whole, and nothing else is."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from netcore.data.digits import find_digits, prepare_digits
from netcore.data.ink import find_ink, look_at, read_grey
from netcore.data.mnist import load_mnist
from netcore.data.shadows import without_shadows
from netcore.errors import DataError
from tests.engine.drawn_digits import middle_lines
from tests.engine.own_photos import KINDS, photo_of

SEEDS = (3, 4, 6)
SHADOWED = {
    "fills 100 %, felt pen": (15, 21, 27, 39, 45, 51),
    "cut to the digit": (15, 21, 27, 33, 39, 45, 51),
    "sheet on a desk": (7, 15, 27),
}
"""Photos with a broad stroke, or a sheet's side, that a shadow's edge crosses."""
PAPER, INK = (232, 230, 224), (40, 45, 90)


@pytest.fixture(scope="module")
def images():
    return load_mnist("test").images[:12].numpy()


@pytest.fixture(scope="module")
def strokes(images):
    return middle_lines(images)


def sheet(size=(400, 300), paper=PAPER):
    image = Image.new("RGB", size, paper)
    return image, ImageDraw.Draw(image)


def seven(pen, left, top, side, *, width=8, ink=INK):
    pen.line((left, top, left + 0.6 * side, top, left + 0.2 * side, top + side), fill=ink, width=width, joint="curve")


def alike(steps, image):
    """How much a prepared digit is like MNIST's own picture of it: their correlation, both softened."""
    field = np.frombuffer(bytes.fromhex(steps.pixels), np.uint8).reshape(28, 28)
    soft = [ndimage.gaussian_filter(one.astype(float), 1.2).ravel() for one in (field, image)]
    return np.corrcoef(*soft)[0, 1]


@pytest.mark.parametrize("name", KINDS)
def test_each_digit_of_a_photo_is_found_whole_and_nothing_else(images, strokes, name):
    for seed in SEEDS:
        photo, chosen = photo_of(KINDS[name], seed, strokes)
        found = prepare_digits(photo)
        assert len(found) == len(chosen), seed
        assert min(alike(steps, images[index]) for steps, index in zip(found, chosen, strict=True)) > 0.7, seed


@pytest.mark.parametrize("name", SHADOWED)
def test_a_digit_is_found_across_the_edge_of_a_shadow(images, strokes, name):
    for seed in SHADOWED[name]:
        photo, (index,) = photo_of(KINDS[name], seed, strokes)
        (steps,) = prepare_digits(photo)
        assert alike(steps, images[index]) > 0.7, seed


def shaded(image, share, seed=0):
    """The photo of a sheet whose right part lies in a shadow that leaves ``share`` of the light."""
    grey = np.asarray(image, float)
    height, width = grey.shape[:2]
    shadow = np.where(np.arange(width)[None] + 0.4 * np.arange(height)[:, None] > 0.7 * width, share, 1.0)
    lit = grey * ndimage.gaussian_filter(shadow, 4)[..., None] + np.random.default_rng(seed).normal(0, 3, grey.shape)
    return Image.fromarray(lit.clip(0, 255).astype(np.uint8))


def test_paper_is_of_one_grey_once_its_shadow_is_taken_out():
    image, pen = sheet()
    seven(pen, 60, 30, 240, width=44)
    bare = without_shadows(read_grey(shaded(image, 0.5)))
    paper = np.asarray(image.convert("L")) > 200
    assert np.ptp(ndimage.gaussian_filter(bare, 3)[ndimage.binary_erosion(paper, iterations=14)]) < 25


@pytest.mark.parametrize("grain", [0, 2, 6])
def test_clouds_are_no_digits_without_their_shadows_either(grain):
    clouds = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=(400, 500)), grain)
    with pytest.raises(DataError):
        find_digits(Image.fromarray((128 + 60 * clouds / clouds.std()).clip(0, 255).astype(np.uint8)))


def test_lines_far_apart_are_no_sheet_on_a_desk(images, strokes):
    photo, (index,) = photo_of(KINDS["few wide lines"], 5, strokes)
    (steps,) = prepare_digits(photo)
    assert alike(steps, images[index]) > 0.7


def test_a_row_of_digits_with_level_strokes_is_no_ruling():
    image, pen = sheet((640, 240))
    for place in range(5):
        seven(pen, 30 + 120 * place, 60, 120, width=5)
    (*found,) = prepare_digits(image)
    assert len(found) == 5
    assert all(dict(steps.steps[1].values)["lines"] == 0 for steps in found)


@pytest.mark.parametrize("desk", [(70, 52, 40), (130, 130, 135), (30, 30, 34)])
def test_an_evenly_lit_sheet_on_a_desk_is_the_paper_and_not_a_zero(desk):
    image, pen = sheet((480, 400), desk)
    pen.polygon([(120, 90), (360, 80), (366, 310), (126, 320)], fill=PAPER)
    seven(pen, 210, 150, 100)
    (region,) = find_digits(image)
    assert 200 < region.left < region.right < 290
    assert 140 < region.top < region.bottom < 262


def test_a_shadow_across_a_sheet_on_a_desk_leaves_it_one_sheet():
    image, pen = sheet((480, 400), (70, 52, 40))
    pen.polygon([(120, 90), (360, 80), (366, 310), (126, 320)], fill=PAPER)
    seven(pen, 210, 150, 100)
    shadow = np.where(np.arange(480) > 230, 0.55, 1)[None, :, None]
    (region,) = find_digits(Image.fromarray((np.asarray(image) * shadow).astype(np.uint8)))
    assert 200 < region.left < region.right < 290


@pytest.mark.parametrize("width", [4, 12, 26])
@pytest.mark.parametrize("is_dark", [True, False])
def test_ink_is_told_from_what_lies_between_its_strokes(width, is_dark):
    image, pen = sheet((400, 300))
    pen.ellipse((120, 40, 280, 140), outline=INK, width=width)
    pen.ellipse((110, 130, 290, 260), outline=INK, width=width)
    shade = np.linspace(1, 0.5, 400)[None, :, None]
    grey = np.asarray(image, float) if is_dark else 255 - np.asarray(image, float)
    noisy = grey * shade + np.random.default_rng(0).normal(0, 6, (300, 400, 1))
    assert find_ink(read_grey(Image.fromarray(noisy.clip(0, 255).astype(np.uint8))), even_light=True).is_dark is is_dark


def test_a_frame_and_a_circle_around_a_digit_are_left_out():
    image, pen = sheet()
    pen.rectangle((120, 60, 270, 250), outline="black", width=3)
    seven(pen, 165, 105, 100)
    assert len(find_digits(image)) == 1
    assert find_digits(image)[0].longer < 120
    pen.ellipse((20, 20, 380, 290), outline="black", width=4)
    assert find_digits(image)[0].longer < 120


def test_a_zero_with_a_dot_in_it_stays_a_zero():
    image, pen = sheet()
    pen.ellipse((120, 50, 260, 250), outline=INK, width=14)
    pen.ellipse((185, 145, 195, 155), fill=INK)
    assert find_digits(image)[0].longer > 190


@pytest.mark.parametrize("side", [8, 14, 20, 28])
def test_a_very_small_picture_is_enlarged_and_read(images, side):
    rows, columns = np.flatnonzero(images[0].max(axis=1)), np.flatnonzero(images[0].max(axis=0))
    cut = images[0][rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    small = Image.fromarray(cut).resize((side, side), Image.Resampling.BOX if side < 20 else Image.Resampling.BICUBIC)
    assert len(prepare_digits(small)) == 1
    assert look_at(small).size == (224, 224)


def test_a_highlighter_is_read_in_the_colour_in_which_it_is_dark():
    image, pen = sheet()
    seven(pen, 150, 80, 140, width=20, ink=(240, 232, 60))
    (steps,) = prepare_digits(image)
    assert 130 < steps.region.longer < 175


def test_ink_that_does_not_stand_out_is_refused_as_that_and_not_as_the_same_grey_all_over():
    with pytest.raises(DataError, match=r"no ink on the picture that stands out from its paper\. Use a darker pen"):
        find_digits(Image.linear_gradient("L"))


def test_a_digit_that_the_border_cuts_off_is_left_out_and_counted():
    rng = np.random.default_rng(0)
    image, pen = sheet((500, 300))
    seven(pen, 90, 80, 130, width=10)
    seven(pen, 440, 80, 130, width=10)
    shaded = np.asarray(image, float) * np.linspace(1, 0.7, 500)[None, :, None] + rng.normal(0, 2, (300, 500, 3))
    (steps,) = prepare_digits(Image.fromarray(shaded.clip(0, 255).astype(np.uint8)))
    assert steps.region.right < 200
    assert steps.cut_off == 1
