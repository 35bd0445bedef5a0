"""Take the best checkpoint home, delete the run, come back with the file, go on and finish: in a real browser."""

import re

from playwright.sync_api import expect

from tests.engine.outside_files import calling


def open_training(page, server):
    page.goto(server.url)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Training").click()
    main = page.get_by_test_id("stMainBlockContainer")
    expect(main.get_by_role("button", name="Train 5 epochs")).to_be_enabled()
    return main


def upload(main, path):
    main.get_by_text("Go on from a file").click()
    main.locator("input[type=file]").set_input_files(path)


def test_a_checkpoint_is_taken_home_its_run_deleted_and_gone_on_from(server, page, tmp_path):
    main = open_training(page, server)
    page.get_by_role("spinbutton", name="Epochs").fill("2")
    page.get_by_role("spinbutton", name="Epochs").press("Enter")
    main.get_by_role("button", name="Train 2 epochs").click()
    expect(main.get_by_text("Done: 2 epochs.")).to_be_visible()
    with page.expect_download() as download:
        main.get_by_role("button", name="Download", exact=True).click()
    path = tmp_path / "checkpoint_best.pth"
    download.value.save_as(path)
    main.get_by_role("button", name="Manage").click()
    page.get_by_role("button", name="Delete run 1").click()
    expect(main.get_by_text("Nothing is trained yet")).to_be_visible()

    upload(main, path)
    expect(main.get_by_text(re.compile(r"Course MLP after epoch 2, best loss 0\.\d+"))).to_be_visible()
    main.get_by_role("button", name="Train 5 more epochs").click()
    expect(main.get_by_text("Done: 7 epochs.")).to_be_visible()
    expect(main.get_by_text(re.compile(r"^Epoch \d, validation loss 0\.\d+, accuracy"))).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_file_that_is_no_checkpoint_is_refused_in_words(server, page, tmp_path):
    path = tmp_path / "checkpoint_best.pth"
    path.write_bytes(calling("posix", "system", b"X\x04\x00\x00\x00true\x85"))
    main = open_training(page, server)
    upload(main, path)
    expect(main.get_by_text("The file asks for posix.system, which no checkpoint needs.")).to_be_visible()
    expect(main.get_by_role("button", name="Keep as a run")).to_have_count(0)
