"""From the course map to the weights: freeze them, take them away, bring them back; which layers the mode asks."""

import re

import pytest
import safetensors.torch
import torch
from playwright.sync_api import expect


def open_tab(page, server, number):
    page.goto(server.url)
    page.get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", name="Model")).to_be_visible()


def test_weights_are_frozen_taken_away_and_brought_back(server, page, tmp_path):
    open_tab(page, server, "Open: Weights")
    expect(page.get_by_text("101,770 of 101,770 numbers learn, 0 are frozen.")).to_be_visible()
    expect(page.get_by_alt_text("The numbers of 1.weight as pictures in colours")).to_be_visible()

    field = page.get_by_role("combobox", name=re.compile("Frozen parameters"))
    field.click()
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.get_by_text("1,418 of 101,770 numbers learn, 100,352 are frozen.")).to_be_visible()
    field.press("Escape")

    path = tmp_path / "state_dict.safetensors"
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as .safetensors").click()
    download.value.save_as(path)
    state = safetensors.torch.load_file(path)
    assert {name: list(tensor.shape) for name, tensor in state.items()} == {
        "1.weight": [128, 784],
        "1.bias": [128],
        "3.weight": [10, 128],
        "3.bias": [10],
    }

    page.get_by_text("Load weights from a file").click()
    main = page.get_by_test_id("stMainBlockContainer")
    other = tmp_path / "other.pth"
    torch.save({**state, "3.bias": torch.zeros(11)}, other)
    main.locator("input[type=file]").set_input_files(other)
    page.get_by_role("button", name="Check and load").click()
    expect(page.get_by_text("3.bias has the shape [11] in the checkpoint")).to_be_visible()
    main.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Check and load").click()
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("From the file that run 1 began with")).to_be_visible()
    expect(page.get_by_text("1,418 of 101,770 numbers learn, 100,352 are frozen.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 400])
def test_each_layer_that_asks_for_the_mode_says_what_it_does(server, page, width):
    page.set_viewport_size({"width": width, "height": 800})
    open_tab(page, server, "Open: train() and eval()")
    expect(page.get_by_text("No layer of this network behaves differently in the two modes")).to_be_visible()
    expect(page.get_by_role("tab", name="train() and eval()")).to_be_in_viewport()
    networks = page.get_by_role("combobox", name="Network")
    expect(networks).not_to_be_in_viewport()
    page.mouse.wheel(0, -10)  # whoever scrolls is not held at the view that the link asked for
    networks.scroll_into_view_if_needed()
    expect(networks).to_be_in_viewport(ratio=1)  # a list that has opened closes where the page still scrolls
    networks.click()
    page.get_by_role("option", name="MLP with Dropout").click()
    expect(page.get_by_text("Each of these layers alone in train(), all others in eval():")).to_be_visible()
    expect(page.get_by_text("Sets random values to zero")).to_have_count(2)
