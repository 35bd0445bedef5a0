"""Inside, surgery and side by side, as a visitor uses them: what is shown is what the engine says."""

import pytest

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.model.custom.source import CustomSource
from netcore.model.inside.attribution import attribute
from netcore.model.inside.closeup import look_closely
from netcore.model.inside.surgery import Cut, forward_cut, measure_cut
from netcore.model.presets import get_preset
from netcore.model.stack import Stack
from netcore.settings import Settings
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from pages.shared import text
from pages.shared.workspace import Hand, Workspace

IMAGE = pack(load_mnist("test").images[0])
GIVEN = {"images": IMAGE, "highest": 1, "mode": "eval", "seed": 0}
CNN = get_preset("cnn").stack


@pytest.fixture
def open_tab(open_page):
    """``open_tab("inside", hand)`` opens that tab of the samples page with ``hand`` as the network in hand."""

    def open_tab(name, hand=None):
        app = open_page("samples")
        if hand:
            work_of(app).take(hand)
        app.session_state["samples_tab"] = text.page("samples")(name)
        app.run()
        assert not app.exception
        return app

    return open_tab


def work_of(app):
    identity = app.session_state["w"]
    return Workspace(identity, Settings.from_environment().workspaces / identity)


def words(app):
    return "\n".join(element.value for element in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning])


def test_all_layers_are_told_in_the_order_in_which_they_ran(open_tab):
    app = open_tab("inside", Hand(CNN))
    layers = [text.layer(str(place), type(layer).__name__) for place, layer in enumerate(CNN.build(0))]
    told = [element.value for element in app.markdown if element.value.startswith(tuple(layers))]
    assert len(told) == len(layers) == 10
    assert all(words.startswith(layer) for words, layer in zip(told, layers, strict=True))
    assert "first, random ones" in words(app)


def test_look_closely_leads_to_the_number_and_its_arithmetic(open_tab):
    app = open_tab("inside", Hand(CNN))
    app.button(key="inside_closer_4").click().run()
    assert not app.exception
    assert app.session_state["inside_view"] == "closeup"
    app.number_input(key="inside_channel").set_value(5)
    app.number_input(key="inside_row").set_value(13)
    app.number_input(key="inside_column").set_value(0).run()
    found = look_closely(CNN.build(0).eval(), **GIVEN, step=4, channel=5, row=13, column=0)
    assert f"**{text.number(found.value)}** stands at `[5, 13, 0]`" in words(app)
    assert f"= **{text.number(found.origin.value)}**" in words(app)
    assert len(app.get("plotly_chart")) == 3


@pytest.mark.parametrize("step", range(10))
def test_the_close_up_of_every_layer_of_the_cnn_is_drawn(open_tab, step):
    app = open_tab("inside", Hand(CNN))
    app.button(key=f"inside_closer_{step}").click().run()
    assert not app.exception
    assert not app.error
    assert "comes from" in words(app)


def test_a_place_that_the_next_layer_does_not_have_is_no_error(open_tab):
    app = open_tab("inside", Hand(CNN))
    app.button(key="inside_closer_0").click().run()
    app.number_input(key="inside_row").set_value(27)
    app.number_input(key="inside_channel").set_value(15).run()
    app.selectbox(key="inside_step").set_value(9).run()
    assert not app.exception
    assert not app.error
    assert app.number_input(key="inside_channel").value == 9


def test_the_class_asked_for_is_the_networks_answer_until_one_chooses(open_tab):
    app = open_tab("inside", Hand(CNN))
    app.get_by_key("inside_view").set_value("speaks").run()
    said = forward_cut(CNN.build(0).eval(), images=IMAGE, mode="eval", seed=0, cuts=()).predictions[0]
    assert app.get_by_key("inside_target").value == said
    other = (said + 1) % 10
    app.get_by_key("inside_target").set_value(other).run()
    assert not app.exception
    logit = attribute(CNN.build(0).eval(), **GIVEN, target=other).logit
    assert f"class {other} is {text.number(logit)}" in words(app)


def test_an_mlp_says_what_it_cannot_show(open_tab):
    app = open_tab("inside")
    app.get_by_key("inside_view").set_value("speaks").run()
    assert not app.exception
    assert "no convolution" in words(app)


