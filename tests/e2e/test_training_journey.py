"""Train, reload, find the run again, stop, resume, take the best checkpoint home: in a real browser."""

import re

import torch
from playwright.sync_api import expect


def set_number(page, name, value):
    page.get_by_role("spinbutton", name=name).fill(str(value))
    page.get_by_role("spinbutton", name=name).press("Enter")


def test_a_run_survives_a_reload_is_stopped_resumed_and_its_best_checkpoint_is_real(server, page, tmp_path):
    main = page.get_by_test_id("stMainBlockContainer")
    page.goto(server.url)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Training").click()
    expect(main.get_by_role("button", name="Train 5 epochs")).to_be_enabled()
    set_number(page, "Epochs", 200)
    main.get_by_role("button", name="Train 200 epochs").click()
    expect(main.get_by_text(re.compile(r"Epoch \d+ of 200, step \d+ of 782: .* images/s, .* left"))).to_be_visible()
    expect(main.get_by_role("heading", name="Best checkpoint")).to_be_visible()
    expect(main.get_by_text(re.compile(r"^Epoch \d+, validation loss 0\.\d+, accuracy"))).to_be_visible()

    page.reload()  # the tab is new, the run is not
    expect(main.get_by_text(re.compile(r"Epoch \d+ of 200, step"))).to_be_visible()
    main.get_by_role("button", name="Stop", exact=True).click()
    expect(main.get_by_text(re.compile(r"Stopped after epoch \d+ of 200\. Nothing is lost\."))).to_be_visible()

    main.get_by_role("button", name=re.compile(r"Resume at epoch \d+")).click()
    expect(main.get_by_text(re.compile(r"Epoch \d+ of 200, step"))).to_be_visible()
    main.get_by_role("button", name="Stop", exact=True).click()
    expect(main.get_by_text(re.compile(r"Stopped after epoch \d+ of 200"))).to_be_visible()

    main.get_by_text("What is in the file").click()
    expect(main.get_by_role("cell", name="optim_state")).to_be_visible()
    expect(main.get_by_role("cell", name="1.weight")).to_be_visible()
    with page.expect_download() as download:
        main.get_by_role("button", name="Download").click()
    path = tmp_path / "checkpoint_best.pth"
    download.value.save_as(path)
    info = torch.load(path, weights_only=True)
    assert list(info) == ["epoch", "best_loss", "model_state", "optim_state", "meta"]

    main.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete the checkpoint").click()
    expect(main.get_by_text("it was deleted")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_on_a_phone_the_run_comes_into_sight_where_its_button_was_pressed(server, page):
    page.set_viewport_size({"width": 400, "height": 800})
    main = page.get_by_test_id("stMainBlockContainer")
    page.goto(f"{server.url}/training")
    set_number(page, "Epochs", 100)
    main.get_by_role("button", name="Train 100 epochs").click()
    progress = main.get_by_text(re.compile(r"Epoch \d+ of 100, step"))
    expect(progress).to_be_in_viewport()
    main.get_by_role("button", name="Stop", exact=True).click()
    expect(main.get_by_text(re.compile(r"Stopped (before the first epoch|after epoch \d+)"))).to_be_in_viewport()
