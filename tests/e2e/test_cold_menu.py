"""The instant after a server's start: Streamlit shows its own list of files until our menu is there."""

from playwright.sync_api import expect


def test_a_click_into_streamlits_own_menu_on_a_fresh_server_ends_in_our_frame(fresh_server, page):
    page.goto(fresh_server.url, wait_until="commit")
    menu = page.get_by_test_id("stSidebar")
    menu.get_by_role("link", name="training").first.click()
    expect(menu.get_by_role("link", name="Training", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Training")
    expect(page.get_by_test_id("stSidebar").get_by_text("Current network")).to_have_count(1)
    expect(menu.get_by_role("link", name="app", exact=True)).to_have_count(0)
