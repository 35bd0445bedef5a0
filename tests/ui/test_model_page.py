"""The model page as a visitor uses it."""

import errno
import os
import time

import pytest

from netcore import files
from netcore.model.custom.templates import list_templates
from netcore.model.presets import get_preset, list_presets
from netcore.model.ready_made import list_ready_made
from netcore.model.stack import Stack
from netcore.settings import Settings
from pages.shared import inspection, mirrors, text
from pages.shared.workspace import Workspace


def hand_of(app):
    identity = app.query_params["w"]
    return Workspace(identity, Settings.from_environment().workspaces / identity).hand


def spec_in_hand(app):
    return hand_of(app).spec


def type_stack(app, words):
    app.text_input(key="model_text").set_value(words).run()
    assert not app.exception


def key(app, name):
    """The key of what begins anew with every network."""
    return f"model_{app.session_state['model_shown'][1]}_{name}"


def open_tab(app, name):
    app.session_state["model_tab"] = name
    app.run()
    assert not app.exception


def table(app, place=0):
    return app.table[place].value


def test_the_course_network_is_the_first_and_its_parameters_are_counted(open_page):
    app = open_page("model")
    assert app.selectbox(key="model_begin").value == get_preset("mlp").stack
    assert table(app)["Parameters"].tolist() == ["0", "100,480", "0", "1,290"]
    assert any("**101,770** parameters" in item.value for item in app.markdown)


def test_every_shape_follows_the_batch_size(open_page):
    app = open_page("model")
    app.number_input(key="model_batch").set_value(7).run()
    assert all("**7**" in cell for cell in table(app)["Shape out"])


@pytest.mark.parametrize(
    "spec", [*(preset.stack for preset in list_presets()), *list_ready_made()], ids=lambda spec: str(spec)[:30]
)
def test_every_beginning_shows_its_shapes_and_is_the_network_in_hand(open_page, spec):
    app = open_page("model")
    app.selectbox(key="model_begin").set_value(spec).run()
    assert not app.exception
    assert not app.error
    assert spec_in_hand(app) == spec
    assert "**10**" in table(app)["Shape out"].tolist()[-1] or not isinstance(spec, Stack)


def test_typed_text_becomes_the_network_and_a_reload_finds_it(open_page):
    app = open_page("model")
    type_stack(app, "Flatten, nn.Linear(28*28, 10)")
    assert str(spec_in_hand(app)) == "flatten, linear(784,10)"
    again = open_page("model", address=app.query_params["w"])
    assert again.text_input(key="model_text").value == "flatten, linear(784,10)"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("flatten, linear(784,64), relu, linear(64,10)", "Stack of 4 layers"),
        ("flatten", "Stack of one layer"),
        ("flatten, linear(784,128), relu, linear(128,10)", get_preset("mlp").title),
    ],
)
def test_the_network_in_hand_is_called_by_its_preset_or_by_its_layers(open_page, typed, name):
    app = open_page("model")
    type_stack(app, typed)
    assert hand_of(app).name == name


