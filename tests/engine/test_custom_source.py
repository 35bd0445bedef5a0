"""A class as a network specification: checked whenever it comes, the same text for the same network."""

import ast

import pytest
import torch

from netcore.errors import CodeError, StackError
from netcore.export.source import seeded_source
from netcore.model.class_form import class_definition
from netcore.model.custom.anatomy import read_anatomy
from netcore.model.custom.source import CustomSource
from netcore.model.custom.templates import list_templates
from netcore.model.custom.wall import find_refusals
from netcore.model.presets import get_preset
from netcore.model.spec import fingerprint, spec_from_json, spec_to_json
from tests.engine.good_classes import GOOD, PAIRS, wrap

BLOCK = "class {name}({base}):\n    def forward(self, x):\n        return {body}\n\n"
IMPORT = "from torch import nn\n\n"


@pytest.fixture
def confined(monkeypatch):
    """As in a process of its own: these sources are ours."""
    monkeypatch.setenv("NETCORE_CONFINED", "1")


def test_class_goes_through_json_and_keeps_its_fingerprint():
    network = CustomSource(GOOD["course_class"])
    again = spec_from_json(spec_to_json(network))
    assert again == network and hash(again) == hash(network)
    assert fingerprint(again) == fingerprint(network) != fingerprint(CustomSource(GOOD["lenet_old_super"]))
    assert spec_to_json(network) == {"kind": "custom", "source": GOOD["course_class"]}


def test_line_ends_do_not_make_another_network():
    source = GOOD["course_class"]
    assert (
        CustomSource(source.replace("\n", "\r\n")) == CustomSource(source) == CustomSource(source.replace("\n", "\r"))
    )


@pytest.mark.parametrize("value", [None, {}, {"source": 3}, {"source": None}, []])
def test_json_without_a_text_is_refused(value):
    with pytest.raises(StackError, match="not a saved network"):
        CustomSource.from_json(value)


def test_saved_class_is_checked_again():
    saved = {"kind": "custom", "source": wrap(forward="torch.os.system('id')")}
    with pytest.raises(CodeError, match=r"Line 16: torch\.os is not available here"):
        spec_from_json(saved)


def test_trusted_class_needs_only_to_be_a_network(monkeypatch):
    monkeypatch.setenv("NETCORE_CODE", "trusted")
    source = wrap(top="import os\nprint(os.name)", forward="torch.os.getpid()")
    assert CustomSource(source).class_name == "Network"
    with pytest.raises(CodeError, match=r"derives nn\.Module"):
        CustomSource("import os")
    with pytest.raises(CodeError, match="is not Python"):
        CustomSource("class A(")
    assert find_refusals(source)


@pytest.mark.parametrize(
    ("classes", "network"),
    [
        ([("A", "nn.Module", "x")], "A"),
        ([("A", "nn.Module", "x"), ("B", "nn.Module", "x")], "B"),
        ([("A", "nn.Module", "x"), ("Main", "nn.Module", "A()(x)")], "Main"),
        ([("Main", "nn.Module", "A()(x)"), ("A", "nn.Module", "x")], "Main"),
        ([("Network", "nn.Module", "x"), ("Other", "nn.Module", "x")], "Network"),
        ([("Base", "nn.Module", "x"), ("Child", "Base", "x")], "Child"),
        ([("A", "nn.Module", "B()(x)"), ("B", "nn.Module", "A()(x)")], "B"),
    ],
)
def test_network_is_the_class_that_no_other_uses(classes, network):
    source = IMPORT + "".join(BLOCK.format(name=name, base=base, body=body) for name, base, body in classes)
    assert CustomSource(source).class_name == CustomSource(source).title == network


def test_inherited_forward_and_init_count():

    source = IMPORT + BLOCK.format(name="Base", base="nn.Module", body="x") + "class Child(Base):\n    pass\n"
    anatomy = read_anatomy(ast.parse(source))
    assert anatomy.find_method("forward").lineno == 4
    assert anatomy.find_method("__init__") is None
    assert find_refusals(source) == ()


def test_forward_of_torch_counts_through_a_class_in_between():
    source = IMPORT + "class Base(nn.Sequential):\n    pass\n\nclass Child(Base):\n    pass\n"
    assert find_refusals(source) == ()


def test_classes_that_derive_from_one_another_in_a_ring_are_read_to_the_end():
    ring = (("A", "nn.Module"), ("B", "A"), ("A", "B"))
    source = IMPORT + "".join(f"class {name}({base}):\n    pass\n\n" for name, base in ring)
    assert [str(finding.refusal) for finding in find_refusals(source)] == [
        "Line 6: B has no forward. Write def forward(self, x):."
    ]


def test_class_is_built_nowhere_but_in_a_confined_process():
    with pytest.raises(CodeError, match="This process does not run the code of CustomModel"):
        CustomSource(GOOD["course_class"]).build(0)


def test_stack_as_a_class_has_the_weights_of_the_stack(confined):
    stack = get_preset("cnn").stack
    ours, theirs = CustomSource(class_definition(stack)).build(3), stack.build(3)
    values, expected = ours.state_dict().values(), theirs.state_dict().values()
    assert all(torch.equal(one, other) for one, other in zip(values, expected, strict=True))


@pytest.mark.parametrize("name", GOOD)
def test_good_class_takes_images_to_logits(name, confined, capsys):
    network = CustomSource(GOOD[name]).build(0)
    first = network.eval()(torch.zeros(2, 1, 28, 28))
    assert first.shape == (2, 10)
    assert torch.equal(first, CustomSource(GOOD[name]).build(0).eval()(torch.zeros(2, 1, 28, 28)))


@pytest.mark.parametrize("name", PAIRS)
def test_class_with_other_outputs_is_built_all_the_same(name, confined):
    assert not isinstance(CustomSource(PAIRS[name]).build(0)(torch.zeros(2, 1, 28, 28)), torch.Tensor)


@pytest.mark.parametrize("template", list_templates(), ids=lambda template: template.name)
def test_template_takes_images_to_logits(template, confined):
    assert template.network.build(0)(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


def test_script_of_a_class_runs_alone(capsys):
    source = seeded_source(CustomSource(GOOD["lenet_old_super"]), 5)
    with torch.random.fork_rng():
        exec(source + "print(tuple(model(torch.zeros(2, 1, 28, 28)).shape))", {})
    assert capsys.readouterr().out == "(2, 10)\n"


def test_the_line_that_makes_the_network_gives_its_arguments_and_is_not_run(confined):
    network = CustomSource(GOOD["course_class_with_its_line"].replace("CustomModel(10)", "CustomModel(nbClasses=7)"))
    assert network.call == "CustomModel(nbClasses=7)"
    assert network.build(0)(torch.zeros(2, 1, 28, 28)).shape == (2, 7)
    assert "CustomModel(nbClasses=7)" not in network.definition
    script = seeded_source(network, 5)
    assert script.endswith("torch.manual_seed(5)\nmodel = CustomModel(nbClasses=7)\n")
    assert script.count("CustomModel(nbClasses=7)") == 1
