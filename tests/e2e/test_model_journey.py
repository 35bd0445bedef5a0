"""Build a CNN, break it, mend it, look inside, take a class, come back: in a real browser."""

import re

from playwright.sync_api import expect


def choose(page, label, option):
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()  # a list that is open closes when the page is scrolled
    box.click()
    page.get_by_role("option", name=option, exact=True).click()


def rows(page):
    """The buttons of the layers, each with its code."""
    return page.get_by_test_id("stPopoverButton").filter(has_text="(")


def press(page, what, place):
    """Click one of the three signs beside the layer at ``place``, from 0."""
    page.locator(f".st-key-model_{what}_{place} button").first.click()


def table(page):
    return page.get_by_test_id("stTable").first


def begin_with(page, server, name):
    page.goto(f"{server.url}/model")
    choose(page, "Network", name)
    expect(page.get_by_test_id("stSidebar").get_by_text(name, exact=True)).to_be_visible()


def test_a_cnn_is_built_from_lenet_broken_and_mended_with_one_click(server, page):
    begin_with(page, server, "LeNet-5")
    expect(rows(page)).to_have_count(12)
    expect(page.get_by_test_id("stMain")).not_to_contain_text("does not fit")

    page.get_by_role("button", name="Add a layer").click()
    choose(page, "Layer", "BatchNorm2d")
    choose(page, "After", "0: Conv2d(1, 6, 5, padding=2)")
    page.get_by_role("button", name="Add BatchNorm2d").click()
    expect(rows(page).nth(1)).to_have_text(re.compile(r"^BatchNorm2d\(6\)"))
    expect(table(page)).not_to_contain_text("does not fit")

    press(page, "down", 1)
    expect(rows(page).nth(2)).to_have_text(re.compile(r"^BatchNorm2d\(6\)"))
    expect(table(page)).not_to_contain_text("does not fit")

    press(page, "remove", 2)
    expect(rows(page)).to_have_count(12)
    expect(page.get_by_test_id("stSidebar").get_by_text("LeNet-5", exact=True)).to_be_visible()

    rows(page).first.click()
    page.get_by_role("spinbutton", name="out_channels").fill("8")
    page.get_by_role("button", name="Change the layer").click()
    expect(page.get_by_test_id("stAlert").first).to_contain_text(
        "Conv2d(6, 16, 5) takes 6 channels, and gets 8: [64, 8, 14, 14]. Set in_channels = 8."
    )
    expect(table(page)).to_contain_text("does not fit")
    expect(table(page)).not_to_contain_text("Linear")  # the table ends where the batch does

    page.get_by_role("button", name="Mend it: in_channels = 8").click()
    expect(rows(page).nth(3)).to_have_text(re.compile(r"^Conv2d\(8, 16, 5\)"))
    expect(table(page)).to_contain_text("Linear")
    expect(table(page)).not_to_contain_text("does not fit")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_text_that_is_refused_stays_to_be_corrected_and_the_network_stays_too(server, page):
    begin_with(page, server, "Course MLP")
    field = page.get_by_role("textbox", name="The stack as text")
    field.fill("flatten, liner(784,10)")
    field.press("Enter")
    expect(page.get_by_text("There is no layer called liner. Did you mean Linear?")).to_be_visible()
    expect(field).to_have_value("flatten, liner(784,10)")
    expect(rows(page)).to_have_count(4)
    field.fill("nn.Flatten(), nn.Linear(28 * 28, 10)")
    field.press("Enter")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_text("There is no layer called")).to_have_count(0)


def test_every_tab_opens_and_a_reload_finds_the_network_again(server, page):
    begin_with(page, server, "CNN with BatchNorm")
    expect(page.get_by_text("Same seed, same logits: both were just built")).to_be_visible()
    expect(page.get_by_text("class Network(nn.Module):")).to_be_visible()
    expect(page.get_by_text("gave different logits")).to_have_count(0)

    page.get_by_role("tab", name="Weights").click()
    expect(page.get_by_role("cell", name="0.weight", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stPlotlyChart")).to_contain_text("Values of 0.weight")
    expect(page.get_by_text("Same seed, same logits")).to_have_count(0)  # a closed tab is not there

    page.get_by_role("tab", name="train() and eval()").click()
    expect(page.get_by_text("these layers keep still")).to_be_visible()
    page.get_by_text("model.train()", exact=True).click()
    expect(page.get_by_text("these layers behave differently")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("train() mode")).to_be_visible()
    expect(page.get_by_text("these layers keep still")).to_have_count(0)

    choose(page, "Network", "Class: Residual CNN")
    expect(page.get_by_text("Several paths: the input of a block is added to its output.")).to_be_visible()
    expect(rows(page)).to_have_count(0)  # a class has no rows to change
    page.get_by_role("tab", name="Code").click()
    expect(page.get_by_text("class ResidualBlock(nn.Module):")).to_be_visible()

    page.reload()
    expect(page.get_by_text("Several paths: the input of a block is added to its output.")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("Residual CNN", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("train() mode")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
