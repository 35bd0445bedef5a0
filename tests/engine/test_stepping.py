"""A network stopped at its lines: where it stops, what the variables hold there, and what is never called."""

from textwrap import dedent

import pytest
import torch

from netcore.data.grey import pack
from netcore.data.mnist import load_mnist
from netcore.model.class_form import class_definition
from netcore.model.custom.source import CustomSource
from netcore.model.presets import list_presets
from netcore.model.ready_made import list_ready_made
from netcore.model.stack import Stack
from netcore.model.stepping import stops as limits
from netcore.model.stepping.asking import record_stops, source_of
from netcore.model.stepping.statements import read_statements
from netcore.model.stepping.stops import PlainValue, Recording, TensorValue
from netcore.worker.plain import MAX_PLAIN_BYTES, from_plain, to_plain
from tests.engine.custom_help import write_class

pytestmark = pytest.mark.usefixtures("here")

ONE = pack(load_mnist("test").images[:1])
THREE = pack(load_mnist("test").images[:3])
LAYERS = "self.fc = nn.Linear(784, 10)"
LAST = "return self.fc(x.flatten(1))"


def record(network, images=ONE, mode="eval", seed=0):
    return record_stops(network.build(seed), network=network, images=images, mode=mode, seed=seed)


def run(forward, init=LAYERS, before="", **more):
    """The recording of a class with these lines, and its text."""
    source = write_class(init, dedent(forward).strip() + "\n" + LAST, before)
    return record(CustomSource(source), **more), source.splitlines()


def ran(recording, lines):
    """The text of the lines at which it stopped, in their order; ``>`` before what gives back."""
    return [("> " if stop.kind == "return" else "") + lines[stop.line - 1].strip() for stop in recording.stops]


def value(stop, name):
    return next(local.value for local in stop.locals if local.name == name)


def names(stop):
    return [local.name for local in stop.locals]


def changed(stop):
    return [local.name for local in stop.locals if local.changed]


def test_a_stack_stops_at_the_lines_of_its_class_form_with_its_own_weights():
    stack = Stack.parse("flatten, linear(784,128), relu, linear(128,10)")
    recording = record(stack, THREE, seed=5)
    lines = class_definition(stack).splitlines()
    assert [text.split("#")[0].strip() for text in ran(recording, lines)] == [
        "x = self.flatten(x)",
        "x = self.fc1(x)",
        "x = self.relu(x)",
        "x = self.fc2(x)",
        "return x",
        "> return x",
    ]
    assert [value(stop, "x").shape for stop in recording.stops][:3] == [(3, 1, 28, 28), (3, 784), (3, 128)]
    logits = stack.build(5).eval()(load_mnist("test").images[:3].unsqueeze(1).float() / 255)
    said = value(recording.stops[-1], "return")
    assert (said.low, said.high) == (logits.min().item(), logits.max().item())
    assert said.mean == pytest.approx(logits.double().mean().item())
    assert recording.complete and recording.problem is None
    assert [changed(stop) for stop in recording.stops] == [[], ["x"], ["x"], ["x"], ["x"], ["return"]]


def test_the_same_class_written_by_hand_stops_at_the_same_lines_with_the_same_numbers():
    stack = Stack.parse("flatten, linear(784,128), relu, linear(128,10)")
    assert record(stack, seed=3) == record(CustomSource(class_definition(stack)), seed=3)


@pytest.mark.parametrize("preset", list_presets(), ids=lambda preset: preset.name)
def test_every_preset_comes_to_its_logits(preset):
    recording = record(preset.stack)
    assert recording.complete and value(recording.stops[-1], "return").shape == (1, 10)


@pytest.mark.parametrize("network", list_ready_made(), ids=lambda network: network.name)
def test_every_ready_made_class_stops_at_its_own_text(network):
    recording = record(network)
    assert recording.complete and value(recording.stops[-1], "return").shape == (1, 10)
    assert {stop.line for stop in recording.stops} <= read_statements(source_of(network)).reachable


