"""Dataclasses go through a stranger's hands as JSON: what comes back is what was sent, or is refused."""

import json
import math
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netcore.errors import CheckpointError, RunError, StackError, WorkerError
from netcore.model.custom.source import CustomSource
from netcore.model.parameters import describe_parameters
from netcore.model.ready_made import ReadyMade
from netcore.model.shape import Shape
from netcore.model.spec import NetworkSpec
from netcore.model.stack import Stack
from netcore.model.trace import Trace, trace
from netcore.worker.plain import MAX_PLAIN_BYTES, from_plain, to_plain


@dataclass(frozen=True)
class Pair:
    count: int
    share: float


@dataclass(frozen=True)
class Everything:
    name: str
    flag: bool
    shape: Shape
    pairs: tuple[Pair, ...]
    fixed: tuple[int, str]
    by_name: dict[str, float]
    maybe: Pair | None
    network: NetworkSpec | None
    mode: Literal["train", "eval"]
    values: tuple[tuple[str, Any], ...]
    damage: CheckpointError | None
    loose: int | str


def everything(**changed):
    whole = {
        "name": "é\n",
        "flag": True,
        "shape": Shape((64, 1, 28, 28)),
        "pairs": (Pair(1, 0.1), Pair(2, math.inf)),
        "fixed": (3, "x"),
        "by_name": {"a": 1.5},
        "maybe": None,
        "network": Stack.parse("flatten, linear(784, 10)"),
        "mode": "train",
        "values": (("layer", "Linear"), ("count", 3), ("parts", (1, (2.5, None)))),
        "damage": None,
        "loose": "word",
    }
    return Everything(**{**whole, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"maybe": Pair(5, -1.0), "network": ReadyMade("residual")},
        {"network": None, "pairs": (), "loose": 7},
        {"shape": Shape()},
    ],
)
def test_what_comes_back_equals_what_was_sent(changed):
    sent = everything(**changed)
    back = from_plain(Everything, to_plain(sent))
    assert back == sent
    assert type(back.shape) is Shape


def test_nan_comes_through():
    assert math.isnan(from_plain(Pair, to_plain(Pair(1, math.nan))).share)


def test_an_error_comes_back_as_its_own_class_with_its_values():
    back = from_plain(Everything, to_plain(everything(damage=CheckpointError("{n} is torn.", "Train.", n="x")))).damage
    assert (type(back), str(back)) == (CheckpointError, "x is torn. Train.")
    with pytest.raises(WorkerError, match="not what was asked for"):
        from_plain(Everything, to_plain(everything(damage=RunError("a", "b"))))


def test_a_shape_among_free_values_arrives_as_it_is_written():
    back = from_plain(Everything, to_plain(everything(values=(("shape", Shape((1, 2))),))))
    assert back.values == (("shape", "[1, 2]"),)


def test_real_results_come_through():
    stack = Stack.parse("conv2d(1,4,3), batchnorm2d(4), relu, flatten, linear(5, 10)")
    traced = trace(stack, 2)
    assert traced.problem and traced.problem.mended
    back = from_plain(Trace, to_plain(traced))
    assert back.problem.mended == traced.problem.mended
    assert back.layers == traced.layers
    described = describe_parameters(Stack.parse("flatten, linear(784,10)").build(0))
    assert from_plain(type_of(describe_parameters), to_plain(described)) == described


def type_of(function):
    from typing import get_type_hints

    return get_type_hints(function)["return"]


def test_a_network_that_the_wall_refuses_does_not_come_back():
    plain = json.loads(to_plain(everything()))
    plain["network"] = {"": "CustomSource", "source": "import os"}
    with pytest.raises(StackError):
        from_plain(Everything, json.dumps(plain).encode())
    assert CustomSource.__name__ == "CustomSource"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 3),
        ("name", None),
        ("flag", 1),
        ("shape", [1, "x"]),
        ("shape", [1.0]),
        ("shape", [True]),
        ("shape", "[1]"),
        ("pairs", {}),
        ("pairs", [{"": "Pair", "count": 1}]),
        ("pairs", [{"": "Pair", "count": 1, "share": 1.0, "more": 1}]),
        ("pairs", [{"": "Everything", "count": 1, "share": 1.0}]),
        ("pairs", [{"count": 1, "share": 1.0}]),
        ("fixed", [1]),
        ("fixed", [1, "x", 2]),
        ("by_name", {"a": "b"}),
        ("by_name", []),
        ("maybe", []),
        ("network", {"": "Pair", "count": 1, "share": 1.0}),
        ("network", {"": "os", "system": "id"}),
        ("network", {"": "Stack", "layers": [1]}),
        ("mode", "sleep"),
        ("mode", ["train"]),
        ("values", [["a", {"x": 1}]]),
        ("values", [["a", {"": "Pair", "count": 1, "share": 1.0}]]),
        ("damage", {"error": "os", "what": "a", "cure": "b", "values": {}}),
        ("damage", 3),
        ("loose", 1.5),
        ("pairs", [{"": "Pair", "count": 2**63, "share": 1.0}]),
        ("pairs", [{"": "Pair", "count": 1, "share": 10**400}]),
        ("values", [["a", 10**400]]),
    ],
)
def test_a_value_of_another_type_is_refused(field, value):
    plain = json.loads(to_plain(everything()))
    plain[field] = value
    with pytest.raises(WorkerError, match=r"The answer is not what was asked for: .* Try again\."):
        from_plain(Everything, json.dumps(plain).encode())


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b"null", b"{}", b'{"": 1}', b"[]", b"NaN"]
)
def test_what_is_no_answer_is_refused(data):
    with pytest.raises(WorkerError):
        from_plain(Pair, data)


def test_half_a_sign_becomes_one_that_a_page_can_be_sent():
    assert from_plain(str, b'"a\\ud83e"') == "a?"
    assert from_plain(str, b'"\\ud83e\\uDD8A"') == "\N{FOX FACE}"
    with pytest.raises(WorkerError):
        from_plain(str, b'"\xed\xa0\x80"')


def test_more_than_an_answer_may_hold_is_refused_before_it_is_read():
    with pytest.raises(WorkerError, match=r"larger than 8 MB"):
        from_plain(Pair, b" " * (MAX_PLAIN_BYTES + 1))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["", "count", "share", "x"]), inner),
    max_leaves=8,
)


@given(json_values)
def test_anything_at_all_is_a_pair_or_a_sentence(value):
    try:
        made = from_plain(Pair, json.dumps(value).encode())
    except WorkerError:
        return
    assert type(made.count) is int
    assert type(made.share) is float


def test_our_own_mistakes_are_not_hidden():
    with pytest.raises(TypeError, match="no plain value"):
        to_plain(everything(name=object()))
