"""Looking through MNIST as a visitor does: filters, orders, pages, mean images, neighbours."""

import json

import pytest

from netcore.data.mnist import load_mnist
from pages.shared import browse, digit_sheet, digits, sample_picker
from pages.shared.digit_sheet import Tile
from tests.ui.test_samples_walk import said, take, take_class


@pytest.fixture
def sheets(monkeypatch):
    """The digits of every sheet that was drawn last, by the sheet's key: its click is the browser's."""
    drawn = {}
    monkeypatch.setattr(
        digit_sheet, "draw", lambda key, split, tiles, columns, label: drawn.update({key: (split, tiles, label)})
    )
    return drawn


@pytest.fixture
def page(open_page, sheets):
    app = open_page("samples")
    app.session_state["samples_tab"] = "Browse"
    app.run()
    assert not app.exception
    return app


def shown(sheets):
    return [tile.index for tile in sheets["browse_sheet"][1]]


def captions(app):
    return " ".join(caption.value for caption in app.caption)


def test_the_first_hundred_digits_are_one_sheet_and_the_counts_stand_in_words(page, sheets):
    assert shown(sheets) == list(range(100))
    assert "Of the 10,000 test digits, the network classifies" in captions(page)
    assert [tile.index for tile in sheets["browse_sheet"][1] if tile.is_chosen] == [0]
    page.number_input(key="browse_page_100").set_value(100).run()
    assert shown(sheets) == list(range(9_900, 10_000))


def test_right_and_wrong_answers_are_told_apart_and_together_are_all(page, sheets):
    found = {}
    for answers in ("right", "wrong"):
        page.get_by_key("browse_answers").set_value(answers).run()
        found[answers] = shown(sheets)
        assert all(tile.is_wrong == (answers == "wrong") for tile in sheets["browse_sheet"][1])
    assert sorted(found["right"] + found["wrong"])[:100] == list(range(100))


def test_the_label_at_the_left_filters_the_sheet(page, sheets):
    page.selectbox(key="samples_label").set_value(4).run()
    labels = load_mnist("test").labels
    assert len(shown(sheets)) == 100
    assert all(labels[index] == 4 for index in shown(sheets))


def test_the_order_follows_confidence_and_loss(page, sheets):
    seen = {}
    for order in ("unsure", "sure", "loss"):
        page.selectbox(key="browse_order").set_value(order).run()
        seen[order] = sheets["browse_sheet"][1]
    confidence = [float(tile.words.split("(")[1].split(" ")[0]) for tile in seen["unsure"]]
    assert confidence == sorted(confidence)
    confidence = [float(tile.words.split("(")[1].split(" ")[0]) for tile in seen["sure"]]
    assert confidence == sorted(confidence, reverse=True)
    assert all(tile.is_wrong for tile in seen["loss"])


def test_a_range_of_confidence_that_leaves_nothing_says_what_to_do(page, sheets):
    page.slider(key="browse_confidence").set_value((99, 100)).run()
    assert "No digit is left." in said(page)


def test_the_training_part_is_looked_through_by_label_alone(page, sheets):
    page.get_by_key("samples_split").set_value("train").run()
    assert not page.exception
    assert sheets["browse_sheet"][0] == "train"
    assert "only the label can be chosen" in captions(page)
    assert "browse_order" not in [box.key for box in page.selectbox]


def test_a_network_that_does_not_fit_says_why_and_the_digits_stay(page, sheets):
    take(page, "flatten, linear(784, 12)")
    sheets.clear()
    page.run()
    assert not page.exception
    assert "12" in page.error[0].value


def test_the_mean_images_stand_for_each_label_and_for_what_the_network_takes_for_it(page):
    page.session_state["browse_means"] = True
    page.run()
    assert not page.exception
    assert "Each pixel is the mean" in said(page)


def test_the_nearest_digits_stand_with_label_and_distance(open_page, sheets):
    app = open_page("samples")
    app.session_state["samples_tab"] = "Neighbours"
    app.run()
    assert not app.exception
    split, tiles, _ = sheets["neighbours_sheet"]
    assert split == "train"
    assert len(tiles) == 10
    assert list(app.table[0].value.iloc[:, 1]) == ["7"] * 10
    assert "10 of them have the label 7" in said(app)


def test_a_click_takes_the_digit_whatever_the_source_was(monkeypatch):
    state = {"samples_source": "draw", "sheet": {"taken": 33}}
    monkeypatch.setattr("streamlit.session_state", state)
    digit_sheet._take("sheet", "train")
    assert (state["samples_source"], state["samples_split"], state["samples_index"]) == ("mnist", "train", 33)


@pytest.mark.parametrize("sent", [None, {}, {"taken": None}, {"taken": "33"}])
def test_what_is_no_index_takes_nothing(sent, monkeypatch):
    state = {"sheet": sent}
    monkeypatch.setattr("streamlit.session_state", state)
    digit_sheet._take("sheet", "test")
    assert state == {"sheet": sent}


def test_a_page_of_a_hundred_digits_is_small():
    samples = digits.samples_at("test", range(browse.PAGE))
    tiles = [Tile(index, f"index {index}, label 4: the network says 4 (100.0 %)", True) for index in range(browse.PAGE)]
    sent = digit_sheet.describe(samples, tiles, browse.COLUMNS, "digits")
    assert len(json.dumps(sent)) < 100_000


def test_a_sheet_has_every_digit_at_its_place():
    samples = digits.samples_at("test", range(7))
    sheet = digits.sheet_of(samples, 3)
    assert sheet.size == (3 * 30 - 2, 3 * 30 - 2)
    for place, sample in enumerate(samples):
        left, top = 30 * (place % 3), 30 * (place // 3)
        assert sheet.crop((left, top, left + 28, top + 28)).tobytes().hex() == sample.pixels


def test_the_label_that_is_looked_through_is_the_one_at_the_left(monkeypatch):
    monkeypatch.setattr("streamlit.session_state", {"samples_label": 8})
    assert sample_picker.chosen_label() == 8


def test_a_class_is_asked_about_all_digits_in_a_confined_process(page, sheets):
    take_class(page)
    assert not page.error
    assert "Of the 10,000 test digits, the network classifies" in captions(page)
    assert "class Network(nn.Module)" in page.code[-1].value
