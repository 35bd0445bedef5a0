"""Predict, then reveal: nothing is shown before the guess, and a guess counts once."""

import pytest

from netcore.data.mnist import load_mnist
from netcore.model.forward import forward_digits
from netcore.model.presets import get_preset
from tests.ui.own_help import SEVEN
from tests.ui.page_help import button, labels
from tests.ui.test_samples_walk import said, take


@pytest.fixture
def page(open_page):
    """The samples page with the course's MLP, untrained, before the guess."""
    app = open_page("samples")
    app.toggle(key="reveal_on").set_value(True).run()
    assert not app.exception
    return app


def everything(app):
    kinds = (app.markdown, app.caption, app.table, app.info, app.code, app.error, app.warning)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def right_digit():
    """What the network says, from the engine."""
    model = get_preset("mlp").stack.build(0)
    return str(forward_digits(model.eval(), load_mnist("test").images[:1]).predictions[0])


def test_before_the_guess_nothing_gives_the_answer_away(page):
    assert "Hidden until you reveal" in said(page)
    assert not page.table
    assert not page.get("plotly_chart")
    assert not page.code
    assert "The network says" not in everything(page)


def test_each_question_has_its_options_and_nothing_is_chosen(page):
    shape, parameters, digit = page.radio
    assert (len(shape.options), len(parameters.options), len(digit.options)) == (4, 4, 10)
    assert [shape.value, parameters.value, digit.value] == [None, None, None]


def test_the_answer_comes_after_the_guess_with_the_reason_and_a_tally(page):
    guess = right_digit()
    page.radio[2].set_value(guess).run()
    button(page, "Reveal").click().run()
    assert not page.exception
    assert f":green[**Right**]: {guess}." in said(page)
    assert said(page).count("Not answered:") == 2
    assert "In this session: 1 of 1 guesses right." in everything(page)
    assert page.table
    assert "Reveal" not in labels(page)


def test_a_wrong_guess_is_told_with_what_is_right(page):
    wrong = next(option for option in page.radio[2].options if option != right_digit())
    page.radio[2].set_value(wrong).run()
    button(page, "Reveal").click().run()
    assert f":red[**Wrong**]: not {wrong}, but {right_digit()}." in said(page)
    assert "In this session: 0 of 1 guesses right." in everything(page)


def test_the_next_digit_is_a_new_question_and_the_first_one_stays_answered(page):
    button(page, "Reveal").click().run()
    button(page, "Next").click().run()
    assert "Hidden until you reveal" in said(page)
    button(page, "Previous").click().run()
    assert "Hidden until you reveal" not in said(page)


def test_another_network_is_a_new_question(page):
    button(page, "Reveal").click().run()
    take(page, "flatten, linear(784, 10)")
    assert "Hidden until you reveal" in said(page)


def test_switched_off_everything_is_shown_at_once(page):
    page.toggle(key="reveal_on").set_value(False).run()
    assert page.table
    assert not page.radio


def test_a_network_that_does_not_fit_says_why_instead_of_asking(page):
    take(page, "flatten, linear(100, 10)")
    assert page.error
    assert not page.radio


def test_a_drawn_digit_is_guessed_before_its_answer_stands_beside_the_paper(open_page):
    app = open_page("samples")
    app.get_by_key("samples_source").set_value("draw").run()
    app.session_state["own_strokes"] = [SEVEN]
    app.toggle(key="reveal_on").set_value(True).run()
    assert not app.exception
    assert "The network says" not in everything(app)
    assert not app.get("plotly_chart")
    assert "Hidden until you reveal" in said(app)
    button(app, "Reveal").click().run()
    assert app.get("plotly_chart")
