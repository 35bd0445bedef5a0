"""Why tensors cannot meet in an operation, in words: the sizes that differ, and the mend where there is one."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from netcore.model.shape import Shape
from netcore.model.xray.diagnosis import Diagnosis, say
from netcore.model.xray.edits import Edit, find_node, get_operand, insert_after, replace
from netcore.model.xray.recorder import Operation
from netcore.model.xray.reshapes import explain_axis, explain_reshape
from netcore.model.xray.text import Text


def explain_clash(text: Text, operation: Operation) -> Diagnosis:
    """Why the operation that failed cannot work with what it was given."""
    rule = _RULES.get(operation.name)
    return (rule and rule(text, operation)) or explain_axis(text, operation) or _explain_anything(text, operation)


def _explain_cat(text: Text, operation: Operation) -> Diagnosis | None:
    shapes = operation.inputs
    axis = operation.named.get("dim", operation.given[1] if len(operation.given) > 1 else 0)
    if len(shapes) < 2 or not isinstance(axis, int):
        return None
    values: tuple[tuple[str, Any], ...] = (("shapes", _list(shapes)), ("axis", axis))
    if len({len(shape) for shape in shapes}) > 1:
        what = "{words} gets {shapes}: these do not have the same number of axes."
        return say(text, operation, what, "Bring them to the same number of axes first.", values)
    if operation.name != "stack" and not -len(shapes[0]) <= axis < len(shapes[0]):
        what = "{words} joins along axis {axis}, and {shapes} have no such axis."
        return say(text, operation, what, "Choose an axis that there is.", values)
    differing = [place for place in range(len(shapes[0])) if len({shape[place] for shape in shapes}) > 1]
    values = (*values, ("differing", ", ".join(map(str, differing))))
    call = find_node(text.tree, operation.place, ast.Call)
    if operation.name == "stack" or len(differing) != 1 or call is None:
        what = "{words} gets {shapes}, which differ along the axes {differing}"
        what += "." if operation.name == "stack" else ", and may differ only along axis {axis}."
        return say(text, operation, what, "Give the tensors equal sizes along the other axes.", values)
    what = "{words} joins along axis {axis} and gets {shapes}, which differ along axis {differing}."
    label = f"dim = {differing[0]}"
    return say(text, operation, what, "Set {label}.", (*values, ("label", label)), label, _set_dim(call, differing[0]))


def _explain_product(text: Text, operation: Operation) -> Diagnosis | None:
    if len(operation.inputs) != 2:
        return None
    left, right = operation.inputs
    if not left or not right:
        return None
    inner = right[-2] if len(right) > 1 else right[0]
    values = (("left", str(left)), ("right", str(right)), ("columns", left[-1]), ("rows", inner))
    if left[-1] == inner:
        what = "{words} multiplies {left} by {right}, whose axes before the last two do not go together."
        return say(text, operation, what, "Make these axes equal, or 1.", values)
    edits: tuple[Edit, ...] = ()
    node = find_node(text.tree, operation.place, ast.BinOp)
    call = find_node(text.tree, operation.place, ast.Call)
    second = node.right if node else call.args[-1] if call and call.args else None
    if len(right) > 1 and left[-1] == right[-1] and second:
        edits = (replace(second, f"{get_operand(text.source, second)}.transpose(-2, -1)"),)
    what = "{words} multiplies {left} by {right}: rows of {columns} numbers by columns of {rows}."
    cure = "Transpose the second: transpose(-2, -1)." if edits else "Make these two sizes equal."
    return say(text, operation, what, cure, values, ".transpose(-2, -1)" if edits else "", edits)


def _explain_broadcast(text: Text, operation: Operation) -> Diagnosis | None:
    if len(operation.inputs) != 2:
        return None
    left, right = operation.inputs
    for back in range(min(len(left), len(right)), 0, -1):
        if left[-back] != right[-back] and 1 not in (left[-back], right[-back]):
            axis = len(left) - back if len(left) == len(right) else -back
            values = (
                ("left", str(left)),
                ("right", str(right)),
                ("axis", axis),
                ("a", left[-back]),
                ("b", right[-back]),
            )
            what = "{words} puts {left} and {right} together, whose sizes along axis {axis} are {a} and {b}."
            cure = "Sizes must be equal or 1. A 1x1 convolution changes channels, padding or stride height and width."
            return say(text, operation, what, cure if len(left) == 4 else "Sizes must be equal, or 1.", values)
    return None


def _explain_weights(text: Text, operation: Operation) -> Diagnosis | None:
    if len(operation.inputs) < 2:
        return None
    shape, weight = operation.inputs[:2]
    axis = -1 if operation.name == "linear" else 1
    if len(weight) < 2 or len(shape) < 2 or shape[axis] == weight[1]:
        return None
    values = (("shape", str(shape)), ("weight", str(weight)), ("wanted", weight[1]), ("got", shape[axis]))
    noun = "features" if operation.name == "linear" else "channels"
    what = "{words} has a weight {weight} for {wanted} " + noun + ", and gets {got}: {shape}."
    return say(text, operation, what, "Make the two numbers equal.", values)


def _explain_truth(text: Text, operation: Operation) -> Diagnosis | None:
    shape = operation.inputs[0] if operation.inputs else Shape()
    values = (("shape", str(shape)), ("count", math.prod(shape)))
    what = "{words} needs one number, and gets {shape}, that is {count}."
    return say(text, operation, what, "Make one number of it first: .mean(), .sum(), .any() or .all().", values)


def _explain_anything(text: Text, operation: Operation) -> Diagnosis:
    if not operation.inputs:
        return say(text, operation, "{words} cannot work with what it is given.", "Check its arguments.", ())
    what = "{words} cannot work with {shapes}."
    cure = "Compare the shapes, the types and the numbers with what this operation is made for."
    return say(text, operation, what, cure, (("shapes", _list(operation.inputs)),))


def _set_dim(call: ast.Call, axis: int) -> tuple[Edit, ...]:
    for keyword in call.keywords:
        if keyword.arg == "dim":
            return (replace(keyword.value, str(axis)),)
    if len(call.args) > 1:
        return (replace(call.args[1], str(axis)),)
    return (insert_after(call.args[0], f", dim={axis}"),)


def _list(shapes: tuple[Shape, ...]) -> str:
    words = [str(shape) for shape in shapes]
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]


_ELEMENTWISE = ("add", "sub", "rsub", "mul", "div", "true_divide", "floor_divide", "pow", "maximum", "minimum", "eq")
_RULES: MappingProxyType[str, Callable[[Text, Operation], Diagnosis | None]] = MappingProxyType(
    {"view": explain_reshape, "reshape": explain_reshape}
    | dict.fromkeys(("cat", "concat", "concatenate", "stack"), _explain_cat)
    | dict.fromkeys(("matmul", "mm", "bmm", "rmatmul"), _explain_product)
    | dict.fromkeys(_ELEMENTWISE, _explain_broadcast)
    | dict.fromkeys((name + "_" for name in _ELEMENTWISE), _explain_broadcast)
    | dict.fromkeys(("linear", "conv1d", "conv2d"), _explain_weights)
    | dict.fromkeys(("bool", "item", "float", "int"), _explain_truth)
)
