"""Why one of torch's layers cannot take what a class gives it, and the mend. The rules are those of ``mend.py``."""

from __future__ import annotations

import ast
import inspect
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn

from netcore.errors import StackError
from netcore.model.catalogue import get_kind
from netcore.model.layers import Layer, make_layer
from netcore.model.mend import find_mismatch
from netcore.model.mismatch import Mismatch
from netcore.model.shape import Shape
from netcore.model.tensors import code_of
from netcore.model.xray.diagnosis import Diagnosis
from netcore.model.xray.edits import Edit, find_node, get_operand, get_text, insert_after, insert_before, replace
from netcore.model.xray.places import Place
from netcore.model.xray.recorder import Call, is_torch_layer
from netcore.model.xray.text import Text

# What a layer outside of the catalogue expects: the argument that says how many, and the axis along which they lie.
_SIZES = MappingProxyType(
    {
        "in_channels": 1,
        "num_channels": 1,
        "num_features": 1,
        "in_features": -1,
        "input_size": -1,
        "embed_dim": -1,
    }
)
_RANKS = MappingProxyType(
    {"RNN": 3, "LSTM": 3, "GRU": 3, "BatchNorm3d": 5}
    | {f"{kind}{rank - 2}d": rank for kind in ("Conv", "ConvTranspose") for rank in (3, 4, 5)}
)


def explain_misfit(text: Text, call: Call, made: Place | None) -> Diagnosis:
    """Why the layer that was called and did not answer cannot take its input; ``made`` is where it was made."""
    module, shape = call.module, call.input_shape
    maker = find_node(text.tree, made, ast.Call)
    values = (("layer", text.quote(maker) if maker else code_of(module)), ("shape", str(shape)))
    line = place.line if (place := call.place or made) else 1
    if not call.given or not isinstance(call.given[0], Tensor):
        return _explain_no_tensor(text, call, line, values)
    if len(shape) < 2:
        return Diagnosis(line, "{layer} takes a batch, and gets {shape}.", "Keep the batch as the first axis.", values)
    layer = read_layer(module)
    mismatch = find_mismatch(layer, shape) if layer else None
    if layer and mismatch:
        return _from_mismatch(text, call, layer, mismatch, maker, line)
    return _explain_other(text, call, maker, line, values)


def read_layer(module: nn.Module) -> Layer | None:
    """The layer of the catalogue that the module is; None where it is none, or has arguments beyond the catalogue's."""
    kind = type(module)
    if not is_torch_layer(module) or getattr(nn, kind.__name__, None) is not kind:
        return None
    try:
        names = [argument.name for argument in get_kind(kind.__name__).arguments]
        return make_layer(kind.__name__, **{name: _read_argument(module, name) for name in names})
    except (StackError, AttributeError):
        return None


def set_argument(text: Text, maker: ast.Call, kind: type[nn.Module], name: str, value: object) -> Edit | None:
    """The edit that gives the argument ``name`` of a constructor another value; None for a call of something else."""
    called = maker.func.attr if isinstance(maker.func, ast.Attribute) else getattr(maker.func, "id", "")
    if called != kind.__name__ or any(isinstance(item, ast.Starred) for item in maker.args):
        return None
    for keyword in maker.keywords:
        if keyword.arg == name:
            return replace(keyword.value, repr(value))
    names = list(inspect.signature(kind).parameters)
    if name not in names and name == "input_size":  # an RNN takes *args, of which this is the first
        names = [name]
    place = names.index(name) if name in names else len(maker.args)
    if place < len(maker.args):
        return replace(maker.args[place], repr(value))
    given: list[ast.expr | ast.keyword] = list(maker.args)
    given += maker.keywords
    return insert_after(given[-1], f", {name}={value!r}") if given else None


def prefix_of(text: Text, maker: ast.Call) -> str | None:
    """What stands before the class in a constructor call: ``nn.``; None where the name was imported by itself."""
    return get_text(text.source, maker.func.value) + "." if isinstance(maker.func, ast.Attribute) else None


def _read_argument(module: nn.Module, name: str) -> Any:
    value = getattr(module, name)
    if name == "bias":
        return value is not None
    return tuple(value) if isinstance(value, tuple | list) else value


def _from_mismatch(
    text: Text, call: Call, layer: Layer, mismatch: Mismatch, maker: ast.Call | None, line: int
) -> Diagnosis:
    values = tuple((name, value if isinstance(value, int | str) else str(value)) for name, value in mismatch.values)
    edits = _find_edits(text, call, layer, mismatch, maker) if mismatch.label else ()
    return Diagnosis(line, mismatch.what, mismatch.cure, values, mismatch.label if edits else "", edits)


