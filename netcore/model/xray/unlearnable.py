"""A class that runs and cannot learn what it should: bounded logits, images that mix, a gradient that is cut.

All three are asked of the network itself, with random images and its first weights. It builds and runs the class, so
it works only in a process that runs code.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from netcore.data.mnist import SIDE
from netcore.model.custom.source import CustomSource
from netcore.model.xray.bounded import ask, find_bounded
from netcore.model.xray.diagnosis import Diagnosis
from netcore.model.xray.misfits import set_argument
from netcore.model.xray.text import Text
from netcore.seeds import seeded

_TOLERANCE = 1e-3
"""Of the largest logit: sums of another order differ by less, what comes from another image by more."""
_CUTS = frozenset(("detach", "data", "item", "tolist", "numpy", "argmax", "round", "sign"))
_CUTTING_CALLS = frozenset(("tensor", "as_tensor", "no_grad", "argmax", "round", "sign", "set_grad_enabled"))


def find_unlearnable(network: CustomSource) -> Diagnosis | None:
    """Why a class that comes through cannot learn what it should; None where nothing speaks against it.

    Whatever the class raises comes through.
    """
    text = Text(network.source)
    with seeded(0):
        model = network.build()
        images = torch.rand(3, 1, SIDE, SIDE)
        return find_bounded(text, model, images) or _find_mixed(text, model, images) or _find_cut(text, model, images)


def _find_mixed(text: Text, model: nn.Module, images: Tensor) -> Diagnosis | None:
    """Why the logits of an image are others beside other images, in eval(); None where they are the same."""
    if not _mixes(model, images):
        return None
    for name, module in model.named_modules():
        if getattr(module, "batch_first", None) is False and not _mixes_with_batch_first(model, name, images):
            return _explain_recurrent(text, name, module)
    what = "The logits of an image change with the other images of its batch, in eval() too."
    return Diagnosis(_line_of_forward(text), what, "Keep the batch, the first axis, out of every sum and reshape.")


def _mixes(model: nn.Module, images: Tensor) -> bool:
    """Whether the first or the last image gets other logits where all others are replaced.

    Both are tried: what reads the batch as time carries an image only to those after it.
    """
    others = 1 - images
    with torch.no_grad():
        before = ask(model, images)
        first = ask(model, torch.cat([images[:1], others[1:]]))[0] - before[0]
        last = ask(model, torch.cat([others[:-1], images[-1:]]))[-1] - before[-1]
    largest = max(before.abs().max().item(), 1e-6)
    return max(first.abs().max().item(), last.abs().max().item()) > _TOLERANCE * largest


def _mixes_with_batch_first(model: nn.Module, name: str, images: Tensor) -> bool:
    """Whether the images still mix where that layer takes the batch as its first axis."""
    other = copy.deepcopy(model)
    layer: Any = other.get_submodule(name)
    layer.batch_first = True
    try:
        return _mixes(other, images)
    except RuntimeError:  # shapes that go with the other order only: then it is not what mixes them
        return True


def _explain_recurrent(text: Text, name: str, module: nn.Module) -> Diagnosis:
    kind = type(module).__name__
    makers = [
        statement.value
        for statement in text.find_assignments(name.split(".")[0], attribute=True)
        if isinstance(statement.value, ast.Call)
    ]
    edit = set_argument(text, makers[0], type(module), "batch_first", True) if len(makers) == 1 else None
    line = makers[0].lineno if makers else _line_of_forward(text)
    what = "{kind} reads the batch as time: the logits of an image change with the other images of its batch."
    cure = "Write batch_first=True where it is made."
    label = "batch_first=True" if edit else ""
    return Diagnosis(line, what, cure, (("kind", kind),), label, (edit,) if edit else ())


def _find_cut(text: Text, model: nn.Module, images: Tensor) -> Diagnosis | None:
    """The layers that shape the logits and get no gradient, because something cuts it on its way back."""
    model.train().zero_grad()
    with torch.enable_grad():
        logits = model(images.clone())
        if not logits.requires_grad:
            return None  # nothing learns at all: that has a sentence of its own
        functional.cross_entropy(logits.float(), torch.zeros(len(images), dtype=torch.long)).backward()
    without = {
        name: parameter
        for name, parameter in model.named_parameters()
        if parameter.requires_grad and parameter.grad is None
    }
    cut = [name for name, parameter in without.items() if _shapes_logits(model, parameter, images)]
    if not cut:
        return None
    layers = ", ".join(dict.fromkeys(name.rpartition(".")[0] or name for name in cut))
    line, words = _find_cutting(text)
    if words:
        what = "{words} cuts the gradient: {layers} never learns."
    else:
        what = "No gradient comes back to {layers}, which never learns: something in forward cuts it."
    cure = "Compute on with the tensor itself, without making a new one of its values."
    return Diagnosis(line, what, cure, (("words", words), ("layers", layers)))


def _shapes_logits(model: nn.Module, parameter: nn.Parameter, images: Tensor) -> bool:
    """Whether the logits are others where the parameter is: a second head that no loss reaches does not count."""
    with torch.no_grad():
        before, kept = ask(model, images), parameter.clone()
        parameter.add_(torch.randn_like(parameter))
        after = ask(model, images)
        parameter.copy_(kept)
    return not torch.equal(before, after)


def _find_cutting(text: Text) -> tuple[int, str]:
    """The line and the words of what cuts the gradient, where the text has one such thing in forward."""
    found = [node for node in _walk_forward(text) if _is_cutting(node)]
    outermost = [node for node in found if not any(node is not other and node in ast.walk(other) for other in found)]
    if len(outermost) != 1:
        return (outermost[0].lineno if outermost else _line_of_forward(text)), ""
    return outermost[0].lineno, text.quote(outermost[0])


def _walk_forward(text: Text) -> Iterator[ast.expr]:
    forward = text.anatomy.find_method("forward")
    for node in ast.walk(forward) if forward else ():
        if isinstance(node, ast.expr):
            yield node


def _is_cutting(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _CUTS and isinstance(node.ctx, ast.Load)
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in _CUTTING_CALLS | _CUTS


def _line_of_forward(text: Text) -> int:
    forward = text.anatomy.find_method("forward")
    return forward.lineno if forward else 1
