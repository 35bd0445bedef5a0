"""The open tab is part of the address, and a link to a view brings it into sight: in a real browser."""

import re

from playwright.sync_api import expect


def open_tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()
    expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")


def test_a_link_on_the_course_map_opens_its_view_and_brings_it_into_sight(server, page):
    page.goto(server.url)
    page.get_by_role("link", name="Open: Breakpoint").click()
    view = page.get_by_text("before line").first
    expect(view).to_be_in_viewport()
    expect(page.get_by_role("tab", name="Breakpoint")).to_be_in_viewport()
    expect(page).to_have_url(re.compile("model_tab=Breakpoint"))


def test_reload_back_and_a_shared_address_keep_the_open_tab(server, page):
    page.goto(f"{server.url}/model")
    open_tab(page, "Counting")
    expect(page).to_have_url(re.compile("model_tab=Counting"))
    page.reload()
    expect(page.get_by_role("tab", name="Counting")).to_have_attribute("aria-selected", "true")
    page.get_by_test_id("stSidebar").get_by_role("link", name="Training", exact=True).click()
    expect(page.get_by_role("heading", name="Training")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("tab", name="Counting")).to_have_attribute("aria-selected", "true")
    page.goto(f"{server.url}/samples?samples_tab=Neighbours")
    expect(page.get_by_role("tab", name="Neighbours")).to_have_attribute("aria-selected", "true")


def test_one_step_back_leaves_a_page_whose_settings_the_address_keeps(server, page):
    page.goto(f"{server.url}/samples?samples_index=7")
    index = page.get_by_role("spinbutton", name="Index", exact=True)
    expect(index).to_have_value("7")
    index.fill("9")
    index.press("Enter")
    expect(page).to_have_url(re.compile("samples_index=9"))
    page.get_by_test_id("stSidebar").get_by_role("link", name="Training", exact=True).click()
    expect(page.get_by_role("heading", name="Training")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Samples")).to_be_visible()
    expect(index).to_have_value("9")


def test_a_forged_tab_in_the_address_is_the_first_one(server, page):
    page.goto(f"{server.url}/samples?samples_tab=%3Cscript%3E")
    expect(page.get_by_role("tab", name="The walk")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("stAlert").filter(has_text="script")).to_have_count(0)
