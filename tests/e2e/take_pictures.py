"""Takes the README's pictures: ``python -m tests.e2e.take_pictures``. A fresh server, a first network, each page."""

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, Server

FOLDER = Path(__file__).parent / "pictures"
SETTLED = "() => document.querySelector('h1') && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')"


def take(page: Page, name: str) -> None:
    """Wait until the page has drawn all it wants to draw, then keep a picture of it."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(SETTLED)
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


def main() -> None:
    """Train the first network, then take a picture of every page with it in hand."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "home")
        server.start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(server.url)
        page.get_by_role("button", name="Train my first network").wait_for()
        take(page, "home")
        page.get_by_role("button", name="Train my first network").click()
        page.get_by_text("Test accuracy").wait_for(timeout=120_000)
        take(page, "training")
        waits = {"model": "101,770", "samples": "the label is 7", "zoo": "It says"}
        for name, words in waits.items():
            page.get_by_test_id("stSidebar").get_by_role("link", name=name.capitalize(), exact=True).click()
            page.get_by_test_id("stMain").get_by_text(words).first.wait_for()
            take(page, name)
        browser.close()
        server.stop()


if __name__ == "__main__":
    main()
