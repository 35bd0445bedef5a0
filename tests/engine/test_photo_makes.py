"""What phones, cameras and programs write is read as it looks there; what is no whole picture is refused in words."""

import threading

import pytest
from PIL import Image

from netcore.data.decoding import decode
from netcore.data.photo_kinds import DECODERS, ENDINGS, identify
from netcore.data.photos import decode_photo
from netcore.data.transparency import on_paper, paper_behind
from netcore.errors import PhotoError
from tests.engine.photo_files import RED
from tests.engine.photo_makes import BACKGROUNDS, NOT_READ, READ, coloured, heic, page


@pytest.fixture
def decoded(monkeypatch):
    """The worker's task, in this process: the wall around it has its own tests."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)

    def ask(data, claimed=""):
        size, pixels = decode({"claimed": claimed}, data, threading.Event())
        return Image.frombytes("RGB", (size["width"], size["height"]), pixels)

    return ask


def middle(image):
    return image.getpixel((image.width // 2, image.height // 2))


@pytest.mark.parametrize(("data", "size", "colour"), READ.values(), ids=READ)
def test_a_picture_of_every_maker_is_read(decoded, data, size, colour):
    image = decoded(data)
    assert image.size == size
    assert all(abs(got - wanted) <= 6 for got, wanted in zip(middle(image), colour, strict=True))


@pytest.mark.parametrize(("data", "sentence"), NOT_READ.values(), ids=NOT_READ)
def test_a_bomb_or_half_a_picture_is_refused_in_words_that_name_its_kind(decoded, data, sentence):
    with pytest.raises(PhotoError) as caught:
        decoded(data)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("make", ["heic in tiles", "avif", "tiff, lzw"])
def test_its_decoder_works_behind_the_wall(make):
    data, size, colour = READ[make]
    image = decode_photo(data)
    assert (image.size, image.info) == (size, {})
    assert all(abs(got - wanted) <= 6 for got, wanted in zip(middle(image), colour, strict=True))


def test_a_damaged_heic_comes_with_what_to_set_on_an_iphone(decoded):
    with pytest.raises(PhotoError, match="Settings > Camera > Formats > Most Compatible"):
        decoded(heic()[:400])


def test_a_file_that_is_called_avif_and_is_none_is_told_apart(decoded):
    with pytest.raises(PhotoError, match="This file says it is an AVIF but is a web page"):
        decoded(b"<html></html>", claimed="AVIF")


def test_what_the_uploader_offers_is_what_is_decoded():
    assert set(ENDINGS.values()) == set(DECODERS)
    made = {identify(data) for data, _, _ in READ.values()}
    assert set(DECODERS) - made == {"GIF"}  # among the files of tests/engine/photo_files.py


@pytest.mark.parametrize(("image", "level"), BACKGROUNDS.values(), ids=BACKGROUNDS)
def test_what_is_transparent_gets_the_paper_on_which_the_rest_is_seen(image, level):
    assert paper_behind(image.convert("RGBA")) == level
    assert on_paper(image).getpixel((0, 0)) == (level,) * 3


def test_a_page_with_a_transparent_border_keeps_its_ink():
    shown = on_paper(page())
    assert (shown.getpixel((15, 24)), shown.getpixel((40, 24))) == ((0, 0, 0), (255, 255, 255))


def test_colours_multiplied_by_their_alpha_are_the_same_picture():
    image = coloured("RGBA", (*RED, 128))
    plain, multiplied = on_paper(image).getpixel((0, 0)), on_paper(image.convert("RGBa")).getpixel((0, 0))
    assert all(abs(a - b) <= 2 for a, b in zip(plain, multiplied, strict=True))