def press(name):
    return lambda app: app.button(key=name).click()


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.text_input(key="model_text").set_value("flatten, linear(784,10)"),
        lambda app: app.selectbox(key="model_begin").set_value(get_preset("cnn").stack),
        lambda app: app.number_input(key="model_seed").set_value(5),
        press("model_down_1"),
        press("model_remove_2"),
    ],
    ids=["text", "beginning", "seed", "move", "remove"],
)
def test_a_disk_that_refuses_is_said_and_the_network_stays(open_page, monkeypatch, caplog, change):
    app = open_page("model")
    before = hand_of(app)

    def refuse(*arguments, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_json", refuse)
        change(app).run()
    assert not app.exception
    assert [item.value[:47] for item in app.error] == ["This did not work: No space left on device. Try"]
    assert len(table(app)) == 4
    assert hand_of(app) == before
    caplog.clear()
    change(app).run()
    assert not app.error


def test_a_change_of_what_another_tab_has_replaced_is_not_made(open_page):
    app = open_page("model")
    other = open_page("model", address=app.query_params["w"])
    type_stack(other, "flatten, linear(784,10)")
    app.button(key="model_remove_2").click().run()
    assert [item.value[:46] for item in app.error] == ["The network was changed in another tab. This i"]
    assert str(spec_in_hand(app)) == "flatten, linear(784,10)"
    assert app.text_input(key="model_text").value == "flatten, linear(784,10)"
    app.button(key="model_remove_1").click().run()
    assert not app.error
    assert str(spec_in_hand(app)) == "flatten"


def test_what_another_tab_did_counts_for_no_choice_of_this_one(open_page):
    app = open_page("model")
    other = open_page("model", address=app.query_params["w"])
    other.selectbox(key="model_begin").set_value(get_preset("cnn").stack).run()
    other.number_input(key="model_seed").set_value(5).run()
    app.number_input(key="model_batch").set_value(7).run()
    assert hand_of(app) == hand_of(other)
    assert app.selectbox(key="model_begin").value == get_preset("cnn").stack
    assert app.number_input(key="model_seed").value == 5


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff{",
        b"[" * 100_000,
        b'{"seed": ' + b"9" * 10_000 + b"}",
        b'{"spec": {"kind": ["stack"], "layers": {}}, "seed": "x", "run": 5, "mode": ["eval"]}',
        b'{"spec": {"kind": "stack", "layers": [{"layer": "Linear", "in_features": 1e999, "out_features": true}]}}',
        b'{"spec": {"kind": "stack", "layers": [' + b'{"layer": "ReLU"},' * 100_000 + b'{"layer": "ReLU"}]}}',
        b'{"spec": {"kind": "ready_made", "name": "../networks"}, "run": "../../run-1"}',
        None,
    ],
    ids=["empty", "garbage", "deep", "huge number", "types", "infinite", "long", "path", "deleted"],
)
def test_a_damaged_file_is_replaced_by_the_course_network(open_page, content):
    app = open_page("model")
    identity = app.query_params["w"]
    path = Settings.from_environment().workspaces / identity / "network.json"
    type_stack(app, "flatten, linear(784,10)")
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    app.run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="model_begin").value == get_preset("mlp").stack
    type_stack(app, "flatten, linear(784,20), linear(20,10)")
    assert str(spec_in_hand(app)) == "flatten, linear(784,20), linear(20,10)"


def test_an_old_value_that_comes_back_with_a_click_undoes_nothing(open_page, monkeypatch):
    app = open_page("model")
    stack = app.text_input(key="model_text").value
    app.button(key="model_remove_2").click().run()
    assert str(spec_in_hand(app)) == "flatten, linear(784,128), linear(128,10)"
    type_stack(app, stack)
    assert str(spec_in_hand(app)) == "flatten, linear(784,128), linear(128,10)"
    assert app.text_input(key="model_text").value == "flatten, linear(784,128), linear(128,10)"
    app.selectbox(key="model_begin").set_value(get_preset("mlp").stack).run()
    assert str(spec_in_hand(app)) == "flatten, linear(784,128), linear(128,10)"
    assert app.selectbox(key="model_begin").value is None
    later = time.monotonic() + 2
    monkeypatch.setattr(mirrors.time, "monotonic", lambda: later)
    app.selectbox(key="model_begin").set_value(get_preset("mlp").stack).run()
    assert spec_in_hand(app) == get_preset("mlp").stack


def test_the_mode_may_be_switched_to_and_fro_as_fast_as_one_likes(open_page):
    app = open_page("model")
    open_tab(app, "train() and eval()")
    for mode in ("train", "eval", "train"):
        app.get_by_key("model_mode").set_value(mode).run()
        assert hand_of(app).mode == mode


def test_text_that_is_refused_changes_nothing_and_stays_to_be_corrected(open_page):
    app = open_page("model")
    type_stack(app, "flatten, liner(784,10)")
    assert [item.value for item in app.error] == ["Layer 1: There is no layer called liner. Did you mean Linear?"]
    assert app.text_input(key="model_text").value == "flatten, liner(784,10)"
    assert spec_in_hand(app) == get_preset("mlp").stack
    type_stack(app, "flatten, linear(784,10)")
    assert not app.error


