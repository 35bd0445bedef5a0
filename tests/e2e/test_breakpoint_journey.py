"""Stop in a class, go from line to line, look at a tensor: with mouse and keys, on a large and on a small screen."""

import re

import pytest
from playwright.sync_api import expect

from netcore.model.custom.source import CustomSource
from netcore.model.ready_made import ReadyMade
from pages.shared.workspace import Hand, Workspace
from tests.engine.good_classes import wrap

_PATIENCE = 90_000  # the first question loads torch in three processes
LOOP = wrap(
    "self.conv = nn.Conv2d(1, 6, 5)",
    "paths = []\nfor step in range(3):\n    paths.append(self.conv(x) * step)\nif self.training:\n    x = x * 2",
)
LINE = 1 + LOOP.splitlines().index("            paths.append(self.conv(x) * step)")


def hold(server, letter, network):
    """The address of a workspace with this network in hand."""
    identity = letter * 32
    Workspace(identity, server.home / "workspaces" / identity).take(Hand(network))
    return f"{server.url}/model?w={identity}"


def open_tab(page, address):
    page.goto(address)
    page.get_by_role("tab", name="Breakpoint").click(timeout=_PATIENCE)
    expect(at(page, 1)).to_be_visible(timeout=_PATIENCE)


def at(page, number):
    return page.get_by_text(re.compile(rf"Stop {number} of \d+"))


def picture(page, title):
    """The picture of a tensor with that title; for a moment, the one before it is there too."""
    return page.get_by_label("The numbers of one tensor as a picture").filter(has_text=title)


def line(page, number):
    return page.get_by_role("button", name=f"Run to line {number}", exact=True)


def test_a_class_is_run_to_a_line_again_and_again_and_a_tensor_looked_at(server, page):
    open_tab(page, hold(server, "a", CustomSource(LOOP)))
    code = page.get_by_role("group", name="The class, line by line")
    expect(code.get_by_text("pass 1 of 3")).to_have_count(0)
    line(page, LINE).click()
    expect(at(page, 3)).to_be_visible()
    expect(code.get_by_text("pass 1 of 3")).to_be_visible()
    expect(line(page, LINE)).to_have_attribute("aria-current", "step")
    code.get_by_text("paths.append").click()
    expect(at(page, 5)).to_be_visible()
    expect(code.get_by_text("pass 2 of 3")).to_be_visible()
    expect(page.get_by_text("Grey lines were not reached")).to_be_visible()
    expect(line(page, LINE + 2)).to_have_count(0)

    page.get_by_role("button", name="Next line").click()
    expect(at(page, 6)).to_be_visible()
    page.get_by_test_id("stButtonGroup").get_by_text("paths[1]").click()
    expect(picture(page, "paths[1]: 6 of 6 channels")).to_be_visible()
    expect(page.get_by_label("Histogram of one tensor's numbers").last).to_be_visible()

    page.get_by_text("With Python's own debugger").click()
    expect(page.get_by_text("breakpoint()").last).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_keyboard_goes_from_line_to_line(server, page):
    open_tab(page, hold(server, "b", ReadyMade("residual")))
    expect(picture(page, "x: one picture")).to_be_visible()
    page.keyboard.press("F9")
    expect(at(page, 2)).to_be_visible()
    expect(page.get_by_text("ResidualBlock.forward").first).to_be_visible()
    page.keyboard.press("Shift+F9")
    expect(at(page, 1)).to_be_visible()
    line(page, 42).focus()
    page.keyboard.press("Enter")
    expect(at(page, 6)).to_be_visible()
    expect(line(page, 42)).to_be_focused()
    page.get_by_role("button", name="Over the call").click()
    expect(at(page, 11)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_small_screen_all_stands_below_each_other(server, page, scheme):
    page.set_viewport_size({"width": 400, "height": 800})
    page.emulate_media(color_scheme=scheme)
    open_tab(page, hold(server, "c", CustomSource(LOOP)))
    line(page, LINE).click()
    expect(at(page, 3)).to_be_visible()
    code = page.get_by_role("group", name="The class, line by line").bounding_box()
    table = page.get_by_role("table").last.bounding_box()
    assert code["y"] + code["height"] <= table["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_the_course_map_opens_the_tab_and_a_photo_goes_through_a_pretrained_network(server, page):
    page.goto(server.url)
    page.get_by_role("link", name="Open: Breakpoint").click()
    expect(at(page, 1)).to_be_visible(timeout=_PATIENCE)
    page.get_by_role("link", name="Zoo").click()
    page.get_by_role("tab", name="Breakpoint").click()
    expect(at(page, 1)).to_be_visible()
    page.get_by_role("button", name="Next line").click()
    expect(page.get_by_text("features.0", exact=True)).to_be_visible()
    expect(picture(page, "x: 3 of 3 channels")).to_be_visible()