def test_a_module_of_its_own_is_entered_and_named_each_time():
    residual = list_ready_made()[0]
    recording = record(residual)
    inside = [stop for stop in recording.stops if stop.function == "ResidualBlock.forward"]
    assert {stop.module for stop in inside} == {"block1", "block2"}
    assert {stop.depth for stop in inside} == {1} and {"x", "path"} == set(names(inside[-1])[1:])
    first = recording.stops.index(inside[0])
    assert recording.passes(first) == (1, 2)
    assert recording.find_stop(inside[0].line, first) == recording.stops.index(inside[4])
    assert recording.find_behind_call(first - 1) == recording.stops.index(inside[3]) + 1
    assert all("self" not in names(stop) for stop in recording.stops)


def test_autograd_is_told_as_torch_names_it():
    recording, _ = run("y = self.fc(x.flatten(1))\nz = y.detach()\nx = x + 0 * z.sum()")
    end = recording.stops[-1]
    assert (value(end, "y").requires_grad, value(end, "y").grad_fn) == (True, "AddmmBackward0")
    assert (value(end, "z").requires_grad, value(end, "z").grad_fn) == (False, "")
    assert value(recording.stops[0], "x").grad_fn == ""


def test_a_line_in_a_loop_stops_each_time():
    recording, lines = run("for step in range(3):\n    x = x + step")
    places = [place for place, stop in enumerate(recording.stops) if lines[stop.line - 1].strip() == "x = x + step"]
    assert [recording.passes(place) for place in places] == [(1, 3), (2, 3), (3, 3)]
    assert [value(recording.stops[place], "step").text for place in places] == ["0", "1", "2"]
    assert recording.find_stop(recording.stops[places[0]].line, places[2]) == places[0]  # round and round


def test_a_loop_on_one_line_stops_each_time_too():
    recording, _ = run("step = 0\nwhile step < 3: step += 1")
    assert [value(stop, "step").text for stop in recording.stops if "step" in names(stop)][:4] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(("mode", "taken"), [("train", "x = x * 2"), ("eval", "x = x * 3")])
def test_of_a_condition_only_the_branch_that_ran_stops(mode, taken):
    recording, lines = run("if self.training:\n    x = x * 2\nelse:\n    x = x * 3", mode=mode)
    assert ran(recording, lines)[:2] == ["if self.training:", taken]
    missing = read_statements("\n".join(lines)).reachable - {stop.line for stop in recording.stops}
    assert [lines[line - 1].strip() for line in missing] == [
        "x = x * 3" if mode == "train" else "x = x * 2",
    ]


def test_a_helper_and_a_nested_function_are_entered_and_left():
    recording, lines = run("def twice(v):\n    return v * 2\nx = twice(x)")
    assert ran(recording, lines) == [
        "def twice(v):",
        "x = twice(x)",
        "return v * 2",
        "> return v * 2",
        LAST,
        f"> {LAST}",
    ]
    assert value(recording.stops[1], "twice") == PlainValue("function", "twice")
    assert [stop.depth for stop in recording.stops] == [0, 0, 1, 1, 0, 0]
    assert recording.stops[2].function == "Network.forward.<locals>.twice"


def test_a_method_of_its_own_is_entered():
    source = write_class(LAYERS, "x = self.half(x)\n" + LAST) + "\n    def half(self, v):\n        return v / 2\n"
    recording, lines = record(CustomSource(source)), source.splitlines()
    assert ran(recording, lines)[:3] == ["x = self.half(x)", "return v / 2", "> return v / 2"]


def test_a_statement_of_several_lines_is_one_stop():
    recording, lines = run("x = torch.cat(\n    [\n        x[:, :, :14],\n        x[:, :, 14:],\n    ],\n    dim=2,\n)")
    assert ran(recording, lines) == ["x = torch.cat(", LAST, f"> {LAST}"]


