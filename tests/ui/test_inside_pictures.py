"""What the browser gets to see of a network's inside: true colours, sharp squares, and little to send."""

import io

import numpy
import pytest
from torch import nn

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.model.inside.activations import activations
from netcore.model.inside.closeup import look_closely
from netcore.model.presets import list_presets
from pages.shared import heat
from pages.shared.charts import inside as charts
from pages.shared.charts import look

GIVEN = {"images": pack(load_mnist("test").images[0]), "highest": 1, "mode": "eval", "seed": 0}
MOST_BYTES = 300_000
WIDE = nn.Sequential(*[nn.Conv2d(1 if not place else 64, 64, 3, padding=1) for place in range(13)], nn.Flatten())
FLAT = nn.Sequential(nn.Flatten(), nn.Linear(784, 8000), nn.ReLU(), nn.Linear(8000, 4000), nn.Linear(4000, 10))
NETWORKS = {preset.name: preset.stack.build(0) for preset in list_presets()} | {"wide": WIDE, "flat": FLAT}


def png_bytes(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return len(buffer.getvalue())


def rgb(colour):
    return tuple(bytes.fromhex(colour[1:]))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_page_of_layers_is_under_300_kilobytes(name):
    total = 0
    for layer in activations(NETWORKS[name].eval(), **GIVEN).layers:
        values = layer.maps.values
        total += png_bytes(heat.draw(values, heat.columns_for(len(values), values.shape[2]), width=464))
        if layer.weights:
            weights = heat.fold(layer.weights.maps.values)
            columns = heat.columns_for(len(weights), weights.shape[2], 60)
            total += png_bytes(heat.draw(weights, columns, width=130, height=240))
    assert total < MOST_BYTES


@pytest.mark.parametrize("name", NETWORKS)
def test_a_close_up_is_under_300_kilobytes(name):
    model = NETWORKS[name].eval()
    words = {"title": "", "channel": "{number}: from {low} to {high}", "pixel": "[{row}, {column}]: {value}"}
    for layer in activations(model, **GIVEN).layers[:6]:
        found = look_closely(model, **GIVEN, step=layer.step, channel=0)
        values = layer.maps.values[: charts.MOST_POINTS]
        figures = [
            charts.sheet(values, 0, words=words),
            charts.feature_map(found.map.values[0], found.map.every, (0, 0), words=words),
        ]
        assert sum(len(figure.to_json()) for figure in figures) < MOST_BYTES


def test_blue_is_above_zero_vermilion_below_and_white_is_zero():
    picture = heat.draw(numpy.array([[[2.0, -2.0, 0.0, 1.0]]]), 1, width=4).convert("RGB")
    assert [picture.getpixel((x, 0)) for x in range(3)] == [rgb(look.TRAINING), rgb(look.TROUBLE), rgb(look.ZERO)]
    between = picture.getpixel((3, 0))
    assert all(min(a, b) < c < max(a, b) for a, b, c in zip(rgb(look.ZERO), rgb(look.TRAINING), between, strict=True))


def test_numbers_that_are_none_are_grey_and_spoil_no_other_colour():
    picture = heat.draw(numpy.array([[[numpy.nan, numpy.inf, 1.0]]]), 1, width=3).convert("RGB")
    assert [picture.getpixel((x, 0)) for x in range(3)] == [rgb(look.OTHER), rgb(look.OTHER), rgb(look.TRAINING)]


def test_a_picture_without_any_ink_is_white():
    picture = heat.draw(numpy.zeros((4, 3, 3)), 2, width=7)
    assert picture.size == (7, 7)
    assert picture.convert("RGB").getpixel((0, 0)) == rgb(look.ZERO)


def test_pictures_are_laid_out_row_after_row_with_gaps_between():
    sheet, gaps = heat.lay_out(numpy.arange(12.0).reshape(3, 2, 2), 2)
    assert sheet.shape == (5, 5)
    assert sheet[:2, 3:].tolist() == [[4, 5], [6, 7]]
    assert sheet[3:, :2].tolist() == [[8, 9], [10, 11]]
    assert gaps[2].all()
    assert gaps[3:, 3:].all()


def test_a_long_row_is_folded_and_keeps_its_order():
    folded = heat.fold(numpy.arange(130.0).reshape(1, 1, 130))
    assert folded.shape == (1, 3, 44)
    assert folded.reshape(-1)[:130].tolist() == list(range(130))


def test_a_click_on_a_feature_map_carries_the_row_and_the_column():
    words = {"title": "", "pixel": "[{row}, {column}]: {value}"}
    values = numpy.arange(6.0).reshape(2, 3)
    points = charts.feature_map(values, 2, (2, 4), words=words).data[1]
    assert [list(place) for place in points.customdata] == [[0, 0], [0, 2], [0, 4], [2, 0], [2, 2], [2, 4]]
    assert points.text[5] == "[2, 4]: 5"
    assert (points.x[5], points.y[5]) == (2, 1)


def test_a_click_on_a_sheet_carries_the_channel_of_that_place():
    words = {"title": "", "channel": "{number}"}
    points = charts.sheet(numpy.zeros((10, 28, 28)), 9, words=words).data[1]
    assert list(points.customdata) == list(range(10))
    assert (points.x[9], points.y[9]) == (29 + 13.5, 29 + 13.5)
