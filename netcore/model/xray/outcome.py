"""What ``forward`` gave back, where that is no batch of ten logits: in words, and mended. It has run by then."""

from __future__ import annotations

import ast

from torch import Tensor

from netcore.model.mend import CLASSES
from netcore.model.shape import Shape
from netcore.model.xray.diagnosis import Diagnosis
from netcore.model.xray.edits import Edit, find_node, get_text, insert_before, replace
from netcore.model.xray.misfits import set_argument
from netcore.model.xray.observation import Observation
from netcore.model.xray.recorder import Call
from netcore.model.xray.reshapes import find_lost_batch
from netcore.model.xray.text import Text


def find_no_tensor(text: Text, seen: Observation) -> Diagnosis | None:
    """Why the output is nothing that can be trained: no tensor at all; None where it is one."""
    output, forward = seen.output, text.anatomy.find_method("forward")
    if isinstance(output, Tensor) or forward is None:
        return None
    line = forward.lineno
    if output is None:
        label, edits = _return_last(text, forward)
        what, cure = "forward gives nothing back.", "End it with {label}." if label else "End it with return."
        return Diagnosis(edits[0].line if edits else line, what, cure, (("label", label),), label, edits)
    returned = [node for node in ast.walk(forward) if isinstance(node, ast.Return) and node.value]
    line = returned[-1].lineno if returned else line
    kind = type(output).__name__
    if isinstance(output, tuple | list) and output and isinstance(output[0], Tensor):
        value = returned[-1].value if len(returned) == 1 else None
        first = value.elts[0] if isinstance(value, ast.Tuple | ast.List) else None
        edits = (replace(value, get_text(text.source, first)),) if first and value else ()
        what = "forward gives a {kind} of {count}; a network that is trained gives one tensor of logits."
        label = f"return {text.quote(first)}" if first else ""
        values = (("kind", kind), ("count", len(output)))
        return Diagnosis(line, what, "Return the logits alone.", values, label, edits)
    what = "forward gives a value of type {kind}; a network gives a tensor of logits."
    return Diagnosis(line, what, "Return the logits.", (("kind", kind),))


def find_no_logits(text: Text, seen: Observation) -> Diagnosis | None:
    """Why a tensor that came out cannot be trained to tell ten digits apart; None where it can."""
    batch, shape = len(seen.batch), Shape(seen.output.shape)
    forward = text.anatomy.find_method("forward")
    returned = [node for node in ast.walk(forward) if isinstance(node, ast.Return)] if forward else []
    line = returned[-1].lineno if returned else 1
    wanted = Shape((batch, CLASSES))
    values = (("shape", str(shape)), ("wanted", str(wanted)))
    if not seen.output.is_floating_point():
        what = "The output holds numbers of type {type}, and the loss needs logits with decimals."
        kind = str(seen.output.dtype).removeprefix("torch.")
        return Diagnosis(line, what, "Return the logits, without argmax.", (*values, ("type", kind)))
    if shape[:1] != (batch,):
        lost = find_lost_batch(text, seen.recorder.operations, batch, moved=True)
        what = "The output is {shape}, and its first axis is not the batch of {count}."
        return lost or Diagnosis(line, what, "Keep the batch as the first axis.", (*values, ("count", batch)))
    if shape != wanted:
        return _find_unfinished(text, seen, line, shape, values)
    if seen.model and not any(True for _ in seen.model.parameters()):
        return _find_nothing_to_train(seen, line)
    return _find_softmax(text, seen)


def find_no_gradient(text: Text, seen: Observation) -> Diagnosis | None:
    """Why nothing would learn, although there are parameters: the way back from the output does not reach them."""
    if seen.output.requires_grad:
        return None
    forward = text.anatomy.find_method("forward")
    what = "The output does not lead back to any parameter that learns: nothing would be trained."
    cure = "Take torch.no_grad(), detach() and .data out of forward, or leave one layer unfrozen."
    return Diagnosis(forward.lineno if forward else 1, what, cure)


def _find_unfinished(
    text: Text, seen: Observation, line: int, shape: Shape, values: tuple[tuple[str, object], ...]
) -> Diagnosis:
    what = "The output is {shape}, and a classifier of ten digits ends with {wanted}."
    last = _last_layer(seen)
    maker = find_node(text.tree, seen.recorder.made.get(id(last.module)), ast.Call) if last else None
    if last and maker and len(shape) == 2 and type(last.module).__name__ == "Linear" and last.output == shape:
        edit = set_argument(text, maker, type(last.module), "out_features", CLASSES)
        label = f"out_features = {CLASSES}"
        return Diagnosis(
            maker.lineno, what, "Set {label}.", (*values, ("label", label)), label, (edit,) if edit else ()
        )
    cure = (
        "End it with a Linear to ten outputs."
        if len(shape) == 2
        else "End it with flatten(1) and a Linear to ten outputs."
    )
    return Diagnosis(line, what, cure, values)


def _find_nothing_to_train(seen: Observation, line: int) -> Diagnosis:
    used = any(True for call in seen.recorder.calls for _ in call.module.parameters())
    if used or any(use.tensor.requires_grad for use in seen.recorder.used.values()):
        what = "No layer is registered: the network has no parameters, and there is nothing to train."
        return Diagnosis(line, what, "Keep its layers on self: self.name = …, or nn.ModuleList for a list of them.")
    what = "The network has no parameters: there is nothing to train."
    return Diagnosis(line, what, "Add a layer with weights, such as Linear.")


def _find_softmax(text: Text, seen: Observation) -> Diagnosis | None:
    """Probabilities where logits are expected: the loss does the softmax itself."""
    last, operations = _last_layer(seen), seen.recorder.operations
    is_layer = last is not None and type(last.module).__name__ == "Softmax" and seen.recorder.ends_with(last)
    place = last.place if last and is_layer else None
    if operations and operations[-1].name == "softmax":
        place = operations[-1].place
    if place is None:
        return None
    call = find_node(text.tree, place, ast.Call)
    label = f"− {text.quote(call)}" if call else ""
    edits: tuple[Edit, ...] = ()
    if call and isinstance(call.func, ast.Attribute) and not (call.args and _is_module(text, call)):
        edits = (replace(call, get_text(text.source, call.func.value)),)
    if call and call.args and (is_layer or _is_module(text, call)):
        edits = (replace(call, get_text(text.source, call.args[0])),)
    what = "The network ends with probabilities, and the loss of the training expects logits: it does the softmax."
    return Diagnosis(place.line, what, "Take the softmax away.", (), label if edits else "", edits)


def _is_module(text: Text, call: ast.Call) -> bool:
    root = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(root, ast.Name | ast.Attribute) and ast.unparse(root).split(".")[0] in text.anatomy.aliases


def _last_layer(seen: Observation) -> Call | None:
    return next((call for call in reversed(seen.recorder.calls) if call.is_layer), None)


def _return_last(text: Text, forward: ast.FunctionDef) -> tuple[str, tuple[Edit, ...]]:
    """``return`` with what the last statement computes."""
    last = forward.body[-1]
    if isinstance(last, ast.Expr):
        return f"return {text.quote(last.value)}", (insert_before(last, "return "),)
    target = last.targets[0] if isinstance(last, ast.Assign) else getattr(last, "target", None)
    if isinstance(target, ast.Name):
        label = f"return {target.id}"
        end = last.end_lineno or last.lineno
        width = len(text.source.splitlines()[end - 1].encode())
        return label, (Edit(end, width, end, width, f"\n{' ' * last.col_offset}{label}"),)
    return "", ()