def test_a_statement_of_several_lines_that_calls_a_helper_is_one_stop_around_it():
    recording, lines = run("def same(v):\n    return v\nx = torch.add(\n    same(x),\n    same(x),\n)")
    assert ran(recording, lines)[1:] == [
        "x = torch.add(",
        *["return v", "> return v"] * 2,
        LAST,
        f"> {LAST}",
    ]


def test_a_comprehension_is_one_stop_and_its_variables_are_not_shown():
    recording, lines = run("parts = [\n    x * n\n    for n in range(3)\n]\nx = sum(parts)")
    assert ran(recording, lines) == ["parts = [", "x = sum(parts)", LAST, f"> {LAST}"]
    assert names(recording.stops[1]) == ["x", "parts", "parts[0]", "parts[1]", "parts[2]"]
    assert value(recording.stops[1], "parts") == PlainValue("list", "3")
    assert changed(recording.stops[1]) == ["parts", "parts[0]", "parts[1]", "parts[2]"]


def test_a_lambda_is_entered():
    recording, lines = run("double = lambda v: v * 2\nx = double(x)")
    assert ran(recording, lines)[2:4] == ["double = lambda v: v * 2", "> double = lambda v: v * 2"]
    assert names(recording.stops[2]) == ["v"]


def test_a_with_block_is_entered_once():
    recording, lines = run("with torch.no_grad():\n    x = x + 1\n    x = x - 1")
    assert ran(recording, lines)[:4] == ["with torch.no_grad():", "x = x + 1", "x = x - 1", LAST]


def test_tensors_in_tuples_and_dictionaries_have_rows_of_their_own():
    recording, _ = run('pair = (x, {"half": x / 2, "n": 1})\nbest = x.topk(2, dim=-1)')
    end = recording.stops[-1]
    assert names(end)[2:] == ["pair", "pair[0]", "pair[1]['half']", "best", "best[0]", "best[1]"]
    assert value(end, "pair") == PlainValue("tuple", "2")
    assert value(end, "best[1]").dtype == "int64" and value(end, "best").kind == "topk"


def test_a_tensor_changed_in_place_shows_its_values_at_each_stop():
    recording, _ = run("x = x + 1\nx.zero_()\nx[:, :, 0] = 5\nx.data.fill_(7)")
    told = [value(stop, "x") for stop in recording.stops]
    assert [(one.low, one.high) for one in told[1:5]] == [(1.0, 2.0), (0.0, 0.0), (0.0, 5.0), (7.0, 7.0)]
    assert [changed(stop) for stop in recording.stops[1:5]] == [["x"]] * 4
    assert told[3].mean == pytest.approx(5 / 28)


