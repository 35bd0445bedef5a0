"""A question about a class is answered in a confined process, as the types that were asked for, or in a sentence."""

from dataclasses import replace

import pytest

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.errors import CheckpointError, CodeError, StackError, WorkerError
from netcore.model.custom import confined
from netcore.model.custom.source import CustomSource
from netcore.model.forward import Forward
from netcore.model.modes import ModeComparison
from netcore.model.parameters import ParameterInfo, describe_parameters
from netcore.model.questions import forward_packed
from netcore.model.stack import Stack
from netcore.model.trace import Trace, trace
from netcore.training.config import TrainingConfig
from netcore.training.loop import train
from netcore.training.runs import RunStore
from tests.engine.good_classes import GOOD, wrap
from tests.engine.training_help import few_digits, small_config

pytestmark = pytest.mark.usefixtures("nursery")

FORWARD = "netcore.model.questions:forward_packed"
INSPECT = "netcore.model.xray.inspection:inspect_source"
PARAMETERS = "netcore.model.parameters:describe_parameters"
GIVEN = {"images": pack(load_mnist("test").images[3:5]), "mode": "eval", "seed": 0}
STACK = Stack.parse("flatten, linear(784,16), relu, linear(16,10)")


def ask_forward(network, **more):
    return confined.ask(Forward, FORWARD, network, **{**GIVEN, **more})


def test_a_confined_process_answers_what_this_one_would():
    answer = confined.ask(tuple[ParameterInfo, ...], PARAMETERS, STACK, weights_seed=5)
    assert answer == describe_parameters(STACK.build(5))
    assert ask_forward(STACK, weights_seed=5).logits == forward_packed(STACK.build(5), **GIVEN).logits
    assert confined.ask(Trace, "netcore.model.trace:trace", STACK, batch=3) == trace(STACK, 3)


def test_a_class_is_asked_like_any_other_network():
    network = CustomSource(wrap())
    assert confined.ask(Trace, INSPECT, network, batch=64).parameters == 7850
    assert ask_forward(network, weights_seed=1) != ask_forward(network, weights_seed=2)
    assert replace(ask_forward(network), seconds=0.0) == replace(ask_forward(network), seconds=0.0)
    compared = confined.ask(
        ModeComparison, "netcore.model.questions:compare_modes_mnist", network, count=4, passes=3, seed=0
    )
    assert compared.difference < 1e-5


def test_what_a_class_prints_comes_along():
    told = confined.ask_aloud(Forward, FORWARD, CustomSource(wrap(forward="print(x.shape)")), **GIVEN)
    assert told.printed == "torch.Size([2, 1, 28, 28])\n"
    assert told.result.shape == (2, 10)


def test_the_weights_of_a_checkpoint_are_put_in(tmp_path):
    run = RunStore(tmp_path / "runs").create(STACK, small_config(epochs=1))
    model = STACK.build(run.config.seed)
    train(model, run.config, few_digits(), run.folder, network=STACK)
    answer = confined.ask(tuple[ParameterInfo, ...], PARAMETERS, STACK, checkpoint=run.best_path)
    assert answer == describe_parameters(model)
    with pytest.raises(
        CheckpointError,
        match=r"6 tensors .*Missing: fc\.weight, fc\.bias\. Not in this network: 1\.weight",
    ):
        confined.ask(tuple[ParameterInfo, ...], PARAMETERS, CustomSource(wrap()), checkpoint=run.best_path)
    with pytest.raises(CheckpointError, match=r"There is no missing\.pth"):
        confined.ask(tuple[ParameterInfo, ...], PARAMETERS, STACK, checkpoint=run.folder / "missing.pth")


def test_settings_go_in_and_a_word_comes_back():
    question, config = "netcore.training.readiness:check_network", TrainingConfig(batch_size=32)
    assert confined.ask(str, question, CustomSource(wrap()), config=config) == "contiguous"
    five = CustomSource(wrap(forward="return self.fc(x.flatten(1))[:, :5]"))
    with pytest.raises(StackError, match=r"ends in \[32, 5\], and telling ten digits apart needs \[N, 10\]"):
        confined.ask(str, question, five, config=config)


def test_an_answer_of_another_type_is_refused():
    with pytest.raises(WorkerError, match="The answer is not what was asked for"):
        confined.ask(Forward, INSPECT, CustomSource(wrap()), batch=1)


@pytest.mark.parametrize("name", GOOD)
def test_classes_that_people_write_are_built_and_answer(name):
    network = CustomSource(GOOD[name])
    assert confined.ask(Trace, INSPECT, network, batch=2).output_shape == (2, 10)
    assert ask_forward(network).shape == (2, 10)


