"""The picture of a network: what stands in it, a box that is chosen, a module that is opened, a file to take away."""

from dataclasses import replace
from xml.etree import ElementTree

from torch import nn

from netcore.model.custom.source import CustomSource
from netcore.model.graph.drawing import draw_graph
from netcore.model.graph.folding import all_groups, open_by_default
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack
from netcore.settings import Settings
from netcore.zoo.catalogue import find_entry
from netcore.zoo.weights import build_architecture
from pages.shared import graph_picture, network_graph, zoo_picker
from pages.shared.graph_svg import draw_svg
from pages.shared.network_graph import View
from pages.shared.workspace import Workspace
from tests.ui.page_help import button, labels

SVG = "{http://www.w3.org/2000/svg}"
RESIDUAL = """\
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.enter = nn.Linear(784, 32)
        self.block = nn.Sequential(nn.Linear(32, 32), nn.ReLU())
        self.leave = nn.Linear(32, 10)

    def forward(self, x):
        x = self.enter(torch.flatten(x, 1))
        return self.leave(x + self.block(x))
"""


def words_in(svg):
    return {"".join(item.itertext()) for item in ElementTree.fromstring(svg).iter(f"{SVG}text")}


def boxes_in(svg):
    return {item.get("data-node"): item for item in ElementTree.fromstring(svg).iter() if item.get("data-node")}


def hold(app, spec):
    identity = app.query_params["w"]
    work = Workspace(identity, Settings.from_environment().workspaces / identity)
    work.take(work.hand.with_spec(spec))
    app.session_state["model_tab"] = "Picture"
    app.run()
    assert not app.exception


def choose(app, where, identity):
    app.selectbox(key=f"{where}_graph_node").set_value(identity).run()
    assert not app.exception


def said(app):
    return [item.value for item in (*app.markdown, *app.caption, *app.code)]


def test_a_picture_has_names_kinds_and_shapes_in_the_colours_of_their_axes():
    graph = draw_graph(ReadyMade("residual"), 64)
    svg = draw_svg(graph, open_by_default(graph), "block1:add")
    assert {"Conv2d", "stem", "+", "[64, 16, 14, 14]", "[64, 784]", "ResidualBlockblock1"} <= words_in(svg)
    shape = next(
        item for item in ElementTree.fromstring(svg).iter(f"{SVG}text") if "".join(item.itertext()) == "[64, 784]"
    )
    assert [(size.text, size.get("class")) for size in shape] == [("64", "gray"), ("784", "orange")]
    assert "chosen" in boxes_in(svg)["block1:add"].get("class")
    assert boxes_in(svg)["stem"].get("aria-label") == "Conv2d stem"


def test_a_closed_module_hides_what_it_holds():
    graph = draw_graph(ReadyMade("residual"), 1)
    assert "block1.conv1" in boxes_in(draw_svg(graph, {"block1"}))
    assert "block1.conv1" not in boxes_in(draw_svg(graph, ()))


def test_a_layer_of_a_stack_is_called_by_its_name_in_the_state_dict():
    svg = draw_svg(draw_graph(Stack.parse("flatten, linear(784,10)"), 1), ())
    assert {"0", "1"} <= words_in(svg)
    assert "2" not in words_in(svg)


def test_the_box_in_which_the_batch_got_stuck_has_a_cross():
    fits, stuck = (draw_graph(Stack.parse(f"flatten, linear({count},10)"), 1) for count in (784, 64))
    assert "\N{MULTIPLICATION X}" not in words_in(draw_svg(fits, ()))
    assert "\N{MULTIPLICATION X}" in words_in(draw_svg(stuck, ()))


def test_what_the_network_does_not_hold_has_a_frame_of_its_own():
    graph = draw_graph(Stack.parse("flatten, linear(784,10)"), 1)
    nodes = tuple(replace(node, is_registered=node.identity != "1") for node in graph.nodes)
    boxes = boxes_in(draw_svg(replace(graph, nodes=nodes), ()))
    assert [name for name, box in boxes.items() if "ghost" in box.get("class").split()] == ["1"]


