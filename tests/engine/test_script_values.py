"""The line of a script that makes the network: which class it is, and with which values. Worked out by reading."""

import ast

import pytest

from netcore.model.custom.anatomy import read_anatomy
from netcore.model.custom.wall import find_refusals

CLASSES = """\
import torch.nn as nn


class Unit(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.layer = nn.Linear(width, width)

    def forward(self, x):
        return self.layer(x)


class Deep(nn.Module):
    def __init__(self, *sizes, part=Unit, **more):
        super().__init__()
        self.part = part()

    def forward(self, x):
        return x


class Other(nn.Module):
    def __init__(self, size=1):
        super().__init__()

    def forward(self, x):
        return x


"""


def read(lines):
    anatomy = read_anatomy(ast.parse(CLASSES + lines))
    return ast.unparse(anatomy.call) if anatomy.call else None


@pytest.mark.parametrize(
    ("lines", "call"),
    [
        ("model = Deep(3)", "Deep(3)"),
        ("size = 28\nmodel = Deep(size * size, 2 ** 5).to(device)", "Deep(784, 32)"),
        ("net: nn.Module = Deep(-1, 0.5).cuda().eval()", "Deep(-1, 0.5)"),
        ("model = nn.DataParallel(Deep(1))", "Deep(1)"),
        ("A, B = 5, 6\nmodel = Deep(A, B)", "Deep(5, 6)"),
        ("A = 5\nA = 6\nmodel = Deep(A)\nA = 7", "Deep(6)"),
        ("sizes = [8, 4]\nmodel = Deep(*sizes, 2)", "Deep(8, 4, 2)"),
        ("config = {'a': 8, 'b': (1, 2)}\nmodel = Deep(config['a'], **config)", "Deep(8, a=8, b=(1, 2))"),
        ("model = Deep(part=Other)", "Deep(part=Other)"),
        ("model = Deep(part=nn.ReLU)", "Deep(part=nn.ReLU)"),
        ("unit = Unit(3)\nmodel = Deep(unit, nn.ReLU())", "Deep(Unit(3), nn.ReLU())"),
        ("if __name__ == '__main__':\n    width = 9\n    model = Deep(width)", "Deep(9)"),
        ("def main():\n    width = 9\n    model = Deep(width)\n    model.train()\nmain()", "Deep(9)"),
        ("def main(width=11):\n    net = Deep(width)\n    print(net)", "Deep(11)"),
        ("try:\n    model = Deep(2)\nexcept RuntimeError:\n    pass", "Deep(2)"),
        ("def small():\n    return Deep(Unit, [2, 2])\nmodel = small()", "Deep(Unit, [2, 2])"),
        (
            "def small(n, kind=Unit, **rest):\n    return Deep(n, kind, **rest)\nmodel = small(3, z=1)",
            "Deep(3, Unit, z=1)",
        ),
        ("def inner(n):\n    return Deep(n)\ndef outer():\n    m = inner(4)\n    return m\nnet = outer()", "Deep(4)"),
        (
            "def a(pretrained=False):\n    m = Deep(7)\n    if pretrained:\n        x = 1\n    return m\nm = a()",
            "Deep(7)",
        ),
        ("model = Deep(1)\nbest = Other(2)", "Deep(1)"),
        ("first = Deep(1)\nmodel = Other(2)", "Other(2)"),
        ("part = Unit(8)\nbig = Deep(part)", "Deep(Unit(8))"),
    ],
)
def test_call_of_the_text_is_worked_out(lines, call):
    assert read(lines) == call


@pytest.mark.parametrize(
    "lines",
    [
        "model = Deep(len('123'))",
        "model = Deep(args.width)",
        "sizes = [1]\nsizes.append(2)\nmodel = Deep(*sizes)",
        "sizes = [1]\nother = sizes\nother.append(2)\nmodel = Deep(*sizes)",
        "config = {'a': 1}\nconfig['a'] = 2\nmodel = Deep(**config)",
        "size = 1\nfor size in range(3):\n    pass\nmodel = Deep(size)",
        "size = 1\nif flag:\n    size = 2\nmodel = Deep(size)",
        "unit = Unit()\nmodel = Deep(unit, unit)",
        "def make():\n    m = Deep(1)\n    m.apply(init)\n    return m\nmodel = make()",
        "def make():\n    return make()\nmodel = make()",
        "model = Deep(9 ** 9 ** 9)",
        "a = [1, 1]\n"
        + "".join(f"{new} = [{old}, {old}, {old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True))
        + "model = Deep(i)",
    ],
)
def test_value_that_only_running_tells_stays_open(lines):
    assert read(lines) is None or read(lines) == "Deep(1)"  # the latter is what a function alone returns


def test_maker_that_is_called_too_often_ends():
    makers = "".join(f"def f{n}():\n    return Deep(f{n + 1}(), f{n + 1}(), f{n + 1}())\n" for n in range(30))
    assert read(makers + "model = f0()") is None


def test_maker_and_its_line_pass_the_wall_and_other_values_of_the_line_are_read():
    assert find_refusals(CLASSES + "def small():\n    return Deep(Unit)\n\n\nmodel = small()\n") == ()
    found = find_refusals(CLASSES + "model = Deep(nn.Sequential(nn.os.Linear(1, 2)))\n")
    assert [str(finding.refusal).split(" is ")[0] for finding in found] == ["Line 30: nn.os"]


@pytest.mark.parametrize(
    ("argument", "cure"),
    [
        ("num_classes", "Give it a default: num_classes=10."),
        ("nbClasses", "Give it a default: nbClasses=10."),
        ("output_size", "Give it a default: output_size=10."),
        ("input_dim", "Give it a default: input_dim=784."),
        ("in_channels", "Give it a default: in_channels=1."),
        ("hidden", "Give it a default, or its value where Net is made."),
        ("config", "Give it a default, or its value where Net is made."),
    ],
)
def test_argument_without_a_value_gets_the_number_that_its_name_says(argument, cure):
    source = CLASSES[: CLASSES.index("class")] + (
        f"class Net(nn.Module):\n    def __init__(self, {argument}):\n        super().__init__()\n\n"
        "    def forward(self, x):\n        return x\n"
    )
    (finding,) = find_refusals(source)
    what = f"Line 5: __init__ needs {argument}, and the network is made as Net()."
    assert str(finding.refusal) == f"{what} {cure}"
    source = source.replace("self, ", "self, known, ", 1)
    (finding,) = find_refusals(source + "\n\ndef main():\n    return Net(3, wide)\n", trusted=True)
    assert str(finding.refusal) == f"Line 5: __init__ needs {argument}, and the text does not say what wide is. {cure}"