TOO_LARGE = r"has [0-9,]+ parameters, and 20,000,000 are the limit"
# SB60 to SB74: past any static wall, since each may be a mistake. Init, forward, and the words of the refusal.
BOMBS = {
    "SB60 endless init": ("while True:\n    pass", "", "longer than 2 s"),
    "SB60 endless forward": ("", "while True:\n    pass", "longer than 2 s"),
    "SB61 recursion": ("", "return self.forward(x)", "calls itself again and again"),
    "SB62 many layers": ("self.a = nn.ModuleList([nn.Linear(5000, 5000) for i in range(5000)])", "", TOO_LARGE),
    "SB62 many small layers": ("self.a = nn.ModuleList([nn.Linear(500, 500) for i in range(500)])", "", TOO_LARGE),
    "SB63 a layer beyond memory": ("self.a = nn.Linear(10**9, 10**9)", "", TOO_LARGE),
    "SB63 a layer of 14 GB": ("self.a = nn.Linear(60000, 60000)", "", TOO_LARGE),
    "SB63 a buffer": ('self.register_buffer("a", torch.zeros(10**5, 10**4))', "", TOO_LARGE),
    "SB63 a bare tensor": ("self.a = torch.zeros(10**5, 10**5)", "", "needs more memory than it may use"),
    "SB64 slow products": (
        "",
        "y = torch.rand(1500, 1500)\nfor i in range(9999999):\n    y = y @ y",
        "longer than 2 s",
    ),
    "SB65 repeat": ("", "x = x.repeat(99999, 99, 1, 1)", "needs more memory than it may use"),
    "SB65 repeat beyond counting": ("", "x = x.repeat(9999999, 9999999, 9999999, 9999999)", "x.repeat"),
    "SB65 outer product": (
        "",
        'v = x.flatten()\nx = torch.einsum("a,b,c,d,e->abcde", v, v, v, v, v)',
        "memory|einsum",
    ),
    "SB66 text that doubles": ("", 'a = "x"\nfor i in range(60):\n    a = a + a', "needs more memory than it may use"),
    "SB67 number that squares": ("", "a = 9\nfor i in range(60):\n    a = a * a", "longer than 2 s"),
    "SB68 print": ("", "for i in range(9999999):\n    print(i)", "longer than 2 s"),
    "SB69 lists of lists": (
        "",
        "a = [[i] * 999999 for i in range(999999)]",
        "needs more memory than it may use|longer than 2 s",
    ),
    "SB70 list": ("", "return [x]", "gives a value of type list"),
    "SB70 nothing": ("", "return None", "gives a value of type NoneType"),
    "SB70 tuple": ("", "return self.fc(x.flatten(1)), x", "gives a value of type tuple"),
    "SB70 other batch": ("", "return self.fc(x.flatten(1))[:1]", r"makes \[1, 10\] of 2 images"),
    "SB70 classes": ("", "return self.fc(x.flatten(1)).argmax(1)", r"makes \[2\] of 2 images"),
    "SB70 whole numbers": ("", "return self.fc(x.flatten(1)).long()", "numbers of type int64"),
    "SB73 itself": ("self.me = self", "", "contains itself"),
    "SB73 itself in a list": ("self.all = nn.ModuleList([self])", "", "contains itself"),
    "SB74 a buffer that grows": (
        'self.register_buffer("seen", torch.zeros(1))',
        "for i in range(60):\n    self.seen = torch.cat([self.seen, self.seen])",
        "needs more memory than it may use",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_words_that_name_the_reason(name, monkeypatch):
    init, forward, words = BOMBS[name]
    if "2 s" in words:
        monkeypatch.setattr(confined, "_LIMITS", replace(confined._LIMITS, wall_seconds=2))
    network = CustomSource(wrap(init, forward))
    with pytest.raises((CodeError, WorkerError), match=words) as caught:
        ask_forward(network)
    assert "torch." not in str(caught.value)
    assert not isinstance(caught.value, CodeError) or caught.value.values["line"] >= 1


# Odd, and allowed: nobody else sees it, and the answer is what the class computes.
ODD = {
    "SB70 no numbers": ("", "x = x * 0 / 0"),
    "SB70 no gradient": ("", "return self.fc(x.flatten(1)).detach()"),
    "SB71 changes its input": ("", "x.zero_()"),
    "SB72 depends on the batch": ("", "x = x - x.mean(0)"),
    "SB74 tied weights": ("self.a = nn.Linear(28, 28)\nself.b = nn.Linear(28, 28)\nself.b.weight = self.a.weight", ""),
    "SB74 nothing to learn": ("self.p = nn.Parameter(torch.empty(0))", ""),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_only_odd_is_answered(name):
    assert ask_forward(CustomSource(wrap(*ODD[name]))).shape == (2, 10)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        ("x = x.flatten(1) + self.fc(x)", "self.fc"),
        ("x = x[99]", r"x\[99\]"),
        ("x = nn.Linear(3, 4)(x)", "nn.Linear"),
    ],
)
def test_what_fails_in_forward_names_its_line(forward, words):
    source = wrap(forward=forward)
    with pytest.raises(CodeError, match=words) as caught:
        ask_forward(CustomSource(source))
    assert source.splitlines()[caught.value.values["line"] - 1].strip() == forward
