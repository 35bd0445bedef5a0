"""One's own digit on the samples page: drawn, found, answered, and followed through the steps."""

from dataclasses import fields

import pytest

from netcore.data.digits import DigitOptions
from netcore.errors import DataError
from netcore.model.presets import get_preset
from netcore.settings import Settings
from pages.shared import drawing
from pages.shared.workspace import Hand, Workspace
from tests.ui.own_help import ONE, SEVEN, SEVENTY_ONE, train_small
from tests.ui.page_help import button


@pytest.fixture
def samples(open_page):
    """The page with a trained network in hand and the paper before one."""
    app = open_page("samples")
    work = Workspace(app.session_state["w"], Settings.from_environment().workspaces / app.session_state["w"])
    run = train_small(work)
    work.take(Hand(get_preset("mlp").stack, run=run.identity))
    return choose(app, "draw")


def choose(app, source):
    app.get_by_key("samples_source").set_value(source).run()
    assert not app.exception
    return app


def draw(app, *strokes):
    app.session_state["own_strokes"] = list(strokes)
    app.run()
    assert not app.exception
    return app


def answer(app):
    """The digit that stands large beside the picture."""
    return [title.value.split()[0] for title in app.title if ":gray[" in title.value]


def open_tab(app, name):
    app.session_state["samples_own_tab"] = app.query_params["samples_own_tab"] = name
    app.run()
    assert not app.exception


def switch(app, step, value):
    app.toggle(key=f"strip_{step}").set_value(value).run()
    assert not app.exception


@pytest.mark.parametrize(
    ("source", "words"),
    [("draw", "Draw a digit with mouse"), ("upload", "Upload a photo"), ("camera", "in front of the camera")],
)
def test_without_a_picture_the_page_says_what_to_do_and_that_is_no_error(samples, source, words):
    choose(samples, source)
    assert [words in info.value for info in samples.info] == [True]
    assert not samples.error
    assert not samples.tabs


def test_a_drawn_digit_is_answered_beside_the_paper_and_its_steps_come_first(samples):
    draw(samples, SEVEN)
    assert answer(samples) == ["7"]
    assert not samples.error
    assert [tab.label for tab in samples.tabs][:2] == ["Film strip", "The walk"]
    assert {toggle.key for toggle in samples.toggle if toggle.key.startswith("strip_")} == {
        f"strip_{step.name}" for step in fields(DigitOptions) if step.name != "batch"
    }


def test_each_step_says_what_the_network_answers_without_it(samples):
    draw(samples, SEVEN)
    costs = [words.value for words in samples.markdown if words.value.startswith("Without it")]
    assert len(costs) == len(fields(DigitOptions))
    switch(samples, "crop", False)
    now = answer(samples)
    (cost,) = [words.value for words in samples.markdown if words.value.startswith("With it")]
    assert "**7**" in cost
    assert now == ["7"] or f"instead of **{now[0]}**" in cost


def test_the_switches_change_the_digit_in_hand_and_hold_in_other_tabs_and_on_other_pages(samples):
    draw(samples, SEVEN)
    before = [title.value for title in samples.title]
    switch(samples, "fit", False)
    after = [title.value for title in samples.title]
    assert after != before
    open_tab(samples, "The walk")
    assert [title.value for title in samples.title] == after
    samples.switch_page("pages/model.py").run()
    samples.switch_page("pages/samples.py").run()
    choose(samples, "draw")
    assert [title.value for title in samples.title] == after
    open_tab(samples, "Film strip")
    switch(samples, "fit", True)
    assert [title.value for title in samples.title] == before


def test_without_scaling_the_network_gets_numbers_up_to_255(samples):
    draw(samples, SEVEN)
    before = [title.value for title in samples.title]
    switch(samples, "scale", False)
    assert [title.value for title in samples.title] != before


def test_a_class_is_asked_too(samples):
    from netcore.model.custom.source import CustomSource

    source = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(784, 10)

    def forward(self, x):
        return self.last(torch.flatten(x, 1))


