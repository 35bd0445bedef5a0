"""Logits that cannot reach all numbers: a function on them that bounds them, found by its name or by trying.

Works on a network that was built, so only in a process that runs code.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from netcore.model.custom.source import FILE_NAME
from netcore.model.mend import BETWEEN, CUT_OFF, describe_range, find_least_loss
from netcore.model.xray.diagnosis import Diagnosis
from netcore.model.xray.edits import Edit, get_text, remove_after, replace
from netcore.model.xray.text import Text
from netcore.seeds import seeded

_HELD = (
    "However large the weights get, the logits of an image stay within about {spread} of one another: "
    "the loss cannot fall far below {least}."
)
_CURE_BOUND = "Return the logits themselves: cross_entropy computes log_softmax from them."


@dataclass(frozen=True)
class _Bound:
    """A function whose values do not reach all numbers, only those from ``low`` to ``high``."""

    names: tuple[str, ...]
    """What it is called as a function and as a layer, in small letters."""
    low: float = 0.0
    high: float = 1.0


# By the name of autograd's node. log_softmax is not among them: cross_entropy leaves its values as they are.
_BOUNDS: Mapping[str, _Bound] = MappingProxyType(
    {
        "SoftmaxBackward0": _Bound(("softmax", "softmin")),
        "SigmoidBackward0": _Bound(("sigmoid",)),
        "HardsigmoidBackward0": _Bound(("hardsigmoid",)),
        "TanhBackward0": _Bound(("tanh",), low=-1.0),
        "ReluBackward0": _Bound(("relu",), high=math.inf),
        "HardtanhBackward0": _Bound(("relu6", "hardtanh")),
    }
)
_FACTORS = (0.03, 30.0, 60.0)
"""Times a layer's numbers. The last is twice the one before it: free logits go about twice as far apart."""
_FOLLOWS = 1.5
_HARMLESS_LOSS = 0.1
"""The least loss, in nats, below which a bound keeps no network from learning."""
_VIEWS = re.compile(
    r"(Unsafe|_Unsafe)?(View|ReshapeAlias|Squeeze|Unsqueeze|Transpose|T|Permute|Select|Slice|Clone|Expand|Alias|ToCopy"
    r"|Split|Unbind|Index)Backward\d*"
)


def find_bounded(text: Text, model: nn.Module, images: Tensor) -> Diagnosis | None:
    """What keeps the logits from reaching all numbers, whatever views follow it; None where nothing does."""
    # With its anomaly mode on, autograd keeps for each node the lines that made it.
    with torch.autograd.set_detect_anomaly(True, check_nan=False), torch.enable_grad():
        logits = ask(model, images)
    node = logits.grad_fn
    while node is not None and _VIEWS.fullmatch(node.name()):
        node = node.next_functions[0][0]
    if node is None:
        return None
    bound = _BOUNDS.get(node.name())
    if bound is not None:
        return _explain_bound(text, model, node, bound)
    spread = _find_limit(model, images)
    if spread is None or find_least_loss(spread) < _HARMLESS_LOSS:
        return None
    values = (("spread", f"{spread:.2g}"), ("least", f"{find_least_loss(spread):.2g}"))
    return Diagnosis(_find_line(logits.grad_fn), _HELD, _CURE_BOUND, values)


def ask(model: nn.Module, images: Tensor) -> Tensor:
    """The logits ``[N, 10]`` of a copy of the images in eval(), with the same random numbers at each call.

    A copy, since a class may change its input in place.
    """
    with seeded(0):
        logits: Tensor = model.eval()(images.clone())
    return logits


def _explain_bound(text: Text, model: nn.Module, node: Any, bound: _Bound) -> Diagnosis:
    line = _find_line(node)
    call = _find_call(text, model, line, bound.names)
    edit = _leave_out(text, call) if call else None
    if call is None:
        call, edit = _find_last_made(text, bound.names)
        line = call.lineno if call else line
    function = text.quote(call) if call else bound.names[0]
    what = CUT_OFF
    values: tuple[tuple[str, str], ...] = (("function", function),)
    if bound.high < math.inf:
        low, high = getattr(node, "_saved_min_val", bound.low), getattr(node, "_saved_max_val", bound.high)
        what, values = BETWEEN, describe_range(function, low, high)
    label = f"− {bound.names[0]}" if edit else ""
    return Diagnosis(line, what, _CURE_BOUND, values, label, (edit,) if edit else ())