def test_text_that_is_refused_is_found_again_after_another_network_and_by_a_new_visit(open_page):
    app = open_page("model")
    type_stack(app, "flatten, liner(784,10)")
    app.get_by_key("model_begin").set_value(get_preset("cnn").stack).run()
    assert not app.error
    app.button(key="model_undo").click().run()
    again = open_page("model", app.query_params["w"])
    for page in (app, again):
        assert page.text_input(key="model_text").value == "flatten, liner(784,10)"
        assert [item.value for item in page.error] == ["Layer 1: There is no layer called liner. Did you mean Linear?"]
    type_stack(app, "flatten, linear(784,10)")
    assert not app.error
    app.button(key="model_undo").click().run()
    assert app.text_input(key="model_text").value == str(get_preset("mlp").stack)


def test_names_of_an_ordered_dict_are_said_to_be_lost(open_page):
    app = open_page("model")
    type_stack(app, 'nn.Sequential(OrderedDict([("flat", nn.Flatten()), ("out", nn.Linear(784, 10))]))')
    assert [item.value for item in app.info] == [
        "A stack numbers its layers, so these names are left out: `flat`, `out`."
    ]


def test_layers_that_do_not_fit_are_said_in_words_and_mended_with_one_click(open_page):
    app = open_page("model")
    type_stack(app, "conv2d(1,16,3,padding=1), maxpool2d(2), flatten, linear(784,10)")
    assert len(table(app)) == 4
    assert table(app)["Shape out"].tolist()[-1] == ":red[**does not fit**]"
    assert "takes 784 features, and gets 3136" in app.error[0].value
    assert app.button(key="model_mend").label == "Mend it: `in_features = 3136`"
    app.button(key="model_mend").click().run()
    assert not app.error
    assert str(spec_in_hand(app)).endswith("linear(3136,10)")


def test_an_output_that_is_not_ten_logits_is_noticed_and_mended(open_page):
    app = open_page("model")
    type_stack(app, "flatten")
    assert "a classifier of ten digits ends with" in app.warning[0].value
    app.button(key="model_mend").click().run()
    assert not app.warning
    assert str(spec_in_hand(app)) == "flatten, linear(784,10)"


def test_layers_move_and_go(open_page):
    app = open_page("model")
    app.button(key="model_down_1").click().run()
    assert str(spec_in_hand(app)) == "flatten, relu, linear(784,128), linear(128,10)"
    app.button(key="model_up_2").click().run()
    app.button(key="model_remove_2").click().run()
    assert str(spec_in_hand(app)) == "flatten, linear(784,128), linear(128,10)"
    assert app.button(key="model_up_0").disabled
    assert app.button(key="model_down_2").disabled


def test_a_layer_is_changed_in_its_row(open_page):
    app = open_page("model")
    app.session_state[key(app, "row_1")] = True
    app.run()
    app.number_input(key=key(app, "layer_1_out_features")).set_value(64).run()
    app.button(key=key(app, "change_1")).click().run()
    assert not app.exception
    assert str(spec_in_hand(app)) == "flatten, linear(784,64), relu, linear(128,10)"
    assert app.button(key="model_mend").label == "Mend it: `in_features = 64`"


def test_a_layer_is_added_with_sizes_that_fit_where_it_is_put(open_page):
    app = open_page("model")
    app.session_state[key(app, "add")] = True
    app.run()
    app.selectbox(key=key(app, "kind")).set_value("BatchNorm1d").run()
    app.selectbox(key=key(app, "after")).set_value(2).run()
    next(button for button in app.button if button.label == "Add BatchNorm1d").click().run()
    assert not app.exception
    assert str(spec_in_hand(app)) == "flatten, linear(784,128), batchnorm1d(128), relu, linear(128,10)"
    assert not app.error


