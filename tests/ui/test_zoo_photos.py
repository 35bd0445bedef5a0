"""Uploads of every make through the zoo page: what comes out right, and what is refused in a sentence."""

import pytest

from pages.shared import text
from tests.engine.photo_files import ACCEPTED, RED, REFUSED, picture

NAME = "file.tif"
"""Each file is called so, whatever it is."""


@pytest.fixture
def zoo(open_page):
    return open_page("zoo")


def answers(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def upload(app, *files):
    for name, data in files:
        app.file_uploader(key="zoo_upload").upload(name, data)
    app.run()
    assert not app.exception


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_usable_picture_is_refused_with_its_reason_and_its_name(zoo, data, sentence):
    upload(zoo, (NAME, data))
    assert answers(zoo) == []
    (error,) = zoo.error
    assert error.value.startswith("**file.tif**: ")
    what = sentence.removesuffix(", not a picture").replace("This file is", "This file says it is a TIFF but is")
    assert what in error.value


@pytest.mark.parametrize(("data", "size", "colour"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_picture_of_any_make_is_shown_upright_in_its_colours_and_classified(zoo, shown, data, size, colour):
    shown.clear()
    upload(zoo, (NAME, data))
    assert (len(zoo.error), len(answers(zoo))) == (0, 1)
    (image,) = shown
    assert abs(image.width / image.height - size[0] / size[1]) < 0.02 * size[0] / size[1]
    middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert all(abs(got - wanted) <= 6 for got, wanted in zip(middle, colour, strict=True))


@pytest.mark.parametrize(
    "name",
    [
        "../../photo.png",
        "con.png",
        "x" * 250 + ".png",
        "\u202egnp.exe.png",
        "<script>alert(1)</script>.png",
        "two\nlines.png",
        "![](http://example.org/x.png).png",
        "=HYPERLINK(1).png",
    ],
)
def test_a_hostile_file_name_is_shown_as_it_is(zoo, name):
    upload(zoo, (name, picture()))
    (image,) = zoo.image
    assert image.captions == [text.plain(name)]
    assert len(answers(zoo)) == 1


def test_a_photo_from_the_camera_comes_before_files(zoo):
    zoo.toggle(key="zoo_camera").set_value(True).run()
    zoo.camera_input(key="zoo_camera_photo").set_value(("photo.jpg", picture(format="JPEG"), "image/jpeg")).run()
    upload(zoo, ("other.png", picture()))
    assert [image.captions[0].split(" · ")[0] for image in zoo.image] == ["From the camera", "other.png"]


def test_a_page_that_is_opened_anew_begins_without_the_photos_of_before(zoo, open_page):
    upload(zoo, ("red.png", picture(colour=RED)))
    address = zoo.query_params["w"]
    again = open_page("zoo", address[0] if isinstance(address, list) else address)
    assert [image.captions for image in again.image] == [["Cat"]]
    assert len(answers(again)) == 1
