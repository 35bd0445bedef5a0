"""A class of one's own on the model page: written, refused at its line, taken in hand, mended, X-rayed."""

import pytest

from netcore.model.custom.source import CustomSource
from netcore.model.custom.templates import list_templates
from netcore.model.presets import get_preset
from netcore.model.ready_made import list_ready_made
from netcore.model.stack import Stack
from netcore.settings import MAX_SOURCE_BYTES, Settings
from pages.shared.workspace import Workspace
from tests.ui.page_help import button, labels

TWO_LAYERS = """\
import torch
from torch import nn


class TwoLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)
        return self.fc2(torch.relu(self.fc1(x)))
"""
TEMPLATES = {template.name: template for template in list_templates()}


def work_of(app):
    identity = app.query_params["w"]
    return Workspace(identity, Settings.from_environment().workspaces / identity)


def draft_of(app):
    return work_of(app).draft(work_of(app).hand.spec)


def editor(app):
    """The key of the editor: a new one with every class in hand."""
    return f"model_class_{app.session_state['model_class_shown'][1]}_editor"


def write(app, text):
    app.session_state[editor(app)] = {"value": text}
    app.run()
    assert not app.exception


def hold(app, text=TWO_LAYERS):
    """Have this class in hand."""
    work = work_of(app)
    work.take(work.hand.with_spec(CustomSource(text)))
    app.run()
    assert not app.exception


def take(app, text):
    """Write this class over another one, and take it."""
    hold(app)
    write(app, text)
    button(app, "Take this class").click().run()
    assert not app.exception


def choose(app, name):
    app.selectbox(key="model_begin").select(TEMPLATES[name].network).run()
    assert not app.exception


def errors(app):
    return [item.value for item in app.error]


def test_a_stack_turned_into_a_class_keeps_its_shapes_and_parameters(open_page):
    app = open_page("model")
    before = app.table[0].value
    button(app, "Turn it into a class").click().run()
    assert not app.exception
    spec = work_of(app).hand.spec
    assert isinstance(spec, CustomSource) and "self.fc1 = nn.Linear(784, 128)" in spec.source
    after = app.table[0].value
    assert after["Shape out"].tolist() == before["Shape out"].tolist()
    assert after["Parameters"].tolist() == before["Parameters"].tolist()
    assert [cell.split()[0] for cell in after["Layer"]] == ["flatten", "fc1", "relu", "fc2"]


def test_a_layer_without_self_is_mended_in_the_text_with_one_click(open_page):
    app = open_page("model")
    hold(app)
    write(app, TWO_LAYERS.replace("self.fc2 = nn", "fc2 = nn"))
    assert any("self.fc2 is used, and nothing gives it" in words for words in errors(app))
    button(app, "Mend it: `self.fc2 = nn.Linear(32, 10)`").click().run()
    assert not app.exception
    assert errors(app) == []
    assert draft_of(app) == TWO_LAYERS


@pytest.mark.parametrize("network", list_ready_made(), ids=lambda network: network.name)
def test_every_ready_made_class_can_be_written_on(open_page, network):
    app = open_page("model")
    app.selectbox(key="model_begin").select(network).run()
    button(app, "Change this class").click().run()
    assert not app.exception
    assert work_of(app).hand.spec == CustomSource(network.source)
    assert errors(app) == []


def test_what_the_wall_refuses_stands_with_its_line_and_cannot_be_taken(open_page):
    app = open_page("model")
    hold(app)
    write(app, TWO_LAYERS.replace("torch.relu(", "torch.os.system("))
    assert any(words.startswith("Line 13: ") and "torch.os" in words for words in errors(app))
    assert button(app, "Take this class").disabled
    assert work_of(app).hand.spec == CustomSource(TWO_LAYERS)


def test_a_class_that_is_taken_is_traced_and_its_lines_are_said(open_page):
    app = open_page("model")
    take(app, TWO_LAYERS.replace("32", "48"))
    assert work_of(app).hand.spec.source == TWO_LAYERS.replace("32", "48")
    assert app.table[0].value["Parameters"].tolist() == ["37,680", "490"]
    assert errors(app) == []
    assert any("This is the network in use." in item.value for item in app.caption)


