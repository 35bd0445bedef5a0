"""The breakpoint on the model page: from line to line, the variables there, and one tensor closely."""

from urllib.parse import parse_qsl

import numpy as np
import plotly.graph_objects as go
import pytest

from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.custom.templates import list_templates
from netcore.model.parameters import Histogram
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack
from netcore.model.stepping.closeup import Picture
from pages.shared.charts import breakpoint as charts
from pages.shared.charts import model as model_charts
from pages.shared.workspace import Hand
from tests.engine.good_classes import GOOD, wrap
from tests.ui.page_help import button, labels

MLP = Stack.parse("flatten, linear(784,128), relu, linear(128,10)")
TEMPLATES = {template.name: template.network for template in list_templates()}


@pytest.fixture(scope="module", autouse=True)
def nursery():
    yield
    confined.nursery().close()


@pytest.fixture
def stop(open_page, work):
    """``stop(network)`` opens the breakpoint tab with that network in hand."""

    def stop(network, **hand):
        work.take(Hand(network, **hand))
        app = open_page("model", address=work.identity)
        app.session_state["model_tab"] = "Breakpoint"
        app.run()
        assert not app.exception
        return app

    return stop


def click(app, label):
    button(app, label).click().run()
    assert not app.exception


def where(app):
    return next(item.value for item in app.markdown if item.value.startswith("**Stop "))


def variables(app):
    return next(item.value for item in app.table if "Variable" in item.value.columns)


def test_a_stack_is_run_line_by_line(stop):
    app = stop(MLP)
    assert where(app) == "**Stop 1 of 6, before line 13 runs** · `Network.forward`"
    assert "28" in variables(app)["Holds"][0] and variables(app)["Variable"].tolist() == ["`x`"]
    assert button(app, "Line before").disabled and "Over the call" not in labels(app)
    click(app, "Next line")
    assert where(app).startswith("**Stop 2 of 6, before line 14")
    assert variables(app)["Variable"].tolist() == [":orange[**●**] `x`"]
    click(app, "To the end")
    assert where(app) == "**Stop 6 of 6: this function returns its value** · `Network.forward`"
    assert variables(app)["Variable"].tolist() == [":orange[**●**] (return value)", "`x`"]
    assert all("`AddmmBackward0`" in words for words in variables(app)["Holds"])
    assert button(app, "Next line").disabled
    click(app, "Line before")
    assert where(app).startswith("**Stop 5 of 6")
    click(app, "To the first line")
    assert where(app).startswith("**Stop 1 of 6")


def test_the_function_of_a_line_is_entered_or_run_as_one(stop):
    app = stop(ReadyMade("residual"))
    assert where(app).startswith("**Stop 1 of 12") and "`ResidualCNN.forward`" in where(app)
    click(app, "Next line")
    assert where(app).endswith("`ResidualBlock.forward` of `block1`")
    click(app, "To the first line")
    click(app, "Over the call")
    assert where(app).startswith("**Stop 6 of 12") and where(app).endswith("`ResidualCNN.forward`")


def test_the_tensor_that_changed_is_followed_until_one_is_chosen(stop):
    app = stop(CustomSource(wrap(forward="y = x * 2\nz = y + 1\nx = z - 1")))
    chosen = lambda: app.session_state["breakpoint_tensor"]  # noqa: E731
    assert chosen() == "x"
    click(app, "Next line")
    assert chosen() == "y"
    app.button_group(key="breakpoint_tensor").set_value("x").run()
    click(app, "Next line")
    assert chosen() == "x"
    app.button_group(key="breakpoint_tensor").set_value(None).run()
    assert chosen() == "z"