def _find_edits(text: Text, call: Call, layer: Layer, mismatch: Mismatch, maker: ast.Call | None) -> tuple[Edit, ...]:
    after = mismatch.layers
    if len(after) == 2:
        return _put_before(text, call, after[0], maker)
    if maker is None:
        return ()
    if after[0].kind == layer.kind:
        old = dict(layer.arguments)
        changes = [(name, value) for name, value in after[0].arguments if value != old[name]]
        edits = [set_argument(text, maker, type(call.module), name, value) for name, value in changes]
        return tuple(edit for edit in edits if edit)
    prefix = prefix_of(text, maker)
    return (replace(maker, prefix + after[0].code),) if prefix else ()


def _put_before(text: Text, call: Call, added: Layer, maker: ast.Call | None) -> tuple[Edit, ...]:
    """In ``forward``, the input reshaped; in an ``nn.Sequential``, one more layer."""
    if call.caller and isinstance(call.caller.module, nn.Sequential):
        prefix = prefix_of(text, maker) if maker else None
        return (insert_before(maker, f"{prefix}{added.code}, "),) if maker and prefix else ()
    calling = find_node(text.tree, call.place, ast.Call)
    if calling is None or not calling.args or isinstance(calling.args[0], ast.Starred):
        return ()
    argument = calling.args[0]
    sizes = dict(added.arguments).get("unflattened_size")
    method = "flatten(1)" if added.kind == "Flatten" else f"unflatten(1, {sizes})"
    return (replace(argument, f"{get_operand(text.source, argument)}.{method}"),)


def _explain_no_tensor(text: Text, call: Call, line: int, values: tuple[tuple[str, Any], ...]) -> Diagnosis:
    given = call.given[0] if call.given else None
    values = (*values, ("kind", type(given).__name__))
    calling = find_node(text.tree, call.place, ast.Call)
    if isinstance(given, nn.Module):
        what = "{layer} takes a tensor, and gets the layer {kind} itself."
        return Diagnosis(line, what, "Make it with its settings, then call it with the tensor: nn.{kind}()(x).", values)
    if not isinstance(given, tuple | list) or not given or not calling or not calling.args:
        return Diagnosis(
            line,
            "{layer} takes a tensor, and gets a value of type {kind}.",
            "Give it the tensor that it works on.",
            values,
        )
    edit = replace(calling.args[0], f"{get_operand(text.source, calling.args[0])}[0]")
    return Diagnosis(
        line,
        "{layer} takes one tensor, and gets a {kind} of {count}.",
        "Take the one that it works on: an LSTM or GRU gives its output first, and then its states.",
        (*values, ("count", len(given))),
        "[0]",
        (edit,),
    )


def _explain_other(
    text: Text, call: Call, maker: ast.Call | None, line: int, values: tuple[tuple[str, Any], ...]
) -> Diagnosis:
    module, shape = call.module, call.input_shape
    if isinstance(module, nn.Embedding) and call.given[0].is_floating_point():
        what = "{layer} takes whole numbers, which say the row of its table, and gets decimals."
        return Diagnosis(line, what, "Make whole numbers first: (x * 255).long().", values)
    weight = next(module.parameters(), None)
    if weight is not None and call.given[0].dtype != weight.dtype:
        what = "{layer} has weights of type {weights}, and gets numbers of type {numbers}."
        types = (("weights", _name_type(weight)), ("numbers", _name_type(call.given[0])))
        return Diagnosis(line, what, "Give it numbers of the same type: x.float().", (*values, *types))
    rank = _RANKS.get(type(module).__name__, len(shape))
    if rank != len(shape):
        return _explain_rank(text, call, rank, line, values)
    for name, axis in _SIZES.items():
        wanted, got = getattr(module, name, None), Shape(shape)[axis]
        if isinstance(wanted, int) and wanted != got:
            edit = set_argument(text, maker, type(module), name, got) if maker else None
            return Diagnosis(
                line,
                "{layer} takes {name} = {wanted}, and gets {got}: {shape}.",
                "Set {name} = {got}." if edit else "Make these two numbers equal.",
                (*values, ("name", name), ("wanted", wanted), ("got", got)),
                f"{name} = {got}" if edit else "",
                (edit,) if edit else (),
            )
    return Diagnosis(
        line, "{layer} cannot take {shape}.", "Compare this shape with what the layer is made for.", values
    )


def _name_type(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _explain_rank(text: Text, call: Call, rank: int, line: int, values: tuple[tuple[str, Any], ...]) -> Diagnosis:
    shape = call.input_shape
    calling = find_node(text.tree, call.place, ast.Call)
    edits: tuple[Edit, ...] = ()
    if rank == 3 and len(shape) == 4 and shape[1] == 1 and calling and calling.args:
        edits = (replace(calling.args[0], f"{get_operand(text.source, calling.args[0])}.squeeze(1)"),)
    return Diagnosis(
        line,
        "{layer} takes tensors with {rank} axes, and gets {got}: {shape}.",
        "Take the axis of one channel away." if edits else "Give its input {rank} axes.",
        (*values, ("rank", rank), ("got", len(shape))),
        ".squeeze(1)" if edits else "",
        edits,
    )