def test_a_channel_is_switched_off_and_back_on(open_tab):
    app = open_tab("surgery", Hand(CNN))
    app.number_input(key="surgery_channel").set_value(3).run()
    assert app.button(key="surgery_cut").label == "Switch off channel 3"
    app.button(key="surgery_cut").click().run()
    assert not app.exception
    model = CNN.build(0).eval()
    cuts = (Cut("0", 3, 0.0),)
    assert [metric.value for metric in app.metric] == [
        text.percent(measure_cut(model, cuts=made)) for made in ((), cuts)
    ]
    app.slider(key="surgery_factor").set_value(1.5).run()
    app.button(key="surgery_cut").click().run()
    assert "Channel 3 × 1.5 in" in words(app)
    assert "Channel 3 off" not in words(app)
    app.button(key="surgery_undo").click().run()
    assert "Nothing is cut yet" in words(app)
    assert not app.exception


def test_the_ranking_names_the_channel_that_costs_most(open_tab):
    app = open_tab("surgery")
    app.button(key="surgery_rank").click().run()
    assert not app.exception
    assert "128 of 128 channels" in words(app)


def test_cuts_do_not_go_with_another_network(open_tab):
    app = open_tab("surgery", Hand(CNN))
    app.button(key="surgery_cut").click().run()
    work_of(app).take(Hand(get_preset("mlp").stack))
    app.run()
    assert not app.exception
    assert "Nothing is cut yet" in words(app)


def test_without_a_run_side_by_side_says_what_to_do(open_tab):
    app = open_tab("side_by_side")
    assert "no trained networks yet" in words(app)


def test_two_runs_of_different_networks_answer_side_by_side(open_tab):
    app = open_tab("walk")
    work = work_of(app)
    config = TrainingConfig(epochs=1, training_size=500, validation_size=50)
    for stack in (
        Stack.parse("flatten, linear(784, 10)"),
        Stack.parse("flatten, linear(784, 16), relu, linear(16, 10)"),
    ):
        run = work.runs.create(stack, config)
        train(stack.build(0), config, load_mnist("train"), run.folder, network=stack)
    empty = work.runs.create(stack, config)
    app.session_state["samples_tab"] = text.page("samples")("side_by_side")
    app.run()
    assert not app.exception
    assert app.multiselect(key="side_chosen").value == ["run-2 best", "run-1 best"]
    assert "They agree" in words(app) or "They differ" in words(app)
    app.multiselect(key="side_chosen").set_value(["run-1 best", f"{empty.identity} best"]).run()
    assert not app.exception
    assert "There is no checkpoint" in app.error[0].value.replace("\\", "")
    work.runs.delete(empty)
    app.run()
    assert not app.exception
    assert not app.error
    assert "Deleted meanwhile: run 3" in words(app)


@pytest.mark.parametrize("tab", ["inside", "surgery"])
@pytest.mark.parametrize("view", ["layers", "closeup", "speaks"])
def test_odd_networks_are_shown_or_refused_in_words(open_tab, tab, view):
    app = open_tab(tab)
    work = work_of(app)
    hands = {
        Hand(Stack.parse("flatten, batchnorm1d(784), linear(784, 10)"), mode="train"): "one value a feature",
        Hand(get_preset("mlp_dropout").stack, mode="train"): "",
        Hand(Stack.parse("flatten, linear(784, 8000), relu, linear(8000, 10)")): "",
        Hand(Stack.parse("flatten, linear(100, 10)")): "784",
        Hand(Stack.parse("flatten, linear(784, 10), softmax(1)")): "",
    }
    for hand, refusal in hands.items():
        work.take(hand)
        app.session_state["inside_view"] = view
        app.run()
        assert not app.exception, hand.spec
        assert bool(refusal) == bool(app.error), hand.spec
        assert not refusal or refusal in app.error[0].value
        assert ("one pass in that mode" in words(app)) == (hand.mode == "train")


def test_a_class_is_looked_into_from_a_confined_process(open_tab):
    source = CustomSource(
        "import torch\nfrom torch import nn\n\n\nclass Own(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.conv = nn.Conv2d(1, 2, 5)\n        self.fc = nn.Linear(1152, 10)\n\n"
        "    def forward(self, x):\n        return self.fc(torch.relu(self.conv(x)).flatten(1))\n"
    )
    app = open_tab("inside", Hand(source))
    assert "Before this layer, forward does something itself" in words(app)
    app.button(key="inside_closer_1").click().run()
    assert not app.exception
    assert not app.error
    app.get_by_key("inside_view").set_value("speaks").run()
    assert not app.error
    app.session_state["samples_tab"] = text.page("samples")("surgery")
    app.run()
    app.button(key="surgery_cut").click().run()
    assert not app.exception
    assert not app.error
