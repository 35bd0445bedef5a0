"""Look inside a network in a real browser: click a pixel and read its sum, switch a channel off, compare two runs."""

import re

import pytest
from playwright.sync_api import expect

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.model.inside.closeup import look_closely
from netcore.model.presets import get_preset
from netcore.training.checkpoints import read_checkpoint
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from netcore.training.restore import restore_model
from pages.shared import text
from pages.shared.workspace import Hand, Workspace


@pytest.fixture(scope="module")
def work(server):
    """A workspace with a run of the MLP and one of the CNN, the CNN in hand."""
    work = Workspace("e" * 32, server.home / "workspaces" / ("e" * 32))
    config = TrainingConfig(epochs=1, training_size=2000, validation_size=200)
    for name in ("mlp", "cnn"):
        stack = get_preset(name).stack
        run = work.runs.create(stack, config)
        train(stack.build(0), config, load_mnist("train"), run.folder, network=stack)
    work.take(Hand(stack, run=run.identity))
    return work


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_click_a_pixel_switch_a_channel_off_and_compare_two_runs(server, work, page, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{server.url}/samples?w={work.identity}")

    page.get_by_role("tab", name="Inside").click()
    page.get_by_role("button", name="Look closely").nth(4).click()
    click_in(page, "inside_map_4_0", 0.6, 0.45)
    told = page.get_by_text("stands at")
    expect(told).not_to_contain_text("[0, 0, 0]")
    row, column = map(int, re.search(r"\[0, (\d+), (\d+)\]", told.inner_text()).groups())
    value = number_at(work, row, column)
    expect(told).to_contain_text(text.number(value))
    expect(page.get_by_text(f"= {text.number(value)}")).to_be_visible()

    page.get_by_role("tab", name="Surgery").click()
    click_in(page, "surgery_sheet_0", 0.97, 0.9)
    page.get_by_role("button", name="Switch off channel 15").click()
    expect(page.get_by_text("Channel 15 off in")).to_be_visible()
    expect(page.get_by_text("points", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Nothing is cut yet")).to_be_visible()

    page.get_by_role("tab", name="Side by side").click()
    expect(page.get_by_text(re.compile("They (agree|differ)"))).to_be_visible()
    expect(page.get_by_text("CNN with BatchNorm", exact=True).last).to_be_visible()
    expect(page.get_by_text("Course MLP")).to_be_visible()


def click_in(page, key, across, down):
    """Click at a place in the picture of a chart, both from 0 to 1."""
    area = page.locator(f".st-key-{key} .nsewdrag").first
    area.scroll_into_view_if_needed()
    # The whole chart is drawn, with its unseen points, before one can click on any of them.
    expect(page.locator(f".st-key-{key} .scatterlayer .point").first).to_be_attached()
    box = area.bounding_box()
    x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
    page.mouse.move(x, y)
    expect(page.locator(f".st-key-{key} .hoverlayer .hovertext")).to_be_visible()
    page.mouse.click(x, y)


def number_at(work, row, column):
    """What the second convolution of the run in hand gives there for the first test image."""
    model = get_preset("cnn").stack.build(0)
    restore_model(model, read_checkpoint(work.run_in_hand.best_path).model_state)
    image = pack(load_mnist("test").images[0])
    place = {"step": 4, "channel": 0, "row": row, "column": column}
    return look_closely(model.eval(), images=image, highest=1, mode="eval", seed=0, **place).value
