"""What a container of layers cannot take or do is said in words, with a mend that runs."""

import pytest

from netcore.model.custom.source import CustomSource
from netcore.model.xray.inspection import inspect_source
from tests.engine.good_classes import wrap

pytestmark = pytest.mark.usefixtures("here")

LAYERS = "[nn.Linear(784, 784), nn.ReLU()]"
CALL = "x = self.net(x.flatten(1))"
MENDED = {
    "a tuple": (
        "parts = (nn.Linear(784, 32), nn.Tanh(), nn.Linear(32, 784))\nself.net = nn.Sequential(parts)",
        CALL,
        "nn.Sequential(parts) is given a tuple, and takes its layers one by one. Write nn.Sequential(*parts).",
    ),
    "a comprehension": (
        "self.net = nn.Sequential([nn.Linear(784, 784) for _ in range(2)])",
        CALL,
        "is given a list, and takes its layers one by one. "
        "Write nn.Sequential(*[nn.Linear(784, 784) for _ in range(2)]).",
    ),
    "a generator": (
        "self.net = nn.Sequential(nn.Linear(784, 784) for _ in range(2))",
        CALL,
        "is given a generator, and takes its layers one by one. Write nn.Sequential(*(...)).",
    ),
    "a ModuleList that is called": (
        f"self.net = nn.ModuleList({LAYERS})",
        CALL,
        "self.net(x.flatten(1)) calls an nn.ModuleList, which holds its layers and does not call them. "
        f"Write nn.Sequential(*{LAYERS}).",
    ),
    "a ModuleList of a generator that is called": (
        "self.net = nn.ModuleList(nn.Linear(784, 784) for _ in range(2))",
        CALL,
        "Write nn.Sequential(*(nn.Linear(784, 784) for _ in range(2))).",
    ),
    "a ModuleList in a Sequential": (
        f"parts = nn.ModuleList({LAYERS})\nself.net = nn.Sequential(parts)",
        CALL,
        "calls an nn.ModuleList, which holds its layers and does not call them.",
    ),
    "a class": (
        "self.net = nn.Sequential(nn.Linear(784, 784), nn.GELU)",
        CALL,
        "holds the class GELU, and no layer of it. Write nn.GELU(), with brackets.",
    ),
    "a class in a list": (
        "self.net = nn.ModuleList([nn.Linear(784, 784), nn.SiLU])",
        "x = self.net[1](self.net[0](x.flatten(1)))",
        "holds the class SiLU, and no layer of it. Write nn.SiLU(), with brackets.",
    ),
    "a function": (
        "self.net = nn.Sequential(nn.Linear(784, 784), F.leaky_relu)",
        CALL,
        "holds the function leaky_relu, and takes layers. Write nn.LeakyReLU().",
    ),
    "a function of torch": (
        "self.net = nn.Sequential(nn.Linear(784, 784), torch.tanh)",
        CALL,
        "holds the function tanh, and takes layers. Write nn.Tanh().",
    ),
    "names that are taken": (
        'self.net = nn.ModuleDict({"values": nn.Linear(784, 784), "a.b": nn.ReLU()})',
        'x = self.net["a.b"](self.net["values"](x.flatten(1)))',
        'cannot give its layers these names: "values" is a name that nn.ModuleDict has itself, "a.b" holds a dot. '
        'Write "values_", "a_b".',
    ),
    "a name that is given later": (
        'self.net = nn.ModuleDict()\nself.net["conv.1"] = nn.Linear(784, 784)',
        'x = self.net["conv.1"](x.flatten(1))',
        'cannot give its layers these names: "conv.1" holds a dot. Write "conv_1".',
    ),
}


@pytest.mark.parametrize(("init", "forward", "sentence"), MENDED.values(), ids=MENDED)
def test_what_a_container_cannot_take_is_said_and_mended(init, forward, sentence):
    problem = inspect_source(CustomSource(wrap(init, forward)), 3).problem
    assert sentence in str(problem.refusal)
    assert problem.label
    after = inspect_source(problem.mended, 3)
    assert (after.problem, after.notice) == (None, None)


@pytest.mark.parametrize(
    ("init", "forward", "sentence"),
    [
        (
            "self.net = nn.ModuleList([nn.Linear(784, 784), 3])",
            "x = self.net[0](x.flatten(1))",
            "holds a value of type int, which is no layer. Take it out, and call it in forward.",
        ),
        (
            'self.net = nn.ModuleDict({"a": nn.Linear(784, 784)})',
            CALL,
            "calls an nn.ModuleDict, which holds its layers and does not call them. "
            "Call each of them in forward, or put them into an nn.Sequential.",
        ),
    ],
    ids=["a number", "a ModuleDict that is called"],
)
def test_what_has_no_one_mend_is_said_with_a_cure(init, forward, sentence):
    problem = inspect_source(CustomSource(wrap(init, forward)), 3).problem
    assert sentence in str(problem.refusal)
    assert problem.mended is None