def test_a_window_is_typed_as_one_number_or_two_and_nonsense_is_refused(open_page):
    app = open_page("model")
    type_stack(app, "conv2d(1,8,3), flatten, linear(5408,10)")
    for typed, written in (("5, 3", "conv2d(1,8,(5,3))"), ("5", "conv2d(1,8,5)"), ("wide", "conv2d(1,8,5)")):
        app.session_state[key(app, "row_0")] = True
        app.run()
        app.text_input(key=key(app, "layer_0_kernel_size")).set_value(typed).run()
        app.button(key=key(app, "change_0")).click().run()
        assert str(spec_in_hand(app)).startswith(written)
    assert "kernel\\_size = wide" in app.error[0].value


def test_both_forms_of_the_code_stand_side_by_side_with_equal_logits(open_page):
    app = open_page("model")
    sequential, module = [block.value for block in app.code if "torch.rand" not in block.value]
    assert sequential.startswith("from torch import nn\n\nmodel = nn.Sequential(")
    assert "class Network(nn.Module):" in module
    first, second = app.table[1].value.iloc[:, 1].tolist()
    assert first == second
    app.number_input(key="model_seed").set_value(5).run()
    assert app.table[1].value.iloc[0, 1] != first


def test_tensors_are_told_with_a_histogram(open_page):
    app = open_page("model")
    open_tab(app, "Weights")
    assert table(app, 1).iloc[:, 0].tolist() == ["`1.weight`", "`1.bias`", "`3.weight`", "`3.bias`"]
    app.selectbox(key="model_tensor").set_value("3.bias").run()
    assert not app.exception


def test_the_mode_is_switched_and_what_it_changes_is_named(open_page):
    app = open_page("model")
    app.selectbox(key="model_begin").set_value(get_preset("cnn").stack).run()
    open_tab(app, "train() and eval()")
    first, second = text.layer("1", "BatchNorm2d"), text.layer("5", "BatchNorm2d")
    assert any(f"keep still: {first}, {second}." in item.value for item in app.markdown)
    app.get_by_key("model_mode").set_value("train").run()
    assert any(f"behave differently: {first}" in item.value for item in app.markdown)
    assert hand_of(app).mode == "train"


def test_what_ignores_the_mode_is_named_at_its_line_and_mended(open_page):
    app = open_page("model")
    trap = next(template for template in list_templates() if template.name == "functional_dropout")
    app.selectbox(key="model_begin").set_value(trap.network).run()
    open_tab(app, "train() and eval()")
    words = " ".join(item.value for item in app.markdown)
    assert "In eval() the logits scatter too" in words
    assert "behaves differently" not in words
    (warning,) = [item.value for item in app.warning]
    assert warning == "Line 19: `F.dropout(x, 0.5)` draws at random in `eval()` too."
    button = next(item for item in app.button if "training=self.training" in item.label)
    button.click().run()
    assert "F.dropout(x, 0.5, training=self.training)" in hand_of(app).spec.source
    words = " ".join(item.value for item in app.markdown)
    assert "in eval() they never move" in words
    assert not app.warning


def test_batch_norm_with_one_image_is_explained(open_page):
    app = open_page("model")
    type_stack(app, "flatten, batchnorm1d(784), linear(784,10)")
    open_tab(app, "train() and eval()")
    app.number_input(key="model_images").set_value(1).run()
    assert not app.exception
    assert "BatchNorm1d normalises by the spread of the batch" in app.error[0].value


def test_closed_tabs_cost_nothing(open_page, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a closed tab was computed")

    monkeypatch.setattr(inspection, "parameters_of", refuse)
    monkeypatch.setattr(inspection, "modes_of", refuse)
    app = open_page("model")
    assert not app.exception


@pytest.mark.parametrize("tab", ["Code", "Weights", "train() and eval()"])
def test_every_tab_stands_while_the_layers_do_not_fit(open_page, tab):
    app = open_page("model")
    type_stack(app, "linear(784,10)")
    open_tab(app, tab)
    assert app.info or tab == "Weights"
