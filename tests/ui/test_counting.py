"""The counting tab: the numbers of the course network, with their arithmetic, and those of other networks."""

import math

from netcore.model.custom.source import CustomSource
from netcore.model.ready_made import ReadyMade
from netcore.model.stack import Stack
from pages.shared import graphs, zoo_picker
from pages.shared.charts import counting as charts
from tests.ui.test_network_graph import RESIDUAL, hold, said


def open_counting(app, spec):
    hold(app, spec)
    app.session_state["model_tab"] = "Counting"
    app.run()
    assert not app.exception


def show_arithmetic(app, where="model"):
    app.toggle(key=f"{where}_count_arithmetic").set_value(True).run()
    assert not app.exception


def layers(app):
    return app.dataframe[0].value


def memory(app):
    return app.table[-1].value.set_index("In memory")


def test_the_course_network_is_counted_with_its_arithmetic(open_page):
    app = open_page("model")
    open_counting(app, Stack.parse("flatten, linear(784,128), relu, linear(128,10)"))
    assert "Parameters =" not in layers(app)
    assert any("**101,770** parameters · **13.01" in words for words in said(app))
    show_arithmetic(app)
    row = layers(app).set_index("Layer").loc["Linear 1"]
    assert (row["Parameters"], row["Parameters ="]) == (100_480, "(784 + 1) × 128")
    assert (row["FLOPs"], row["FLOPs ="]) == (12_845_056, "2 × 784 × 128 × 64")
    assert memory(app).loc["Gradients"].tolist() == [
        "0.4\N{NO-BREAK SPACE}MB",
        "4 × 101,770",
    ]


def test_the_optimizer_decides_what_is_remembered(open_page):
    app = open_page("model")
    open_counting(app, Stack.parse("flatten, linear(784,128), relu, linear(128,10)"))
    assert memory(app).loc["Optimizer", "Size"] == "0.8\N{NO-BREAK SPACE}MB"
    app.selectbox(key="model_count_optimizer").set_value("SGD").run()
    assert memory(app).loc["Optimizer", "Size"] == "0"
    app.selectbox(key="model_count_optimizer").set_value("SGD, momentum 0.9").run()
    assert memory(app).loc["Optimizer", "Size"] == "0.4\N{NO-BREAK SPACE}MB"


def test_a_class_with_a_residual_is_counted_too(open_page):
    app = open_page("model")
    open_counting(app, CustomSource(RESIDUAL))
    assert layers(app)["Parameters"].tolist() == [25_120, 1_056, 0, 330]


def test_a_batch_of_one_through_batchnorm_is_refused_in_words(open_page):
    app = open_page("model")
    app.number_input(key="model_batch").set_value(1).run()
    open_counting(app, Stack.parse("flatten, linear(784,32), batchnorm1d(32), linear(32,10)"))
    assert any("BatchNorm1d normalises by the spread of the batch" in item.value for item in app.error)


def test_a_network_that_does_not_fit_waits(open_page):
    app = open_page("model")
    open_counting(app, Stack.parse("flatten, linear(784,128), linear(64,10)"))
    assert any("as soon as a batch comes through" in item.value for item in app.info)


def test_a_pretrained_network_is_counted_without_its_weights(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    app = open_page("zoo")
    app.session_state[zoo_picker.MODEL] = "squeezenet1_0"
    app.session_state["zoo_tab"] = "Counting"
    app.run()
    assert any("**1,248,424** parameters" in words for words in said(app))
    assert memory(app).loc["Saved for backward", "Size"] == "562.6\N{NO-BREAK SPACE}MB"
    app.number_input(key="zoo_count_batch").set_value(32).run()
    assert memory(app).loc["Saved for backward", "Size"] == "1,125.3\N{NO-BREAK SPACE}MB"
    assert memory(app).loc["Weights", "Size"] == "5.0\N{NO-BREAK SPACE}MB"


def test_every_optimizer_has_a_bar_whose_parts_add_up():
    parts = graphs.memory_of(graphs.graph_of(ReadyMade("frozen"), 4, training=True))
    names = ("weights", "buffers", "gradients", "optimizer", "batch", "saved", "title", "megabytes")
    figure = charts.memory(
        {str(key): items for key, items in parts.items()}, words=dict(zip(names, names, strict=True))
    )
    for place, items in enumerate(parts.values()):
        assert math.isclose(sum(bar.x[place] for bar in figure.data), sum(item.size for item in items) / 1e6)
    assert len({(bar.marker.color, bar.marker.pattern.shape) for bar in figure.data}) == 6
