"""Whether the loss finds its way back through a class, and the line that changes in place what it needs there.

Autograd keeps tensors of the forward pass for the backward pass, and refuses where one was changed since:
https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import nn
from torch.nn import functional

from netcore.model.custom.source import CustomSource
from netcore.model.xray.diagnosis import Diagnosis
from netcore.model.xray.edits import (
    Edit,
    find_node,
    find_statement,
    get_operand,
    get_text,
    insert_before,
    replace,
)
from netcore.model.xray.observation import Observation, observe
from netcore.model.xray.places import Place
from netcore.model.xray.text import Text

_FOUND_BACKWARD = "modified by an inplace operation"
_FOUND_FORWARD = ("is being used in an in-place operation", "is being modified inplace")
_NEEDED = "{words} changes {name} in place, and the backward pass needs the values from before."
_NOT_FOLLOWED = "{words} changes {name} in place, and autograd cannot follow that."
_SIGNS: Mapping[type[ast.operator], str] = MappingProxyType(
    {
        ast.Add: "+",
        ast.Sub: "-",
        ast.Mult: "*",
        ast.Div: "/",
        ast.MatMult: "@",
        ast.Pow: "**",
        ast.FloorDiv: "//",
        ast.Mod: "%",
        ast.BitAnd: "&",
        ast.BitOr: "|",
        ast.BitXor: "^",
    }
)


def find_no_backward(seen: Observation) -> Diagnosis | None:
    """Why the loss of what was computed cannot be led back; None where it can. Uses up the graph behind the output."""
    labels = torch.zeros(len(seen.batch), dtype=torch.long)
    try:
        functional.cross_entropy(seen.output.float(), labels).backward()
    except RuntimeError as error:
        return explain_backward(seen.network, error) or _say_reason(seen.network, error)
    return None


def explain_backward(network: CustomSource, error: Exception) -> Diagnosis | None:
    """What autograd refused in the backward pass, with the line and the mend; None for anything else.

    Builds and runs the class.
    """
    line = _line_of_forward(network)
    if _FOUND_BACKWARD in str(error):
        what = "forward changes a tensor in place, and the backward pass needs its values from before."
        cure = "Write x = x + y in place of x += y, and leave inplace=True out."
        return _find_change(network) or Diagnosis(line, what, cure)
    if "through the graph a second time" in str(error):
        what = "forward uses a tensor that was computed for an earlier batch: the way back through it is gone."
        return Diagnosis(line, what, "Compute it in forward each time, or keep it with .detach().")
    return None


def is_in_place(error: Exception) -> bool:
    """Whether autograd refused a change in place at once, in the forward pass."""
    return any(words in str(error) for words in _FOUND_FORWARD)


def explain_refused(
    text: Text, error: Exception, place: Place, layer: nn.Module | None, made: Place | None
) -> Diagnosis:
    """What is wrong at ``place``, where a change in place ``is_in_place``; ``made`` is where ``layer`` was made."""
    statement = find_statement(text.tree, place)
    target = statement.target if isinstance(statement, ast.AugAssign) else None
    if "leaf" in str(error) and isinstance(target, ast.Attribute):
        name, words = text.quote(target), text.quote(statement) if statement else ""
        what = "{words} changes the parameter {name} in place, and only the optimizer may do that."
        return Diagnosis(place.line, what, "Compute with a new tensor.", (("words", words), ("name", name)))
    found = _explain_change(text, place, layer, made, _NOT_FOLLOWED)
    return found or Diagnosis(
        place.line, "Autograd cannot follow what this line changes in place.", "Write a new tensor."
    )


def _find_change(network: CustomSource) -> Diagnosis | None:
    """The first line that changes what the backward pass needs, found in a forward pass of its own."""
    seen = observe(network, torch.zeros(2, 1, 28, 28), modes=(True,), gradients=True, follows_changes=True)
    text, recorder = Text(network.source), seen.recorder
    for change in recorder.changes:
        made = recorder.made.get(id(change.layer))
        found = _explain_change(text, change.place, change.layer, made, _NEEDED) if change.place else None
        if found:
            return found
    return None


def _explain_change(
    text: Text, place: Place, layer: nn.Module | None, made: Place | None, what: str
) -> Diagnosis | None:
    """The change in place that stands at ``place``, and how to write it; None where none is seen there."""
    is_layer = getattr(layer, "inplace", False)
    call = find_node(text.tree, made if is_layer else place, ast.Call)
    if call and (edit := _drop_inplace(call)):
        name = "its input" if is_layer or not call.args else text.quote(call.args[0])
        values = (("words", text.quote(call)), ("name", name))
        return Diagnosis(call.lineno, what, "Leave inplace=True out.", values, "− inplace=True", (edit,))
    statement = find_statement(text.tree, place)
    if statement is None:
        return None
    target = _find_target(statement)
    if isinstance(target, ast.Subscript):
        name = get_text(text.source, _find_root(target))
        label = f"{name} = {name}.clone()"
        edits: tuple[Edit, ...] = (insert_before(statement, f"{label}\n{' ' * statement.col_offset}"),)
        cure = "Write {label} before it."
    elif isinstance(statement, ast.AugAssign) and type(statement.op) in _SIGNS:
        name = get_text(text.source, statement.target)
        get_value = get_text if isinstance(statement.value, ast.Constant) else get_operand
        label = f"{name} = {name} {_SIGNS[type(statement.op)]} {get_value(text.source, statement.value)}"
        edits, cure = (replace(statement, label),), "Write {label}."
    elif call and isinstance(call.func, ast.Attribute) and call.func.attr.endswith("_"):
        name, label, edits = _write_anew(text, statement, call, call.func)
        cure = "Write {label}."
    else:
        return None
    words = text.quote(target if isinstance(target, ast.Subscript) else statement)
    return Diagnosis(statement.lineno, what, cure, (("words", words), ("name", name), ("label", label)), label, edits)


def _find_target(statement: ast.stmt) -> ast.expr | None:
    if isinstance(statement, ast.Assign):
        return next((target for target in statement.targets if isinstance(target, ast.Subscript)), None)
    return statement.target if isinstance(statement, ast.AugAssign) else None


def _find_root(target: ast.expr) -> ast.expr:
    return _find_root(target.value) if isinstance(target, ast.Subscript) else target


def _write_anew(
    text: Text, statement: ast.stmt, call: ast.Call, func: ast.Attribute
) -> tuple[str, str, tuple[Edit, ...]]:
    """``x = x.mul(2)`` for the line ``x.mul_(2)``, ``F.relu(x)`` for ``F.relu_(x)`` within a line."""
    is_function = ast.unparse(func.value).split(".")[0] in text.anatomy.aliases
    name = get_text(text.source, call.args[0] if is_function and call.args else func.value)
    end = len(get_text(text.source, func))
    written = get_text(text.source, call)
    anew = written[: end - 1] + written[end:]
    if isinstance(statement, ast.Expr):
        return name, f"{name} = {anew}", (replace(statement, f"{name} = {anew}"),)
    return name, anew, (replace(call, anew),)


def _drop_inplace(call: ast.Call) -> Edit | None:
    """The call without its ``inplace=True``; None where it has none."""
    given = next((word for word in call.keywords if word.arg == "inplace"), None)
    if given is None or (isinstance(given.value, ast.Constant) and not given.value.value):
        return None
    items: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    if items[-1] is not given:
        return replace(given.value, "False")
    line, column = given.lineno, given.col_offset
    if len(items) > 1:
        line, column = items[-2].end_lineno or line, items[-2].end_col_offset or column
    return Edit(line, column, given.end_lineno or line, given.end_col_offset or column, "")


def _say_reason(network: CustomSource, error: Exception) -> Diagnosis:
    reason = str(error).partition("\n")[0][:200]
    what = "PyTorch cannot lead the loss back through forward: {reason}"
    return Diagnosis(_line_of_forward(network), what, "Go through it line by line.", (("reason", reason),))


def _line_of_forward(network: CustomSource) -> int:
    forward = Text(network.source).anatomy.find_method("forward")
    return forward.lineno if forward else 1