def _find_limit(model: nn.Module, images: Tensor) -> float | None:
    """How far apart the logits of an image get at most, where no layer's numbers take them further at any size."""
    spreads: list[float] = []
    # The last layer is the first that is tried: where it is free, and it mostly is, no other need be.
    for layer in reversed([module for module in model.modules() if [*module.parameters(recurse=False)]]):
        small, large, larger = (_measure_spread(model, layer, factor, images) for factor in _FACTORS)
        if not max(small, larger) < _FOLLOWS * large:  # what is no number any more was not held either
            return None
        spreads.append(larger)
    return max(spreads, default=None)


def _measure_spread(model: nn.Module, layer: nn.Module, factor: float, images: Tensor) -> float:
    """How far apart the logits of one image are where the layer's own parameters are so many times themselves."""
    kept = [(parameter, parameter.detach().clone()) for parameter in layer.parameters(recurse=False)]
    with torch.no_grad():
        try:
            for parameter, numbers in kept:
                # What begins at zero is often the logarithm of a scale.
                parameter.copy_(numbers * factor if numbers.any() else numbers + math.log(factor))
            logits = ask(model, images).float()
        finally:
            for parameter, numbers in kept:
                parameter.copy_(numbers)
    return (logits.amax(-1) - logits.amin(-1)).max().item()


def _find_line(node: Any) -> int:
    """The line of the student's text that made one of autograd's nodes; 1 where there is none."""
    lines = "".join(node.metadata.get("traceback_", ()))
    places = re.findall(rf'File "{re.escape(FILE_NAME)}", line (\d+)', lines)
    return int(places[-1]) if places else 1


def _find_call(text: Text, model: nn.Module, line: int, names: tuple[str, ...]) -> ast.Call | None:
    """The call of one of these functions, or of a layer of that kind, in a line of the text."""
    calls = (node for node in ast.walk(text.tree) if isinstance(node, ast.Call) and node.lineno <= line)
    calls = (node for node in calls if line <= (node.end_lineno or node.lineno))
    return next((node for node in calls if _name_called(node.func, model) in names), None)


def _find_last_made(text: Text, names: tuple[str, ...]) -> tuple[ast.Call | None, Edit | None]:
    """The layer of that kind at the end of an ``nn.Sequential``, where there is just one, and the edit without it."""
    found: list[tuple[ast.Call, Edit | None]] = []
    for node in ast.walk(text.tree):
        if isinstance(node, ast.Call) and node.args and _read_name(node.func) == "Sequential":
            *before, last = node.args
            if isinstance(last, ast.Call) and _read_name(last.func).lower() in names:
                found.append((last, remove_after(before[-1], last) if before else None))
    return found[0] if len(found) == 1 else (None, None)


def _leave_out(text: Text, call: ast.Call) -> Edit | None:
    """The edit that puts what a function is given in place of its call."""
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else replace(call, get_text(text.source, call.args[0]))
    is_method = isinstance(call.func, ast.Attribute)
    return replace(call, get_text(text.source, call.func.value)) if is_method else None  # type: ignore[attr-defined]


def _name_called(called: ast.expr, model: nn.Module) -> str:
    """``softmax`` for ``F.softmax``, ``x.softmax``, and for ``self.last`` where that is an ``nn.Softmax``."""
    if isinstance(called, ast.Call):  # nn.Softmax(1)(x)
        return _name_called(called.func, model)
    name = _read_name(called)
    layer = getattr(model, name, None)
    return (type(layer).__name__ if isinstance(layer, nn.Module) else name).lower().rstrip("_")


def _read_name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else str(getattr(called, "id", ""))