def test_shapes_that_do_not_meet_are_said_at_their_line_and_mended_with_one_click(open_page):
    app = open_page("model")
    take(app, TWO_LAYERS.replace("nn.Linear(32, 10)", "nn.Linear(64, 10)"))
    assert any("takes 64 features, and gets 32" in words.replace("\\", "") for words in errors(app))
    mend = next(label for label in labels(app) if label.startswith("Mend it"))
    button(app, mend).click().run()
    assert not app.exception
    assert work_of(app).hand.spec == CustomSource(TWO_LAYERS)
    assert errors(app) == []


def test_a_text_that_is_too_long_to_be_kept_says_so(open_page):
    app = open_page("model")
    hold(app)
    write(app, TWO_LAYERS + "#" * 5 * MAX_SOURCE_BYTES)
    assert [item.value for item in app.warning] == [
        "This text is too long to be kept: a reload of the page loses it. Keep only the classes of the network."
    ]
    write(app, TWO_LAYERS + "# short")
    assert not app.warning


def test_what_was_typed_is_there_after_a_reload_and_can_be_undone(open_page):
    app = open_page("model")
    hold(app)
    typed = TWO_LAYERS + "\n# to be continued\n"
    write(app, typed)
    again = open_page("model", address=app.query_params["w"])
    assert again.session_state["model_class_began"][1] == typed
    button(again, "Undo my changes").click().run()
    assert again.session_state["model_class_began"][1] == TWO_LAYERS
    assert "Undo my changes" not in labels(again)


def test_ones_own_class_is_found_again_behind_another_network(open_page):
    app = open_page("model")
    hold(app)
    app.selectbox(key="model_begin").select(get_preset("lenet5").stack).run()
    assert not isinstance(work_of(app).hand.spec, CustomSource)
    assert app.selectbox(key="model_begin").options[-1] == "Your own class: TwoLayers"
    app.selectbox(key="model_begin").select(CustomSource(TWO_LAYERS)).run()
    assert work_of(app).hand.spec == CustomSource(TWO_LAYERS)


@pytest.mark.parametrize(
    ("name", "ghosts"), [("plain_list", "2 parts of this network are"), ("unregistered", "One part of this network is")]
)
def test_the_x_ray_names_the_ghosts_of_a_trap_and_mends_them(open_page, name, ghosts):
    app = open_page("model")
    choose(app, name)
    app.session_state["model_tab"] = "X-ray"
    app.run()
    assert any(words.startswith(ghosts) for words in errors(app))
    rows = app.table[1].value
    still = rows[rows["Registered"].str.contains("ghost")]["Moved by one step"]
    assert all(cell == ":red[**0.0**]" for cell in still)
    button(app, next(label for label in labels(app) if label.startswith("Mend it"))).click().run()
    assert not app.exception
    assert errors(app) == []
    assert any(item.value.startswith("All layers are registered") for item in app.success)


def test_a_network_without_a_class_of_ones_own_can_be_x_rayed_too(open_page):
    app = open_page("model")
    app.session_state["model_tab"] = "X-ray"
    app.run()
    assert any("all 101,770 parameters" in item.value for item in app.success)


def test_where_no_class_runs_the_page_says_why_and_everything_else_works(open_page, monkeypatch):
    monkeypatch.setenv("NETCORE_CODE", "off")
    app = open_page("model")
    work = work_of(app)
    work.take(work.hand.with_spec(CustomSource(TWO_LAYERS.replace("32", "33"))))
    again = open_page("model", address=app.query_params["w"])
    assert any("NETCORE_CODE is off" in words for words in errors(again))
    again.selectbox(key="model_begin").select(get_preset("mlp").stack).run()
    assert not again.exception
    assert errors(again) == []


def test_a_class_answers_on_the_samples_page_as_any_other_network(open_page):
    app = open_page("model")
    hold(app)
    samples = open_page("samples", address=app.query_params["w"])
    assert errors(samples) == []
    assert any("`logits = model(x)`" in cell for cell in samples.table[0].value.iloc[:, 1])


def test_what_a_class_prints_is_shown_once_for_one_digit(open_page):
    app = open_page("model")
    hold(app, TWO_LAYERS.replace("        return", "        print('rows', tuple(x.shape))\n        return"))
    assert [item.value for item in app.code if item.value.startswith("rows")] == ["rows (1, 784)"]


