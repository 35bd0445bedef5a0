"""The picture of a network in a real browser: click a box, read its line, open a module, take the picture away."""

from xml.etree import ElementTree

import pytest
from playwright.sync_api import expect

from tests.e2e.test_model_journey import begin_with


def choose(page, label, words):
    """Type into the list, which shows only some of its many options at a time, and take what is left."""
    field = page.get_by_role("combobox", name=label)
    field.fill(words)
    page.get_by_role("option", name=words, exact=True).click()


def hold_residual(page, server):
    page.goto(f"{server.url}/model")
    choose(page, "Network", "Class: Residual CNN")
    expect(page.get_by_test_id("stSidebar").get_by_text("Residual CNN", exact=True)).to_be_visible()


def box(page, identity):
    return page.locator(f'[data-node="{identity}"]')


def panel(page):
    return page.get_by_test_id("stMain")


def open_tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def in_pictures_middle(page, identity):
    """Where the box stands in the frame that scrolls."""
    return box(page, identity).bounding_box()["y"] - page.locator(".scroll").bounding_box()["y"]


def test_a_residual_network_is_looked_at_box_by_box_and_taken_away(server, page):
    hold_residual(page, server)
    open_tab(page, "Picture")
    box(page, "block1:add").click()
    expect(box(page, "block1:add")).to_have_attribute("aria-pressed", "true")
    expect(panel(page)).to_contain_text("return self.relu2(x + path)")
    expect(panel(page)).to_contain_text("residual.py, line 23")
    expect(page.get_by_role("combobox", name="Box")).to_have_value("+ add")

    box(page, "block2").locator("[data-toggle]").scroll_into_view_if_needed()
    before = in_pictures_middle(page, "block2")
    box(page, "block2").locator("[data-toggle]").click()
    expect(box(page, "block2.conv1")).to_have_count(0)
    assert in_pictures_middle(page, "block2") == pytest.approx(before, abs=2)
    expect(panel(page)).to_contain_text("A module that holds 7 boxes: 4,672 parameters")
    page.get_by_role("button", name="Open block2").click()
    expect(box(page, "block2.conv1")).to_have_count(1)

    with page.expect_download() as download:
        page.get_by_role("button", name="Save as SVG").click()
    assert download.value.suggested_filename == "network.svg"
    picture = ElementTree.parse(download.value.path()).getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "block2.conv1" in {item.get("data-node") for item in picture.iter()}

    open_tab(page, "Counting")
    page.get_by_text("Show the arithmetic").click()
    expect(panel(page)).to_contain_text("4 × 17,354")


def test_the_picture_is_walked_with_the_keyboard(server, page):
    begin_with(page, server, "LeNet-5")
    open_tab(page, "Picture")
    first = page.locator("[data-node]").first
    expect(first).to_have_attribute("tabindex", "0")
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box(page, "0")).to_have_attribute("aria-pressed", "true")
    expect(panel(page)).to_contain_text("156 parameters = 6 × (1 × 5 × 5 + 1)")
    expect(box(page, "0")).to_be_focused()


def test_a_class_shows_its_own_line(server, page):
    hold_residual(page, server)
    page.get_by_role("button", name="Change this class").click()
    expect(page.get_by_role("tab", name="Code", exact=True)).to_have_count(0)
    open_tab(page, "Picture")
    box(page, "block1:add").click()
    expect(panel(page)).to_contain_text("in ResidualBlock.forward")
    expect(panel(page)).to_contain_text("return self.relu2(x + path)")


def test_a_deep_network_of_the_zoo_opens_module_by_module_without_its_weights(server, page):
    page.goto(f"{server.url}/zoo")
    choose(page, "Network", "resnet18")
    open_tab(page, "Picture")
    box(page, "layer1.0").locator("[data-toggle]").click()
    box(page, "layer1.0.conv2").click()
    expect(panel(page)).to_contain_text("36,864 parameters = 64 × 64 × 3 × 3")
    expect(panel(page)).to_contain_text("out = self.conv2(out)")
    expect(panel(page)).to_contain_text("resnet.py, line")
    choose(page, "Network", "densenet121")
    expect(box(page, "features.denseblock1")).to_have_count(1)
    expect(page.get_by_role("button", name="Open all")).to_be_disabled()
    box(page, "features.denseblock1").locator("[data-toggle]").click()
    expect(box(page, "features.denseblock1.denselayer6")).to_have_count(1)


def test_on_a_phone_the_picture_scrolls_and_the_page_does_not(server, page):
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(f"{server.url}/model")
    open_tab(page, "Picture")
    box(page, "1").click()
    expect(panel(page)).to_contain_text("100,480 parameters = (784 + 1) × 128")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