model = Net()
"""
    work = Workspace(samples.session_state["w"], Settings.from_environment().workspaces / samples.session_state["w"])
    work.take(Hand(CustomSource(source)))
    draw(samples, SEVEN)
    assert not samples.error
    assert len(answer(samples)) == 1


def test_undo_takes_the_last_stroke_and_clear_all_of_them(samples):
    draw(samples, SEVEN, ONE)
    button(samples, "Undo").click().run()
    assert samples.session_state["own_strokes"] == [SEVEN]
    assert answer(samples) == ["7"]
    button(samples, "Clear").click().run()
    assert samples.session_state["own_strokes"] == []
    assert len(samples.info) == 1
    assert button(samples, "Undo").disabled


def test_the_drawing_waits_while_one_is_on_another_page_or_source(samples):
    draw(samples, SEVEN)
    choose(samples, "mnist")
    assert answer(samples) == []
    choose(samples, "draw")
    assert answer(samples) == ["7"]
    samples.switch_page("pages/model.py").run()
    samples.switch_page("pages/samples.py").run()
    choose(samples, "draw")
    assert answer(samples) == ["7"]


def test_two_tabs_of_one_visitor_have_a_paper_each(samples, open_page):
    draw(samples, SEVEN)
    other = choose(open_page("samples", samples.session_state["w"]), "draw")
    assert len(other.info) == 1
    draw(other, ONE)
    samples.run()
    assert (answer(samples), answer(other)) == (["7"], ["1"])


def test_the_label_that_one_gives_says_right_or_wrong_and_ends_with_the_drawing(samples):
    draw(samples, SEVEN)
    labels = [box for box in samples.selectbox if box.label == "It is a"]
    labels[0].set_value(7).run()
    assert any("Right" in words.value for words in samples.markdown)
    draw(samples, SEVEN, {**SEVEN, "points": [150, 150, 200, 150]})
    assert any("you say 7" in words.value for words in samples.markdown)
    labels = [box for box in samples.selectbox if box.label == "It is a"]
    labels[0].set_value(2).run()
    assert any("Wrong" in words.value for words in samples.markdown)
    open_tab(samples, "The walk")
    assert not samples.error
    button(samples, "Clear").click().run()
    draw(samples, SEVEN)
    assert not any("you say" in words.value for words in samples.markdown)


def test_several_digits_are_read_from_left_to_right_and_each_can_be_taken_in_hand(samples):
    draw(samples, *SEVENTY_ONE)
    assert samples.title[1].value == "71"
    assert answer(samples) == ["7"]
    samples.button(key="own_digit_1").click().run()
    assert not samples.exception
    assert answer(samples) == ["1"]
    open_tab(samples, "The walk")
    assert answer(samples) == ["1"]
    draw(samples, SEVENTY_ONE[0])
    assert answer(samples) == ["7"]


def test_a_drawing_on_which_nothing_is_left_is_said_in_a_sentence(samples):
    draw(samples, SEVEN, *[{"points": [x, 0, x, 280], "width": 60, "erases": True} for x in range(0, 281, 40)])
    assert len(samples.error) == 1
    assert not samples.tabs


@pytest.mark.parametrize("strokes", [["x"], [{"points": [1]}], [[]], {"points": []}, [{**SEVEN, "points": []}]])
def test_what_no_pen_draws_is_never_kept_and_what_was_drawn_before_it_stays(monkeypatch, strokes):
    state = {"own_paper": {"drawing": {"version": 0, "strokes": strokes}}, "own_strokes": [SEVEN]}
    monkeypatch.setattr(drawing.st, "session_state", state)
    drawing._keep()
    assert (state["own_strokes"], state["own_version"]) == ([SEVEN], 1)
    assert "is not a drawing" in str(state["own_refused"])


def test_what_was_not_kept_is_said_once(samples):
    draw(samples, SEVEN)
    samples.session_state["own_refused"] = DataError("This is not a drawing.", "It was not kept.")
    samples.run()
    assert [error.value for error in samples.error] == ["This is not a drawing. It was not kept."]
    assert answer(samples) == ["7"]
    samples.run()
    assert not samples.error


def test_a_step_without_which_nothing_is_left_can_be_switched_on_again(samples, monkeypatch):
    from pages.shared import preparation

    draw(samples, SEVEN)
    prepare_all = preparation.prepare_all

    def refuse(picture, options):
        if not options.light:
            raise DataError("There is no ink left of this digit.", "Switch a step on again.")
        return prepare_all(picture, options)

    monkeypatch.setattr(preparation, "prepare_all", refuse)
    switch(samples, "light", False)
    assert "no ink left" in samples.error[0].value
    assert not samples.tabs
    button(samples, "Switch all steps on").click().run()
    assert not samples.error
    assert answer(samples) == ["7"]


def test_the_steps_say_their_numbers_and_the_shape(samples):
    draw(samples, SEVEN)
    words = " ".join(markdown.value for markdown in samples.markdown)
    assert "20 × 20 pixels" in words or "× 20 pixels" in words
    assert "The light is even and the paper has no lines: nothing to do." in words
    assert "dark on light" in words
    for step in ("fit", "centre", "scale", "pen", "crop", "specks", "ink", "light"):
        switch(samples, step, False)
        switch(samples, step, True)
    assert not samples.error


def test_the_script_under_code_is_the_one_whose_lines_stand_at_the_steps(samples):
    draw(samples, *SEVENTY_ONE)
    switch(samples, "crop", False)
    (script,) = [code.value for code in samples.code if "digit.png" in code.value]
    lines = [line for words in samples.markdown for line in words.value.split("`")[1::2] if "  \n`" in words.value]
    assert len(lines) >= len(fields(DigitOptions))
    assert all(line in script for line in lines)
    assert "box_of(chosen)" not in script
    assert "region = Region(" in script
