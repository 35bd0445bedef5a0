"""Write a class, be refused at a line, mend its shapes and its ghosts, train it, ask it: in a real browser."""

import re

from playwright.sync_api import expect

from netcore.settings import PROJECT_FOLDER
from tests.e2e.test_training_journey import set_number


def editor(page):
    return page.get_by_role("textbox", name="The class in hand")


def sidebar(page):
    return page.get_by_test_id("stSidebar")


def type_over(page, old, new):
    """Select ``old`` in the editor, as a mouse would, and type ``new`` over it."""
    start = editor(page).input_value().index(old)
    editor(page).evaluate(
        "(area, [start, end]) => { area.focus(); area.setSelectionRange(start, end) }", [start, start + len(old)]
    )
    page.keyboard.type(new)


def test_a_class_is_written_refused_mended_x_rayed_trained_and_asked(server, page):
    page.goto(f"{server.url}/model")
    expect(page.get_by_text("101,770 parameters").first).to_be_visible()
    page.get_by_role("button", name="Turn it into a class").click()
    expect(editor(page)).to_have_value(re.compile(r"self\.fc2 = nn\.Linear\(128, 10\)"))
    expect(page.get_by_text("This is the network in use.")).to_be_visible()

    type_over(page, "nn.ReLU()", "nn.modules.sys.exit()")
    expect(page.get_by_test_id("stAlert").filter(has_text="Line 9")).to_contain_text("nn.modules")
    expect(page.get_by_role("button", name="Take this class")).to_be_disabled()
    page.get_by_role("button", name="Undo my changes").click()
    expect(editor(page)).to_have_value(re.compile(r"nn\.ReLU\(\)"))

    type_over(page, "nn.Linear(784, 128)", "nn.Linear(784, 64)")
    page.keyboard.press("Control+Enter")
    alert = page.get_by_test_id("stAlert").filter(has_text="takes 128 features, and gets 64")
    expect(alert).to_be_visible()
    page.get_by_role("button", name="Mend it: in_features = 64").click()
    expect(editor(page)).to_have_value(re.compile(r"nn\.Linear\(64, 10\)"))
    expect(sidebar(page).get_by_text("50,890 parameters")).to_be_visible()

    type_over(page, "self.fc1 = nn.Linear(784, 64)", "self.own = [nn.Linear(784, 64)]")
    type_over(page, "self.fc1(x)", "self.own[0](x)")
    page.get_by_role("button", name="Take this class").click()
    expect(sidebar(page).get_by_text("650 parameters")).to_be_visible()
    page.get_by_role("tab", name="X-ray").click()
    expect(page.get_by_text("One part of this network is a ghost")).to_be_visible()
    page.get_by_test_id("stTabs").get_by_role("button", name="Mend it: nn.ModuleList").click()
    expect(page.get_by_text("All layers are registered")).to_be_visible()
    expect(editor(page)).to_have_value(re.compile(r"nn\.ModuleList\(\[nn\.Linear\(784, 64\)\]\)"))

    page.reload()
    expect(editor(page)).to_have_value(re.compile(r"nn\.ModuleList"))
    sidebar(page).get_by_role("link", name="Training").click()
    set_number(page, "Epochs", 1)
    page.get_by_role("button", name="Train 1 epoch").click()
    expect(page.get_by_text("Done: one epoch.")).to_be_visible(timeout=120_000)
    sidebar(page).get_by_role("link", name="Samples").click()
    expect(page.get_by_text("logits = model(x)").first).to_be_visible()
    expect(sidebar(page)).to_contain_text("run 1")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_word_of_any_length_is_coloured_at_once(page):
    """One that is tried from each of its letters to its end takes minutes, at every reload again."""
    script = (PROJECT_FOLDER / "pages/shared/code_colours.js").read_text()
    page.goto("about:blank")
    page.add_script_tag(content=f"{script}\nwindow.colour = colour")
    for letter in ("r", "a", "1", "_", "'", "\\"):
        page.wait_for_function("letter => colour(letter.repeat(400_000)).length > 0", arg=letter, timeout=30_000)
