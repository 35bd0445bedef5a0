"""Upload a photo, see its five classes, see what the network receives, reset it: in a real browser."""

import io
import re

from PIL import Image
from playwright.sync_api import expect

from netcore.data.photos import example_photos


def test_an_upload_is_classified_explained_and_reset(server, page):
    page.goto(f"{server.url}/zoo")
    answers = page.get_by_test_id("stPlotlyChart")
    expect(answers.filter(has_text="It says tiger cat")).to_be_visible()

    espresso = example_photos()[1].path
    files = [
        {"name": "notes.png", "mimeType": "image/png", "buffer": b"not a picture"},
        {"name": "drink.png", "mimeType": "image/png", "buffer": espresso.read_bytes()},
    ]
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(files)
    expect(page.get_by_text("This file says it is a PNG but is a text file.")).to_be_visible()
    expect(answers).to_have_count(1)
    expect(answers.filter(has_text="It says espresso")).to_be_visible()

    page.get_by_role("tab", name="What it receives").click()
    expect(page.get_by_role("img", name="The photo as the network receives it")).to_be_visible()
    expect(answers.filter(has_text="espresso has the largest")).to_be_visible()

    page.get_by_role("tab", name="Reset weights").click()
    page.get_by_role("button", name="Reset the weights").click()
    expect(answers).to_have_count(2)
    expect(answers.nth(0)).to_contain_text("Pretrained: espresso")
    expect(answers.nth(1)).to_contain_text(re.compile(r"Reset: .* \(0\.1 %\)"))
    expect(page.get_by_role("tab", name="Missed (0 tensors)")).to_be_visible()

    page.get_by_role("tab", name="Predictions").click()
    expect(answers).to_have_count(1)
    expect(answers.filter(has_text="It says espresso")).to_be_visible()


def test_a_tall_picture_is_not_higher_than_the_screen(server, page):
    page.goto(f"{server.url}/zoo")
    tall = io.BytesIO()
    Image.new("RGB", (10, 190), "green").save(tall, "PNG")
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(
        [{"name": "tall.png", "mimeType": "image/png", "buffer": tall.getvalue()}]
    )
    for tab in ("Predictions", "What it receives"):
        page.get_by_role("tab", name=tab).click()
        picture = page.get_by_role("img", name="tall.png")
        expect(picture).to_be_visible()
        expect(picture).to_have_js_property("complete", True)
        page.wait_for_function("picture => picture.getBoundingClientRect().height > 100", arg=picture.element_handle())
        assert 300 < picture.bounding_box()["height"] < 500


def test_the_catalogue_leads_to_a_network_that_can_be_downloaded(server, page):
    page.goto(f"{server.url}/zoo?zoo_model=vit_b_16")
    expect(page.get_by_role("button", name="Download 346.3 MB")).to_be_visible()
    page.get_by_role("tab", name="Catalogue").click()
    expect(page.get_by_text("115 of 115 sets of weights")).to_be_visible()
    page.get_by_role("textbox", name="Search").fill("mobilenet")
    page.get_by_role("textbox", name="Search").press("Enter")
    expect(page.get_by_text("5 of 115 sets")).to_be_visible()


def test_a_click_on_a_point_of_the_chart_takes_that_network(server, page):
    page.goto(f"{server.url}/zoo")
    chart = page.get_by_test_id("stPlotlyChart")
    expect(chart.filter(has_text="It says tiger cat")).to_be_visible()
    # A picture that is still on its way when its tab is left is gone at the server.
    page.wait_for_function("() => [...document.querySelectorAll('[data-testid=stImage] img')].every(i => i.complete)")
    page.get_by_role("tab", name="Catalogue").click()
    expect(chart.filter(has_text="vit_h_14 is right most often")).to_be_visible()
    best = chart.locator(".scatterlayer .trace").nth(1).locator(".point").last  # the last of the names: wide_resnet
    best.scroll_into_view_if_needed()
    box = best.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile("zoo_model=wide_resnet"))
    expect(chart.filter(has_text="wide_resnet")).to_be_visible()


def test_the_camera_gives_a_photo_and_the_predictions_a_file(server, page):
    page.context.grant_permissions(["camera"])
    page.goto(f"{server.url}/zoo")
    answers = page.get_by_test_id("stPlotlyChart")
    expect(answers.filter(has_text="It says tiger cat")).to_be_visible()
    page.get_by_text("Use the camera").click()
    page.wait_for_function("() => document.querySelector('video')?.readyState === 4")
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_role("img", name="From the camera")).to_be_visible()
    expect(answers).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("button", name="Predictions as CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 6
    assert lines[1].startswith("From the camera,efficientnet_lite0,EfficientNet-Lite0,1,")


def test_several_photos_stand_in_a_grid_and_modes_and_modules_can_be_looked_at(server, page):
    page.goto(f"{server.url}/zoo")
    answers = page.get_by_test_id("stPlotlyChart")
    page.get_by_role("button", name="Espresso").click()
    expect(answers.filter(has_text="It says espresso")).to_be_visible()
    expect(answers.filter(has_text="It says tiger cat")).to_be_visible()
    page.get_by_role("tab", name="train() and eval()").click()
    expect(answers.filter(has_text="With eval(): tiger cat")).to_be_visible()
    expect(page.get_by_text("They have moved BatchNorm's running statistics")).to_be_visible()
    page.get_by_role("tab", name="Modules").click()
    page.get_by_text("features Sequential").click()
    expect(page.get_by_text("InvertedResidual").first).to_be_visible()
