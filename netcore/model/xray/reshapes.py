"""Why a tensor cannot be given another shape, or lost its batch on the way; axes that there are not; and the mends."""

from __future__ import annotations

import ast
import math
from typing import Any

from netcore.model.shape import Shape
from netcore.model.xray.diagnosis import Diagnosis, say
from netcore.model.xray.edits import Edit, find_node, get_operand, replace
from netcore.model.xray.recorder import Operation
from netcore.model.xray.text import Text

_LOSES = frozenset({"view", "reshape", "flatten", "squeeze", "permute", "transpose", "t", "mean", "sum", "amax", "max"})
_MERGES = frozenset({"view", "reshape", "flatten"})
_TAKES_AXES = frozenset(
    (
        *(
            "squeeze",
            "unsqueeze",
            "flatten",
            "unflatten",
            "transpose",
            "softmax",
            "log_softmax",
            "cumsum",
            "flip",
            "roll",
        ),
        *("sum", "mean", "var", "std", "norm", "max", "min", "amax", "amin", "argmax", "argmin"),
        *("chunk", "split", "unbind", "select", "narrow"),
    )
)


def explain_reshape(text: Text, operation: Operation) -> Diagnosis | None:
    """Numbers that do not fill the sizes asked for; None where the operation does not say which."""
    sizes = _read_sizes(operation)
    shape = operation.inputs[0] if operation.inputs else Shape()
    if not sizes:
        return None
    total, wanted = math.prod(shape), math.prod(size for size in sizes if size != -1)
    values = (("shape", str(shape)), ("total", f"{total:,}"), ("sizes", str(Shape(sizes))), ("wanted", f"{wanted:,}"))
    if total == wanted or (-1 in sizes and wanted and total % wanted == 0):
        call = find_node(text.tree, operation.place, ast.Call)
        renamed = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and operation.name == "view"
        edits = _rename(text, call, "reshape") if renamed and call else ()
        what = "{words} cannot view {shape} as {sizes}: after a permute or transpose, the numbers lie in another order."
        return say(text, operation, what, "Use reshape, which copies.", values, "reshape" if edits else "", edits)
    edits = _flatten_instead(text, operation) if len(sizes) == 2 else ()
    what = "{words} gets {shape}, that is {total} numbers, and they do not fill {sizes}"
    what += ", rows of {wanted}." if -1 in sizes else ", that is {wanted}."
    cure = "To lay each image in one row, use flatten(1)." if edits else "Sizes must multiply to the same number."
    return say(text, operation, what, cure, values, "flatten(1)" if edits else "", edits)


def find_lost_batch(text: Text, operations: list[Operation], batch: int, *, moved: bool) -> Diagnosis | None:
    """The last operation that took the batch from the first axis, and the mend; None where none did.

    With ``moved``, also one that puts it on another axis, or sums over it: on the way to a recurrent layer that is
    right, at the end it is not.
    """
    for operation in reversed(operations):
        if operation.name not in (_LOSES if moved else _MERGES) or not operation.inputs or not operation.outputs:
            continue
        before, after = operation.inputs[0], operation.outputs[0]
        if before[:1] != (batch,) or after[:1] == (batch,):
            continue
        values = (("before", str(before)), ("after", str(after)), ("count", batch))
        edits = _flatten_instead(text, operation) if operation.name in _MERGES else ()
        return say(
            text,
            operation,
            "{words} turns {before} into {after}: the first axis is no longer the batch of {count}.",
            "Keep the batch: flatten(1) leaves the first axis alone." if edits else "Keep the batch as the first axis.",
            values,
            "flatten(1)" if edits else "",
            edits,
        )
    return None


def explain_axis(text: Text, operation: Operation) -> Diagnosis | None:
    """An axis that the tensor does not have."""
    if not operation.inputs:
        return None
    shape = operation.inputs[0]
    rank = len(shape)
    dims = operation.named.get("dim", operation.given[1:])
    numbers = [item for item in (dims if isinstance(dims, tuple | list) else (dims,)) if type(item) is int]
    values = (("shape", str(shape)), ("rank", rank), ("last", rank - 1))
    if operation.name == "permute":
        given = _read_sizes(operation)
        if given and len(given) != rank:
            what = "{words} names {count} axes, and {shape} has {rank}."
            return say(text, operation, what, "Name each axis once.", (*values, ("count", len(given))))
    elif operation.name in _TAKES_AXES:
        wrong = [number for number in numbers if not -rank <= number < rank]
        if wrong:
            what = "{words} works along axis {axis}, and {shape} has the axes 0 to {last}."
            return say(text, operation, what, "Choose an axis that there is.", (*values, ("axis", wrong[0])))
    elif operation.name == "getitem":
        return say(text, operation, "{words} picks what {shape} does not have.", "Stay within its sizes.", values)
    return None


def _flatten_instead(text: Text, operation: Operation) -> tuple[Edit, ...]:
    call = find_node(text.tree, operation.place, ast.Call)
    if call is None or not isinstance(call.func, ast.Attribute):
        return ()
    is_method = bool(operation.given) and not _is_torch(text, call)
    receiver = call.func.value if is_method else call.args[0] if call.args else None
    return (replace(call, f"{get_operand(text.source, receiver)}.flatten(1)"),) if receiver else ()


def _rename(text: Text, call: ast.Call, name: str) -> tuple[Edit, ...]:
    assert isinstance(call.func, ast.Attribute)
    return (replace(call.func, f"{get_operand(text.source, call.func.value)}.{name}"),)


def _is_torch(text: Text, call: ast.Call) -> bool:
    aliases = text.anatomy.aliases
    return (
        isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id in aliases
    )


def _read_sizes(operation: Operation) -> tuple[int, ...]:
    rest: Any = operation.given[1:] or (operation.named.get("shape", operation.named.get("dims", ())),)
    sizes = rest[0] if len(rest) == 1 and isinstance(rest[0], tuple | list) else rest
    return tuple(sizes) if all(type(size) is int for size in sizes) else ()
