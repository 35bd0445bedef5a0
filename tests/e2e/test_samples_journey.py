"""Follow an image to its logits in a real browser: choose, walk, batch, reload."""

from playwright.sync_api import expect


def test_image_is_followed_to_its_logits_and_found_again_after_a_reload(server, page):
    page.goto(f"{server.url}/samples")
    expect(page.get_by_role("img", name="MNIST image 0 of the test part: a 7")).to_be_visible()
    expect(page.get_by_text("x = image.unsqueeze(0)")).to_be_visible()
    expect(page.get_by_text("the label is 7")).to_be_visible()
    expect(page.get_by_label("Bar charts of the ten logits")).to_be_visible()

    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.get_by_role("img", name="MNIST image 1 of the test part: a 2")).to_be_visible()
    expect(page.get_by_text("the label is 2")).to_be_visible()
    expect(page.get_by_text("Cross-entropy for the label 2.")).to_be_visible()

    page.get_by_text("A batch of N", exact=True).click()
    expect(page.get_by_text("of 8 right")).to_be_visible()
    expect(page.get_by_text("torch.stack([dataset[i][0] for i in range(1, 9)])")).to_be_visible()
    expect(page.get_by_label("Heat map of the logits").filter(has_text="Each row is one image")).to_be_visible()

    page.reload()
    expect(page.get_by_role("img", name="MNIST image 1 of the test part: a 2")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