def test_the_batch_and_the_image_in_it_are_ones_own_choice(stop):
    app = stop(Stack.parse("conv2d(1,4,3), flatten, linear(2704,10)"))
    app.number_input(key="breakpoint_count").set_value(3).run()
    click(app, "Next line")
    assert "**3**" in variables(app)["Holds"][0]
    app.number_input(key="breakpoint_image").set_value(2).run()
    assert not app.exception
    app.number_input(key="breakpoint_index").set_value(9_999).run()
    assert not app.exception and where(app).startswith("**Stop 2 of 5")


def test_the_mode_in_hand_decides_which_branch_is_reached(stop):
    network = CustomSource(wrap(forward="if self.training:\n    x = x * 2\nelse:\n    x = x * 3"))
    lines = network.source.splitlines()
    twice, thrice = (1 + lines.index(f"            x = x * {n}") for n in (2, 3))
    assert f"Grey lines were not reached: {twice}." in [item.value for item in stop(network).caption]
    trained = [item.value for item in stop(network, mode="train").caption]
    assert f"Grey lines were not reached: {thrice}." in trained


def test_a_class_that_raises_says_so_at_its_last_stop(stop):
    app = stop(CustomSource(wrap(init="self.own = nn.Linear(64, 10)", forward="x = x.flatten(1)\nx = self.own(x)")))
    assert len(app.error) == 1  # the layer table's
    click(app, "To the end")
    assert [item.value.replace("\\", "") for item in app.error][-1].count("64 features, and gets 784: [1, 784]") == 1
    assert where(app).startswith("**Stop 2 of 2, before line")


def test_a_stack_that_does_not_fit_can_be_stopped_before_it_fails(stop):
    app = stop(Stack.parse("flatten, linear(784,128), relu, linear(64,10)"))
    click(app, "To the end")
    assert where(app).startswith("**Stop 4 of 4") and "**128**" in variables(app)["Holds"][0]
    assert [item.value.count("**128**") for item in app.error] == [1, 1]


def test_a_long_run_says_that_it_was_ended(stop):
    app = stop(CustomSource(wrap(forward="for step in range(1000):\n    x = x + 0")))
    click(app, "To the end")
    assert any(item.value.startswith("These are the first 500 stops") for item in app.warning)


def test_a_class_without_a_forward_of_its_own_has_no_line_to_stop_at(stop):
    app = stop(CustomSource(GOOD["sequential_subclass"]))
    assert any("no `forward` of its own" in item.value for item in app.info)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_can_be_stopped(stop, name):
    app = stop(TEMPLATES[name])
    assert where(app).startswith("**Stop 1 of")
    click(app, "To the end")
    assert "this function returns its value" in where(app)


def test_where_classes_do_not_run_a_stack_still_does(stop, monkeypatch):
    monkeypatch.setenv("NETCORE_CODE", "off")
    assert where(stop(MLP)).startswith("**Stop 1 of 6")


def test_another_network_begins_at_its_first_line(stop, work):
    app = stop(MLP)
    click(app, "To the end")
    work.take(Hand(ReadyMade("two_heads")))
    app.run()
    assert where(app).startswith("**Stop 1 of")


def make(kind, shape, values=None):
    numbers = np.arange(np.prod(shape), dtype="<f4") if values is None else np.array(values, "<f4")
    return Picture(kind, *shape, numbers.tobytes().hex(), shape[0], 1)


WORDS = {"title": "t", "x": "x", "y": "y", "hover": "h", "value": "v", "count": "c"}


def test_maps_are_laid_out_side_by_side_with_a_gap():
    figure = charts.picture(make("maps", (4, 4, 2)), words=WORDS)
    numbers, places = np.array(figure.data[0].z), np.array(figure.data[0].customdata)
    assert numbers.shape == (4, 11) and np.isnan(numbers[:, [2, 5, 8]]).all()
    assert numbers[:2, :2].tolist() == [[0, 1], [2, 3]] and (places[:, 9:] == 3).all()
    assert [note.text for note in figure.layout.annotations] == ["0", "1", "2", "3"]