def test_no_name_breaks_the_picture_or_gets_into_it_as_markup():
    class Strange(nn.Module):
        def __init__(self):
            super().__init__()
            self.add_module('<script>alert("x")</script>', nn.Linear(8, 8))
            self.add_module("\x00\x1b\ud800", nn.ReLU())

        def forward(self, x):
            for layer in self.children():
                x = layer(x)
            return x

    svg = draw_svg(draw_graph(Strange(), 1, (8,)), ())
    svg.encode()
    assert "\N{REPLACEMENT CHARACTER}" * 3 in words_in(svg)
    assert "<script" not in svg


def test_the_file_has_the_colours_of_the_theme_and_needs_no_page():
    style = graph_picture.light_style()
    svg = draw_svg(draw_graph(ReadyMade("residual"), 1), (), style=style)
    assert "#6B3FA0" in svg
    assert "var(" not in svg
    assert "None" not in style


def test_the_picture_of_a_stack_tells_parameters_and_arithmetic_of_the_box_that_is_chosen(open_page):
    app = open_page("model")
    hold(app, Stack.parse("flatten, linear(784,128), relu, linear(128,10)"))
    choose(app, "model", "1")
    assert "**100,480** parameters = (784 + 1) × 128" in said(app)
    assert "**12,845,056** FLOPs = 2 × 784 × 128 × 64" in said(app)
    assert "Linear(in_features=784, out_features=128, bias=True)" in said(app)


def test_a_class_shows_the_line_that_called_the_box(open_page):
    app = open_page("model")
    hold(app, CustomSource(RESIDUAL))
    choose(app, "model", ":add")
    assert "Line 14, in `Residual.forward`" in said(app)
    assert "return self.leave(x + self.block(x))" in said(app)


def test_a_module_closes_and_opens_and_its_numbers_are_those_of_what_it_holds(open_page):
    app = open_page("model")
    hold(app, ReadyMade("residual"))
    choose(app, "model", "block1")
    button(app, "Close block1").click().run()
    assert "block1:add" not in app.selectbox(key="model_graph_node").options
    assert any("4,672 parameters" in words for words in said(app))
    button(app, "Open block1").click().run()
    button(app, "Close all").click().run()
    assert "Open block1" in labels(app)
    button(app, "Open all").click().run()
    assert "Close block1" in labels(app)


def test_a_network_that_does_not_fit_is_drawn_up_to_where_it_ends(open_page):
    app = open_page("model")
    hold(app, Stack.parse("flatten, linear(784,128), linear(64,10)"))
    assert any("the picture ends at the box with the cross" in item.value for item in app.warning)
    choose(app, "model", "2")
    assert "Here the batch did not come through." in said(app)


def test_a_picture_with_too_many_boxes_to_read_is_not_drawn(open_page):
    lines = "".join(f"        x = x + {number}\n" for number in range(401))
    app = open_page("model")
    hold(app, CustomSource(RESIDUAL.replace("        return", f"{lines}        return")))
    assert any("would have 408 boxes and 408 lines, too many to read" in item.value for item in app.info)


def test_the_zoo_draws_a_network_whose_weights_are_not_here(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    app = open_page("zoo")
    app.session_state[zoo_picker.MODEL] = "squeezenet1_0"
    app.session_state["zoo_tab"] = "Picture"
    app.run()
    assert not app.exception
    choose(app, "zoo", "features.3")
    assert any("A module that holds 7 boxes: 11,920 parameters" in words for words in said(app))
    assert any("`squeezenet.py`, line" in words for words in said(app))


def test_what_a_browser_sends_is_checked_and_a_picture_stays_readable(monkeypatch):
    state = {}
    monkeypatch.setattr(network_graph.st, "session_state", state)
    graph = draw_graph(build_architecture(find_entry("densenet121")), 1, (3, 224, 224))
    view = View(graph, "zoo", "densenet121")
    view.choose("</svg>")
    view.toggle("no such group")
    view.toggle("features.conv0")
    assert state == {}
    view.keep(all_groups(graph) - {"features.denseblock3"})
    View(graph, "zoo", "densenet121").toggle("features.denseblock3")
    refusal = View(graph, "zoo", "densenet121").take_refusal()
    assert refusal.startswith("With features.denseblock3 open there would be 499 boxes and")
    assert View(graph, "zoo", "densenet121").take_refusal() == ""
