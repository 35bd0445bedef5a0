"""The walk as a visitor sees it: every tensor with its line, without the batch axis too, down to the loss."""

import pytest

from netcore.model.custom.source import CustomSource
from netcore.model.presets import get_preset
from netcore.model.stack import Stack
from netcore.settings import Settings
from pages.shared import text
from pages.shared.workspace import Hand, Workspace
from tests.engine.custom_help import write_class
from tests.ui.own_help import SEVEN

MLP = "flatten, linear(784,128), relu, linear(128,10)"


def take(app, stack, **more):
    """Another network in hand."""
    identity = app.session_state["w"]
    Workspace(identity, Settings.from_environment().workspaces / identity).take(Hand(Stack.parse(stack), **more))
    app.run()
    assert not app.exception


def plain(cell):
    """A coloured shape as PyTorch writes it."""
    for colour in ("gray", "violet", "green", "orange"):
        cell = cell.replace(f":{colour}[**", "").replace("**]", "")
    return cell.replace("\\", "").replace("\N{NO-BREAK SPACE}", " ")


def shapes(app):
    return [plain(cell) for cell in app.table[0].value.iloc[:, -1]]


def lines(app):
    return [cell.split("`")[1] for cell in app.table[0].value.iloc[:, -2]]


def said(app):
    return " ".join(element.value for kind in (app.markdown, app.error, app.warning, app.info) for element in kind)


def test_every_tensor_of_one_image_stands_with_its_line_and_its_shape(open_page):
    app = open_page("samples")
    assert list(zip(lines(app), shapes(app), strict=True)) == [
        ("image, label = dataset[0]", "[1, 28, 28]"),
        ("x = image.unsqueeze(0)", "[1, 1, 28, 28]"),
        ("x = model[0](x)", "[1, 784]"),
        ("x = model[1](x)", "[1, 128]"),
        ("x = model[2](x)", "[1, 128]"),
        ("x = model[3](x)", "[1, 10]"),
        ("logits = model(x)", "[1, 10]"),
        ("probabilities = logits.softmax(dim=1)", "[1, 10]"),
        ("prediction = logits.argmax(dim=1)", "[1]"),
    ]
    assert all(cell.startswith("![") for cell in app.table[0].value.iloc[:6, 0])


def test_a_batch_goes_the_same_way_with_n_in_every_shape(open_page):
    app = open_page("samples")
    app.get_by_key("walk_many").set_value("many").run()
    app.slider(key="walk_count").set_value(5).run()
    assert shapes(app)[0] == "[5, 1, 28, 28]"
    assert all(shape.startswith("[5") for shape in shapes(app))
    assert "of 5 right" in said(app)
    assert "is the mean over the batch" in said(app)


def test_at_the_end_of_the_part_the_batch_is_what_is_left(open_page):
    app = open_page("samples")
    app.get_by_key("walk_many").set_value("many").run()
    app.number_input(key="samples_index").set_value(9_997).run()
    assert not app.exception
    assert shapes(app)[0] == "[3, 1, 28, 28]"


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        (MLP, ["No error, and the very same numbers: [1, 10]", "That is luck"]),
        ("conv2d(1,10,28), flatten", ["No error, and no answer either"]),
        (
            get_preset("lenet5").text,
            [
                "Linear(in_features=400, out_features=120, bias=True) got [16, 25], and with the batch axis in its "
                "place it gets [1, 400]",
                "made 16 rows of 25 numbers out of 16 channels",
                "Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2)) took [1, 28, 28] for one image",
            ],
        ),
        (get_preset("cnn").text, ["BatchNorm2d(16", "got [16, 28, 28]", "[1, 16, 28, 28]"]),
    ],
    ids=["luck", "another shape", "lenet5", "cnn"],
)
def test_leaving_out_unsqueeze_tells_what_really_happens(open_page, stack, words):
    app = open_page("samples")
    take(app, stack)
    app.toggle(key="walk_leave_out").set_value(True).run()
    assert not app.exception
    for sentence in words:
        assert sentence in plain(said(app))


def test_pytorchs_own_words_stand_there_as_they_are(open_page):
    app = open_page("samples")
    take(app, get_preset("lenet5").text)
    app.toggle(key="walk_leave_out").set_value(True).run()
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied (16x25 and 400x120)" in [
        code.value for code in app.code
    ]


def test_the_ten_numbers_stand_at_every_stage_and_the_loss_is_that_of_torch(open_page):
    app = open_page("samples")
    table = app.table[1].value
    assert len(table) == 11
    assert sum(float(cell.split()[0]) for cell in table.iloc[:10, 4]) == pytest.approx(100, abs=0.05)
    assert table.iloc[10, 4] == "**100 %**"
    loss = next(element.value for element in app.markdown if "Cross-entropy for the label 7" in element.value)
    assert loss.split("**")[3] == loss.split("gives ")[1].split(". ")[0]


def test_one_image_through_a_network_of_convolutions_has_a_picture_a_layer(open_page):
    app = open_page("samples")
    take(app, get_preset("cnn").text)
    assert all(
        cell.startswith("![The result of this line, as a grey picture](data:image/png;base64,")
        for cell in app.table[0].value.iloc[:11, 0]
    )
    assert sum(map(len, app.table[0].value.iloc[:, 0])) < 100_000


@pytest.mark.parametrize(
    ("name", "written"),
    [("0", "model[0]"), ("features.3", "model.features[3]"), ("fc1", "model.fc1"), ("", "model")],
)
def test_a_layer_is_written_as_in_python(name, written):
    assert text.reference(name) == written


def take_class(app):
    """A class of one's own in hand, with an addition and a function between its layers."""
    source = write_class(
        "self.a = nn.Conv2d(1, 4, 3, padding=1)\nself.fc = nn.Linear(4 * 784, 10)",
        "x = x + F.relu(self.a(x))\nreturn self.fc(x.flatten(1))",
    )
    identity = app.session_state["w"]
    Workspace(identity, Settings.from_environment().workspaces / identity).take(Hand(CustomSource(source)))
    app.run()
    assert not app.exception


def test_a_class_is_followed_in_a_confined_process_and_its_own_lines_are_told(open_page):
    app = open_page("samples")
    take_class(app)
    assert lines(app)[2:5] == ["x = model.a(x)", "x = model.fc(x)", "logits = model(x)"]
    assert "Before it, forward() changed the shape to [1, 3136]." in plain(app.table[0].value.iloc[3, 1])
    app.toggle(key="walk_leave_out").set_value(True).run()
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x784 and 3136x10)" in [c.value for c in app.code]


def test_a_digit_without_a_label_has_a_loss_once_one_is_chosen(open_page):
    app = open_page("samples")
    app.get_by_key("samples_source").set_value("draw").run()
    app.session_state["own_strokes"] = [SEVEN]
    app.run()
    app.session_state["samples_own_tab"] = "The walk"
    app.run()
    assert not app.exception
    assert lines(app)[0] == "image = ToTensor()(digit)"
    assert "Cross-entropy" not in said(app)
    app.selectbox(key="walk_label").set_value(3).run()
    assert "Cross-entropy for the label 3" in said(app)
