"""Look through MNIST, take a digit, follow it, leave out unsqueeze, guess before it is shown: with mouse and finger."""

import re

import pytest
from playwright.sync_api import expect

from netcore.model.presets import get_preset
from pages.shared.workspace import Hand, Workspace


@pytest.fixture
def address(server):
    """Somebody's samples page, with LeNet-5 in hand, untrained."""
    identity = "5" * 32
    Workspace(identity, server.home / "workspaces" / identity).take(Hand(get_preset("lenet5").stack))
    return f"{server.url}/samples?w={identity}"


@pytest.fixture
def phone(browser, page):
    """A tab of a phone, 400 pixels wide; whatever ``page`` watches is watched in a tab of its own."""
    context = browser.new_context(viewport={"width": 400, "height": 800}, has_touch=True, is_mobile=True)
    tab = context.new_page()
    problems = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    yield tab
    context.close()
    assert problems == []


def open_browse(tab, address):
    tab.goto(address)
    expect(tab.get_by_text("logits = model(x)").first).to_be_visible()
    tab.get_by_role("tab", name="Browse").click()
    expect(tab.get_by_text("Of the 10,000 test digits, the network classifies")).to_be_visible()


def tile(tab, place):
    return tab.locator(".tile").nth(place)


def index_of(tab, place):
    return re.search(r"index ([\d,]+)", tile(tab, place).get_attribute("aria-label")).group(1).replace(",", "")


def test_a_wrong_answer_is_found_followed_and_guessed(address, page):
    open_browse(page, address)
    page.get_by_text("Wrong", exact=True).click()
    expect(page.locator(".tile.wrong")).to_have_count(100)
    index = index_of(page, 12)
    tile(page, 12).click()
    expect(page.get_by_role("spinbutton", name="Index")).to_have_value(index)
    expect(tile(page, 12)).to_have_class(re.compile("chosen"))

    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    index = index_of(page, 13)
    expect(page.get_by_role("spinbutton", name="Index")).to_have_value(index)

    page.get_by_role("tab", name="The walk").click()
    expect(page.get_by_text(f"image, label = dataset[{index}]")).to_be_visible()
    expect(page.get_by_text("model[11](x)")).to_be_visible()
    expect(page.get_by_role("img", name="The result of this line").first).to_be_visible()
    page.get_by_text("Leave out unsqueeze(0)").click()
    error = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (16x25 and 400x120)"
    expect(page.get_by_text(error, exact=True)).to_be_visible()
    expect(page.get_by_test_id("stAlert").filter(has_text="16 rows of 25 numbers out of 16 channels")).to_be_visible()
    page.get_by_text("Leave out unsqueeze(0)").click()
    expect(page.get_by_text("Cross-entropy for the label")).to_be_visible()

    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("61,706 parameters")).to_be_visible()
    page.get_by_text("Predict, then reveal").click()
    expect(page.get_by_text("Hidden until you reveal your guess above.")).to_be_visible()
    expect(sidebar.get_by_text("61,706 parameters")).to_have_count(0)
    expect(page.get_by_text("The network says")).to_have_count(0)
    page.get_by_test_id("stRadio").last.get_by_text("3", exact=True).click()
    page.get_by_role("button", name="Reveal", exact=True).click()
    expect(page.get_by_text("of 1 guesses right.")).to_be_visible()
    expect(page.get_by_text("The network says")).to_be_visible()
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_text("Hidden until you reveal your guess above.")).to_be_visible()


def test_on_a_phone_a_finger_takes_a_digit_and_its_neighbour(address, phone):
    open_browse(phone, address)
    index = index_of(phone, 57)
    tile(phone, 57).tap()
    expect(phone.get_by_role("spinbutton", name="Index")).to_have_value(index)
    phone.get_by_role("tab", name="Neighbours").tap()
    expect(phone.get_by_text("The ten of the 60,000 training digits")).to_be_visible()
    expect(phone.locator(".tile")).to_have_count(10)
    index = index_of(phone, 0)
    tile(phone, 0).tap()
    expect(phone.get_by_role("spinbutton", name="Index")).to_have_value(index)
    expect(phone.get_by_role("img", name=re.compile("of the train part"))).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 400
