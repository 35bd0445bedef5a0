"""Uploads of every make through the samples page: what is shown and answered, and what is refused in a sentence."""

import pytest
from PIL import Image

from pages.shared import text
from tests.engine.photo_files import ACCEPTED, REFUSED, saved
from tests.ui.own_help import ONE, moved, sheet


@pytest.fixture
def page(open_page):
    return choose(open_page("samples"), "upload")


def choose(app, source):
    app.get_by_key("samples_source").set_value(source).run()
    assert not app.exception
    return app


def upload(app, name, data):
    app.file_uploader(key="own_upload").upload(name, data)
    app.run()
    assert not app.exception


def answers(app):
    return [title.value for title in app.title if ":gray[" in title.value]


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_usable_picture_is_refused_with_its_reason(page, data, sentence):
    upload(page, "file.tif", data)
    (error,) = page.error
    kind = sentence.removesuffix(", not a picture")
    assert kind.replace("This file is", "This file says it is a TIFF but is") in error.value
    assert answers(page) == []
    assert not page.tabs


@pytest.mark.parametrize(("data", "size", "colour"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_picture_of_any_make_is_shown_upright_and_without_ink_it_says_so(page, shown, data, size, colour):
    shown.clear()
    upload(page, "file.tif", data)
    image = shown[0]
    assert abs(image.width / image.height - size[0] / size[1]) < 0.02 * size[0] / size[1]
    middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert all(abs(got - wanted) <= 6 for got, wanted in zip(middle, colour, strict=True))
    (error,) = page.error
    assert "no ink on the picture" in error.value


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_a_digit_on_paper_is_answered_whatever_its_file(page, format):
    upload(page, f"one.{format.lower()}", saved(sheet(ONE), format))
    assert not page.error
    assert len(answers(page)) == 1


def test_several_digits_on_a_photo_are_counted_and_answered_one_by_one(page):
    upload(page, "three.png", saved(sheet(ONE, moved(ONE, 150), moved(ONE, 300)), "PNG"))
    assert not page.error
    assert [button.key for button in page.button if button.key and button.key.startswith("own_digit_")] == [
        "own_digit_0",
        "own_digit_1",
        "own_digit_2",
    ]


@pytest.mark.parametrize("name", ["../../photo.png", "<script>alert(1)</script>.png", "![](http://example.org/x).png"])
def test_a_hostile_file_name_is_shown_as_it_is(page, name):
    upload(page, name, saved(sheet(ONE), "PNG"))
    assert page.image[0].captions == [text.plain(name)]


def test_a_photo_from_the_camera_is_answered(page):
    choose(page, "camera")
    page.camera_input(key="own_camera").set_value(("photo.jpg", saved(sheet(ONE), "JPEG"), "image/jpeg")).run()
    assert not page.exception
    assert not page.error
    assert len(answers(page)) == 1


def test_the_photo_waits_while_one_is_on_another_page(page):
    upload(page, "one.png", saved(sheet(ONE), "PNG"))
    before = answers(page)
    page.switch_page("pages/model.py").run()
    page.switch_page("pages/samples.py").run()
    choose(page, "upload")
    assert answers(page) == before != []


def test_another_photo_takes_the_place_of_the_first_and_taking_it_away_leaves_none(page):
    upload(page, "one.png", saved(sheet(ONE), "PNG"))
    upload(page, "blank.png", saved(Image.new("RGB", (64, 64), "white"), "PNG"))
    assert answers(page) == []
    assert "no ink on the picture" in page.error[0].value
    page.file_uploader(key="own_upload").set_value(None).run()
    assert not page.error
    assert "Upload a photo" in page.info[0].value


def test_an_example_sheet_stands_in_for_paper_and_each_click_gives_another_one(page):
    seen = set()
    for _ in range(2):
        next(button for button in page.button if button.label == "Take an example sheet").click().run()
        assert not page.exception
        assert not page.error
        assert page.image[0].captions == ["Example sheet"]
        assert len(page.title[1].value) == 4
        seen.add(tuple(answers(page)))
    assert len(seen) == 2