def test_what_a_line_leaves_alone_is_not_marked():
    recording, _ = run("y = x * 2\nn = 1\nz = y")
    assert [changed(stop) for stop in recording.stops] == [[], ["y"], ["n"], ["z"], ["return"]]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("torch.tensor(2.5)", ((), "float32", 2.5, 2.5, 2.5, 0)),
        ("torch.tensor([True, False])", ((2,), "bool", 0.0, 0.5, 1.0, 0)),
        ("torch.tensor([1, 2, 6])", ((3,), "int64", 1.0, 3.0, 6.0, 0)),
        ("torch.tensor([3 + 4j, 0])", ((2,), "complex64", 0.0, 2.5, 5.0, 0)),
        ("torch.tensor([1.0, 3.0], dtype=torch.bfloat16)", ((2,), "bfloat16", 1.0, 2.0, 3.0, 0)),
        ('torch.tensor([1.0, float("nan"), float("-inf"), 3.0])', ((4,), "float32", 1.0, 2.0, 3.0, 2)),
        ('torch.tensor([float("nan")])', ((1,), "float32", None, None, None, 1)),
        ("torch.empty(0, 3)", ((0, 3), "float32", None, None, None, 0)),
        ("torch.ones(1).expand(2**30)", ((2**30,), "float32", None, None, None, 0)),
        ("torch.ones(1, device='meta')", ((1,), "float32", None, None, None, 0)),
    ],
)
def test_tensors_of_every_kind_are_told(made, told):
    recording, _ = run(f"t = {made}")
    found = value(recording.stops[1], "t")
    assert isinstance(found, TensorValue)
    assert (found.shape, found.dtype, found.low, found.mean, found.high, found.strange) == told


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("3", PlainValue("int", "3")),
        ("10**50", PlainValue("int", "a number of 167 bits")),
        ("0.1 + 0.2", PlainValue("float", "0.3")),
        ("None", PlainValue("NoneType", "None")),
        ("x.shape", PlainValue("Size", "[1, 1, 28, 28]")),
        ("x.dtype", PlainValue("dtype", "float32")),
        ("range(3)", PlainValue("range", "range(0, 3)")),
        ('"a" * 10**6', PlainValue("str", "'" + 43 * "a" + "…" + 14 * "a" + "'")),
        ("list(range(100))", PlainValue("list", "100: 0, 1, 2, 3, 4, 5, 6, 7")),
        ("[self, x.shape]", PlainValue("list", "2")),
        ("{}", PlainValue("dict", "0")),
        ("self.fc", PlainValue("Linear", "fc")),
        ("nn.ReLU()", PlainValue("ReLU", "")),
        ("torch.relu", PlainValue("builtin_function_or_method", "relu")),
        ("nn.Linear", PlainValue("type", "")),
    ],
)
def test_other_values_are_told_in_a_few_words(made, told):
    recording, _ = run(f"v = {made}")
    assert value(recording.stops[1], "v") == told


HOSTILE = """
class Odd(list):
    def __repr__(self): raise RuntimeError("called")
    __str__ = __len__ = __iter__ = __eq__ = __hash__ = __format__ = __bool__ = __repr__
    __class__ = property(__repr__)


class OddTensor(torch.Tensor):
    def __repr__(self): raise RuntimeError("called")
    @classmethod
    def __torch_function__(cls, *given, **named): raise RuntimeError("called")


class OddModule(nn.Module):
    def extra_repr(self): raise RuntimeError("called")
    __repr__ = extra_repr


"""


def test_nothing_of_an_object_of_the_texts_own_is_called():
    recording, _ = run(
        "odd = Odd([x])\nt = torch.Tensor._make_subclass(OddTensor, x)\nm = OddModule()\nkeys = {m: x}\ndel t, m",
        before=HOSTILE,
    )
    stop = recording.stops[4]
    assert recording.problem is None and recording.complete
    assert value(stop, "odd") == PlainValue("Odd", "") and value(stop, "odd[0]").shape == (1, 1, 28, 28)
    assert value(stop, "t").shape == (1, 1, 28, 28)
    assert value(stop, "m") == PlainValue("OddModule", "")
    assert value(stop, "keys[]").shape == (1, 1, 28, 28)


def test_many_variables_and_long_names_are_bounded():
    lines = "\n".join(f"{'v' * 100}{number} = {number}" for number in range(60))
    recording, _ = run(lines)
    assert max(len(stop.locals) for stop in recording.stops) == 40
    assert {len(name) for stop in recording.stops for name in names(stop)} <= set(range(61))


def test_a_long_run_is_ended_after_so_many_stops():
    recording, _ = run("for step in range(10**9):\n    x = x + step")
    assert len(recording.stops) == limits.MAX_STOPS and not recording.complete and recording.problem is None
    endless, _ = run("while True:\n    x = x + 1")
    assert len(endless.stops) == limits.MAX_STOPS and not endless.complete


def test_many_rows_end_a_run_too(monkeypatch):
    monkeypatch.setattr("netcore.model.stepping.recording.MAX_ROWS", 20)
    recording, _ = run("for step in range(10**9):\n    x = x + step")
    assert len(recording.stops) == 11 and not recording.complete