def test_numbers_below_zero_have_grey_in_the_middle_and_others_begin_at_black():
    signed = charts.picture(make("vector", (1, 1, 2), [-1.0, 3.0]), words=WORDS).data[0]
    assert (signed.zmin, signed.zmax) == (-3.0, 3.0)
    ink = charts.picture(make("vector", (1, 1, 2), [0.5, 2.0]), words=WORDS).data[0]
    assert (ink.zmin, ink.zmax, ink.colorscale[0][1]) == (0.0, 2.0, "#000000")


def test_what_has_no_finite_number_is_drawn_too():
    figure = charts.picture(make("vector", (1, 1, 2), [np.nan, np.inf]), words=WORDS)
    assert isinstance(figure, go.Figure)


def test_a_vector_counts_its_places_through_its_lines():
    figure = charts.picture(make("vector", (1, 3, 4)), words=WORDS)
    assert np.array(figure.data[0].customdata).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def test_the_largest_picture_is_small_enough_for_the_browser():
    figure = charts.picture(make("maps", (25, 28, 28)), words=WORDS)
    assert len(figure.to_json()) < 300_000


def test_a_histogram_has_a_bar_for_each_bin():
    bars = model_charts.bars(Histogram(-1.0, 1.0, (3, 0, 1, 4)), words=WORDS).data[0]
    assert list(bars.y) == [3, 0, 1, 4] and list(bars.x) == [-0.75, -0.25, 0.25, 0.75]


def test_the_course_map_leads_to_the_tab(open_page):
    (link,) = [item.proto for item in open_page("home").get("page_link") if item.proto.label == "Open: Breakpoint"]
    address = dict(parse_qsl(link.query_string))
    app = open_page(link.page, address["w"])
    app.session_state["model_tab"] = address["model_tab"]
    app.run()
    assert where(app).startswith("**Stop 1 of 6")


def test_a_pretrained_network_is_run_line_by_line_on_a_photo(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    app = open_page("zoo")
    app.session_state["zoo_tab"] = "Breakpoint"
    app.run()
    assert where(app).startswith("**Stop 1 of 44, before line") and where(app).endswith("`EfficientNetLite0.forward`")
    click(app, "Next line")
    assert where(app).endswith("`HalvingUnit.forward` of `features.0`")
    click(app, "To the end")
    assert "this function returns its value" in where(app)
    assert "**1000**" in variables(app)["Holds"][0]


def test_the_digit_of_the_samples_page_goes_through_too(stop):
    app = stop(MLP)
    assert app.toggle == []
    app.switch_page("pages/samples.py").run()
    app.number_input(key="samples_index").set_value(5).run()
    app.switch_page("pages/model.py").run()
    app.session_state["model_tab"] = "Breakpoint"
    app.run()
    of_samples = variables(app)["Min / mean / max"].tolist()
    app.toggle(key="breakpoint_held").set_value(False).run()
    assert variables(app)["Min / mean / max"].tolist() != of_samples
    app.number_input(key="breakpoint_index").set_value(5).run()
    assert not app.exception and variables(app)["Min / mean / max"].tolist() == of_samples


def test_what_a_class_calls_its_things_is_shown_and_never_read_as_markup(stop):
    evil = "`![x](http://127.0.0.1:1/x.png)<a href=''>y</a>"
    app = stop(CustomSource(wrap(forward=f'd = {{"{evil}": x}}\ny = "{evil}"')))
    click(app, "To the end")
    cells = [*variables(app)["Variable"], *variables(app)["Holds"]]
    assert all(cell.count("`") in (0, 2) for cell in cells) and any("![x]" in cell for cell in cells)
    label = app.get_by_key("breakpoint_tensor").options[2]
    assert "\\!\\[x\\]\\(http" in label


def test_a_class_that_cannot_be_built_says_why(stop):
    app = stop(CustomSource(wrap(init="self.own = nn.Linear(self.size, 10)")))
    assert [item.value.replace("\\", "") for item in app.error][-1].startswith("self.size does not exist.")
