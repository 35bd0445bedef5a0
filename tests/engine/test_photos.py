"""An upload becomes pixels, or a sentence that says why not; nothing else of the file gets through."""

import time

import pytest
from PIL import Image

from netcore.data.photos import decode_photo, example_photos
from netcore.errors import PhotoError
from tests.engine.photo_files import ACCEPTED, REFUSED, WHITE, picture, saved, zipped


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_no_usable_picture_is_refused_with_its_reason(data, sentence):
    start = time.perf_counter()
    with pytest.raises(PhotoError) as caught:
        decode_photo(data)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(("data", "size", "colour"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_picture_of_any_make_becomes_plain_rgb_pixels(data, size, colour):
    image = decode_photo(data)
    assert (image.mode, image.size, image.info) == ("RGB", size, {})
    middle = image.getpixel((image.width // 2, image.height // 2))
    assert all(abs(got - wanted) <= 4 for got, wanted in zip(middle, colour, strict=True))


def test_a_name_that_promises_a_picture_is_confronted_with_the_content():
    with pytest.raises(PhotoError, match="This file says it is a PNG but is a ZIP archive"):
        decode_photo(zipped(), "../../holiday.PNG")


def test_a_wrong_name_does_not_matter_where_the_content_is_a_picture():
    assert decode_photo(picture(format="JPEG"), "holiday.png").size == (64, 48)


def test_exif_turns_the_picture_the_right_way():
    half = Image.new("RGB", (64, 48), WHITE)
    half.paste((0, 0, 0), (0, 0, 32, 48))
    exif = Image.Exif()
    exif[0x0112] = 6
    image = decode_photo(saved(half, "JPEG", exif=exif.tobytes(), quality=95))
    assert image.getpixel((24, 5))[0] < 40
    assert image.getpixel((24, 58))[0] > 215


def test_the_example_pictures_can_be_read():
    assert [(photo.name, decode_photo(photo.path.read_bytes()).size) for photo in example_photos()] == [
        ("cat", (451, 300)),
        ("espresso", (600, 400)),
        ("rocket", (640, 427)),
    ]
