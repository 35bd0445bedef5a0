"""What a network said of photos as a CSV file: every prediction, and nothing that a spreadsheet would run."""

import csv
from dataclasses import replace

import pytest
from PIL import Image

from netcore.data.photos import example_photos
from netcore.export.predictions import COLUMNS, predictions_csv
from netcore.zoo.inference import classify
from netcore.zoo.weights import load_pretrained


@pytest.fixture(scope="module")
def loaded():
    return load_pretrained("efficientnet_lite0")


@pytest.fixture(scope="module")
def answers(loaded):
    photos = [Image.open(example.path).convert("RGB") for example in example_photos()[:2]]
    return classify(loaded, photos)


def read(text):
    return list(csv.DictReader(text.splitlines()))


def test_every_prediction_has_its_line_in_order(loaded, answers):
    rows = read(predictions_csv(loaded, zip(["cat.png", "a, b.png"], answers, strict=True)))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["photo"], row["rank"]) for row in rows] == [
        (name, str(rank)) for name in ("cat.png", "a, b.png") for rank in range(1, 6)
    ]
    assert [row["class"] for row in rows] == [
        prediction.category for answer in answers for prediction in answer.predictions
    ]
    assert float(rows[0]["probability"]) == pytest.approx(answers[0].predictions[0].probability, abs=1e-6)
    assert {(row["network"], row["weights"]) for row in rows} == {("efficientnet_lite0", "EfficientNet-Lite0")}


def test_own_weights_are_called_so(loaded, answers):
    rows = read(predictions_csv(replace(loaded, published=False), [("cat.png", answers[0])]))
    assert {row["weights"] for row in rows} == {"own weights"}


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1"])
def test_a_name_that_a_spreadsheet_would_compute_is_text(loaded, answers, name):
    assert read(predictions_csv(loaded, [(name, answers[0])]))[0]["photo"] == f"'{name}"
