"""Each page as the very first request to a fresh server: right page, right menu, no dialog."""

import re

import pytest
from playwright.sync_api import expect

TITLES = {"": "Netcore", "model": "Model", "samples": "Samples", "training": "Training", "zoo": "Zoo"}


@pytest.mark.parametrize("path", TITLES)
def test_page_opens_as_the_first_request_to_a_fresh_server(fresh_server, page, path):
    page.goto(f"{fresh_server.url}/{path}")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[path])
    menu = page.get_by_test_id("stSidebar")
    for name in ("Home", "Model", "Samples", "Training", "Zoo"):
        expect(menu.get_by_role("link", name=name, exact=True)).to_be_visible()
    hand = "Pretrained network" if path == "zoo" else "Current network"
    expect(page.get_by_test_id("stSidebar").get_by_text(hand)).to_be_visible()
    expect(page).to_have_url(re.compile(r"w=[0-9a-f]{32}"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    menu.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Netcore")
