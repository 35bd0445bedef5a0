"""Whatever stands in an address: the page shows its usual setting, and says so in one quiet sentence."""

import pytest
from streamlit.testing.v1 import AppTest

from netcore.settings import PROJECT_FOLDER
from tests.ui.page_help import PATIENCE

NOT_UNDERSTOOD = "Something in the address was not understood, so the usual setting is shown."
NUMBERS = ("1e999", "-1e999", "nan", "-1", "1.5", "10000000", "9" * 400, "٣")
NONSENSE = (*NUMBERS, "[1, 2]", '{"a": 1}', "[", "null", "true", "")
SETTINGS = {
    "samples_source": "samples",
    "samples_split": "samples",
    "samples_index": "samples",
    "samples_label": "samples",
    "samples_tab": "samples",
    "model_tab": "model",
    "zoo_model": "zoo",
}


def visit(page, **asked):
    app = AppTest.from_file(PROJECT_FOLDER / "app.py", default_timeout=PATIENCE)
    for key, value in asked.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception and not app.error
    return app


@pytest.mark.parametrize("key", SETTINGS)
def test_nonsense_in_the_address_is_the_usual_setting_and_one_sentence(open_page, key):
    usual = visit(SETTINGS[key])
    for value in NONSENSE:
        app = visit(SETTINGS[key], **{key: value})
        assert [item.value for item in app.caption].count(NOT_UNDERSTOOD) == 1, value
        assert app.session_state[key] == usual.session_state[key]
        app.run()
        assert NOT_UNDERSTOOD not in [item.value for item in app.caption]


def test_what_is_understood_is_shown_without_a_word(open_page):
    app = visit("samples", samples_index="123", samples_split="train", samples_label="3")
    assert (app.session_state["samples_index"], app.session_state["samples_label"]) == (123, 3)
    assert NOT_UNDERSTOOD not in [item.value for item in app.caption]


def test_several_values_for_one_setting_are_the_last(open_page):
    assert visit("samples", samples_index=["x", "7"]).session_state["samples_index"] == 7
