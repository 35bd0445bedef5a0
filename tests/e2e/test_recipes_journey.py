"""Begin with a bad recipe, see it diverge, train as advised; change the learning rate on the way: in a browser."""

import re

from playwright.sync_api import expect


def choose(page, label, option):
    page.get_by_test_id("stMainBlockContainer").get_by_role("combobox", name=re.compile(label)).click()
    page.get_by_role("option", name=option).click()


def open_training(page, server):
    page.goto(server.url)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Training").click()
    expect(page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Train 5 epochs")).to_be_enabled()
    return page.get_by_test_id("stMainBlockContainer")


def test_a_bad_recipe_diverges_in_words_and_one_click_trains_it_with_what_is_advised(server, page):
    main = open_training(page, server)
    choose(page, "Begin with", "Bad: rate 10, decay 1")
    expect(main.get_by_text("the weights grow ninefold a step")).to_be_visible()
    expect(page.get_by_role("textbox", name="Learning rate")).to_have_value("10")
    main.get_by_role("button", name="Train 3 epochs").click()
    expect(
        main.get_by_text(re.compile(r"In epoch 1: The loss became nan at step \d+: the numbers in the network outgrew"))
    ).to_be_visible()
    main.get_by_role("button", name="Train again with learning rate 0.05, weight decay 0", exact=True).click()
    expect(main.get_by_text(re.compile(r"Done: 3 epochs\."))).to_be_visible()
    expect(main.get_by_text(re.compile("3 epochs, learning rate 0.05, batch size 64"))).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_learning_rate_is_changed_on_the_way_and_its_curve_is_drawn(server, page):
    main = open_training(page, server)
    page.get_by_role("spinbutton", name="Epochs", exact=True).fill("200")
    page.get_by_role("spinbutton", name="Epochs", exact=True).press("Enter")
    main.get_by_role("button", name="Train 200 epochs").click()
    expect(main.get_by_text(re.compile(r"Epoch \d+ of 200, step"))).to_be_visible()
    main.get_by_role("button", name="Change the learning rate").click()
    wanted = page.get_by_test_id("stPopoverBody").get_by_role("textbox", name="Learning rate")
    wanted.fill("0,01")
    wanted.press("Enter")
    page.get_by_role("button", name="Use it from the next epoch on").click()
    expect(page.get_by_text("You asked for 0.01; the run began with 0.001.")).to_be_visible()
    page.keyboard.press("Escape")
    curve = main.get_by_text(re.compile(r"The learning rate went from 0\.001 to 0\.01 by epoch \d+"))
    expect(curve.first).to_be_attached()
    main.get_by_role("button", name="Stop", exact=True).click()
    expect(main.get_by_text(re.compile(r"Stopped after epoch \d+ of 200"))).to_be_visible()


def test_augmented_digits_are_seen_before_they_are_trained_with(server, page):
    main = open_training(page, server)
    choose(page, "Begin with", "Good: moved digits")
    expect(page.get_by_role("img", name="The same digit eight times")).to_be_visible()
    expect(main.get_by_role("button", name="Train 10 epochs")).to_be_enabled()