def test_what_a_line_raises_ends_the_recording_at_that_line_in_words():
    recording, lines = run("y = x + 1\nz = y.nonsense\nx = z")
    assert ran(recording, lines) == ["y = x + 1", "z = y.nonsense"]
    problem = recording.problem
    assert recording.complete and problem.line == recording.stops[-1].line
    assert str(problem.refusal) == "a tensor has no nonsense. Check its spelling."


def test_what_a_helper_raises_ends_the_recording_inside_it():
    recording, lines = run("def f(v):\n    raise ValueError('one channel')\nx = f(x)")
    assert ran(recording, lines) == ["def f(v):", "x = f(x)", "raise ValueError('one channel')"]
    assert 'The class itself raises ValueError: "one channel"' in str(recording.problem.refusal)


def test_layers_that_do_not_fit_stop_at_their_line():
    stack = Stack.parse("flatten, linear(784,128), relu, linear(64,10)")
    recording = record(stack)
    assert "x = self.fc2(x)" in class_definition(stack).splitlines()[recording.stops[-1].line - 1]
    assert recording.problem.line == recording.stops[-1].line


def test_one_that_calls_itself_again_and_again_is_ended():
    recording, _ = run("x = self.forward(x)")
    assert not recording.complete and len(recording.stops) == limits.MAX_STOPS
    assert recording.stops[-1].depth == limits.MAX_STOPS - 1


def test_a_batch_of_one_in_train_is_refused_in_words():
    network = list_ready_made()[0]
    whole = record(network, THREE, mode="train")
    assert whole.problem is None and whole.complete
    source = write_class("self.norm = nn.BatchNorm1d(784)\n" + LAYERS, "x = self.norm(x.flatten(1))\n" + LAST)
    refused = record(CustomSource(source), mode="train")
    assert str(refused.problem.refusal).startswith("In train(), BatchNorm1d normalises by the spread of the batch")


def test_what_is_printed_changes_nothing(capsys):
    recording, _ = run("print(x.shape)")
    assert len(recording.stops) == 3 and capsys.readouterr().out == "torch.Size([1, 1, 28, 28])\n"


def test_chance_comes_from_the_seed():
    noisy = write_class(LAYERS, "x = x + torch.rand_like(x)\n" + LAST)
    first, same, other = (record(CustomSource(noisy), seed=seed) for seed in (1, 1, 2))
    assert first == same != other


def test_whoever_traces_goes_on_tracing_afterwards():
    import sys

    def trace(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run("x = x + 1")
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)
    assert torch.is_grad_enabled()


def test_the_longest_recording_fits_the_answer_of_a_confined_process():
    variables = "\n".join(f"été{number}{'é' * 60} = ['ééé' * 40]" for number in range(30))
    recording, _ = run(f"{variables}\nwhile True:\n    x = x + 1")
    assert not recording.complete
    assert len(to_plain(recording)) < MAX_PLAIN_BYTES
    assert from_plain(Recording, to_plain(recording)) == recording


def test_a_new_tensor_with_the_same_numbers_is_marked():
    recording, _ = run("x = x.clone()")
    assert changed(recording.stops[1]) == ["x"]


def test_what_python_hides_in_a_function_is_not_shown():
    recording, _ = run("super().train(self.training)")
    assert names(recording.stops[0]) == ["x"]


def test_lines_that_do_nothing_count_as_no_line_to_reach():
    text = (
        "class A:\n"
        "    size = 1\n"
        "    def __init__(self):\n        self.size = 2\n"
        "    def forward(self, x):\n"
        '        """Words."""\n'
        "        y: int\n"
        "        while True:\n"
        "            x = (\n                x + 1\n            )\n"
        "            break\n"
        "def helper(): return 1\n"
    )
    statements = read_statements(text)
    assert statements.reachable == {9, 12, 13}
    assert statements.tops == ((1, 12), (13, 13))
    assert [statements.first[line] for line in (9, 10, 11)] == [9, 9, 9]
