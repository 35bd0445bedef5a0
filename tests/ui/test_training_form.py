"""The settings of a run on the training page: recipes fill them, digits are seen before they are changed."""

import pytest

from netcore.training.config import TrainingConfig
from netcore.training.recipes import list_recipes

RECIPES = list_recipes()


def choose(app, recipe):
    app.selectbox(key="training_recipe").set_value(recipe).run()
    assert not app.exception


def number(app, label):
    """A field for a number: whole ones have steps, decimals are typed."""
    return next(item for item in [*app.number_input, *app.text_input] if item.label == label)


def labels(app):
    return [item.label for item in [*app.number_input, *app.text_input]]


def said(app):
    return "\n".join(str(item.value) for item in [*app.caption, *app.markdown, *app.error])


def pictures(app):
    return app.main.get("image")


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_recipe_fills_the_form_and_says_why_it_is_good_or_bad(open_page, recipe):
    app = open_page("training")
    choose(app, recipe.name)
    config = recipe.config
    assert not app.error
    for label, value in {
        "Epochs": config.epochs,
        "Batch size": config.batch_size,
        "Learning rate": config.learning_rate,
        "Training digits": config.training_size,
        "Share of wrong labels": config.label_noise,
        "Shift (pixels)": config.shift,
        "Patience": config.patience,
        "Weight decay": config.weight_decay,
    }.items():
        shown = number(app, label).value
        assert shown == (f"{value:g}" if isinstance(value, float) else value), label
    selected = {item.label: item.value for item in app.selectbox}
    assert (selected["Optimizer"], selected["Schedule"]) == (config.optimizer, config.schedule)
    assert f"Train {config.epochs} epochs" in [item.label for item in app.button]
    assert app.selectbox(key="training_recipe").format_func(recipe.name).startswith("Good" if recipe.is_good else "Bad")
    assert ("Good, because" if recipe.is_good else "Bad, because") in said(app)


def test_there_are_good_recipes_and_bad_ones_and_the_first_is_the_course():
    assert RECIPES[0].config == TrainingConfig()
    assert [recipe.is_good for recipe in RECIPES] == sorted((recipe.is_good for recipe in RECIPES), reverse=True)
    assert {recipe.is_good for recipe in RECIPES} == {True, False}


def test_a_recipe_chosen_again_is_as_it_was(open_page):
    app = open_page("training")
    choose(app, "few_digits")
    number(app, "Training digits").set_value(900).run()
    assert number(app, "Training digits").value == 900
    choose(app, "too_fast")
    choose(app, "few_digits")
    assert number(app, "Training digits").value == 500


def test_what_was_set_is_still_there_after_another_page(open_page):
    app = open_page("training")
    choose(app, "few_digits")
    number(app, "Training digits").set_value(900).run()
    app.switch_page("pages/samples.py").run()
    app.switch_page("pages/training.py").run()
    assert app.selectbox(key="training_recipe").value == "few_digits"
    assert number(app, "Training digits").value == 900


def test_augmented_digits_are_drawn_before_they_are_used(open_page):
    app = open_page("training")
    assert "The digits are shown as they are" in said(app)
    before = len(pictures(app))
    number(app, "Shift (pixels)").set_value(3).run()
    assert not app.exception
    assert "A training digit, and eight ways" in said(app)
    assert len(pictures(app)) == before + 2


def test_a_schedule_shows_only_the_settings_that_it_uses(open_page):
    app = open_page("training")
    assert "Factor" not in labels(app)
    for schedule, uses in (("step", True), ("cosine", False), ("one_cycle", False), ("plateau", True)):
        next(item for item in app.selectbox if item.label == "Schedule").set_value(schedule).run()
        assert not app.exception
        assert ("Factor" in labels(app)) is uses
        assert ("Every … epochs" in labels(app)) is uses


@pytest.mark.parametrize(
    ("label", "value", "sentence"),
    [
        ("Training digits", 0, "The setting Training digits is 0. Give it a whole number from 1 to 59999."),
        ("Training digits", 55_000, "55000 digits to learn from and 10000 held back are more than the 60000"),
        ("Training digits", 50, "A batch of 64 is more than the 50 digits to learn from."),
        ("Shift (pixels)", 9, "The setting Shift (pixels) is 9. Give it a whole number from 0 to 8."),
        ("Rotation (°)", "-1", "The setting Rotation (°) is -1.0. Give it a number from 0.0 to 45.0."),
        ("Share of wrong labels", "1,5", "The setting Share of wrong labels is 1.5. Give it a number from 0.0 to 1.0."),
        ("Patience", -1, "The setting Patience is -1. Give it a whole number from 0 to 200."),
        ("Clip norm", "−1", "The setting Clip norm is -1.0. Give it a number from 0.0 to 1000.0."),
    ],
)
def test_a_bad_setting_is_a_sentence_and_stays_to_be_corrected(open_page, label, value, sentence):
    app = open_page("training")
    number(app, label).set_value(value).run()
    assert not app.exception
    assert sentence in app.error[0].value.replace("\\", "")
    assert number(app, label).value == value


def test_the_precision_is_chosen_among_more_settings_and_stands_in_the_code(open_page):
    app = open_page("training")
    choice = next(item for item in app.selectbox if item.label == "Precision")
    assert choice.options == ["float32", "bfloat16"]
    assert not any("autocast" in item.value for item in app.code)
    choice.set_value("bfloat16").run()
    assert not app.exception
    assert any("autocast" in item.value for item in app.code)