def test_the_table_of_a_class_names_the_line_of_each_layer_and_of_what_does_not_fit(open_page):
    app = open_page("model")
    hold(app)
    assert app.table[0].value["Line"].tolist() == ["13", "13"]
    hold(app, TWO_LAYERS.replace("nn.Linear(32, 10)", "nn.Linear(64, 10)"))
    assert app.table[0].value["Line"].tolist() == ["13", "13"]
    assert app.table[0].value["Shape out"].tolist()[-1] == ":red[**does not fit**]"


WHOLE_SCRIPT = (
    "%matplotlib inline\nimport os\nfrom torch import optim\n"
    + TWO_LAYERS.replace("def __init__(self)", "def __init__(self, hidden)").replace("32", "hidden")
    + "\n\nhidden = 24\n\nif __name__ == '__main__':\n    net = TwoLayers(hidden).to('cuda')\n    print(net)\n"
)


def test_whole_script_becomes_the_network_in_use_and_what_was_left_out_is_listed(open_page):
    app = open_page("model")
    hold(app)
    write(app, WHOLE_SCRIPT)
    assert errors(app) == []
    assert button(app, "Take this class").disabled
    assert "This is a whole script. Its network is `TwoLayers(24)`, as the script makes it." in [
        item.value for item in app.info
    ]
    button(app, "Keep only the network").click().run()
    assert not app.exception and errors(app) == []
    spec = work_of(app).hand.spec
    assert spec.call == "TwoLayers(24)" and "import os" not in spec.source
    assert app.table[0].value["Parameters"].tolist() == ["18,840", "250"]
    (listed,) = [item.value for item in app.markdown if item.value.startswith("- Line")]
    assert listed.splitlines() == [
        "- Line 1: notebook command, `%matplotlib inline`",
        "- Lines 2–3: import, `import os`",
        "- Line 19: settings, `hidden = 24`",
        "- Lines 21–23: main part, `if __name__ == '__main__':`",
    ]
    button(app, "Bring back the whole script").click().run()
    assert draft_of(app) == WHOLE_SCRIPT


def test_script_whose_class_is_wrong_stands_in_the_editor_with_what_is_wrong(open_page):
    app = open_page("model")
    hold(app)
    write(app, WHOLE_SCRIPT.replace("%matplotlib inline\n", "").replace("torch.relu(", "torch.relv("))
    assert len(errors(app)) == 1 and "torch.relv" in errors(app)[0]
    button(app, "Keep only the network").click().run()
    assert work_of(app).hand.spec == CustomSource(TWO_LAYERS)
    assert len(errors(app)) == 1 and "torch.relv" in errors(app)[0]
    assert draft_of(app).startswith("import torch\nfrom torch import nn\n")
    assert "torch.relv(" in draft_of(app)


def test_sequential_in_the_editor_becomes_a_stack(open_page):
    app = open_page("model")
    hold(app)
    write(
        app,
        "model = nn.Sequential(\n    nn.Flatten(),  # one row\n    nn.Linear(28 * 28, nbClasses),\n)\nprint(model)\n",
    )
    assert errors(app) == []
    button(app, "Use this stack").click().run()
    assert not app.exception
    assert work_of(app).hand.spec == Stack.parse("flatten, linear(784,10)")
    assert "The text gives `nbClasses` no value: it is 10 here." in [item.value for item in app.info]


PARTLY = TWO_LAYERS.replace("self.fc1 = nn.Linear(784, 32)", "self.fc1 = [nn.Linear(784, 32)]").replace(
    "self.fc1(x)", "self.fc1[0](x)"
)


def test_what_the_network_does_not_hold_is_told_beside_the_shapes_and_mended(open_page):
    app = open_page("model")
    hold(app, PARTLY)
    assert [":red[**ghost**]" in name for name in app.table[0].value["Layer"]] == [True, False]
    assert any("**330** parameters · :red[**25,120** in a ghost]" in item.value for item in app.markdown)
    (error,) = errors(app)
    assert "stands in a plain list" in error
    app.button(key="model_ghost_0").click().run()
    assert not app.exception and errors(app) == []
    assert "self.fc1 = nn.ModuleList([nn.Linear(784, 32)])" in work_of(app).hand.spec.source
    assert app.table[0].value["Parameters"].tolist() == ["25,120", "330"]
