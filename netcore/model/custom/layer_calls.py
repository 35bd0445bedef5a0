"""Layers that are made where they should be called, and called where they were never made. Pure, no torch."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from netcore.model.custom.anatomy import Anatomy
from netcore.model.custom.dotted import dotted_name, write_short
from netcore.model.custom.finding import Finding
from netcore.model.custom.names import ENTRIES
from netcore.model.custom.scopes import has_self, is_self

_NO_LAYERS = frozenset(("Module", "Parameter", "Buffer", "ModuleList", "ModuleDict", "ParameterList", "Sequential"))
_NEEDS_SIZES = re.compile("Linear|Conv|Pool|Norm|Embedding|[Ff]old|Pad|RNN|LSTM|GRU|Transformer|Attention|Upsample")
_SIZES = frozenset(("size", "shape", "dim", "ndim", "numel", "dtype", "device", "item", "tolist"))
_HOME = "torch.nn.functional."


def find_layer_calls(tree: ast.Module, anatomy: Anatomy) -> Iterator[Finding]:
    """``nn.ReLU(x)`` in forward, and classes that stand where a layer should: ``self.act = nn.ReLU``."""
    for node in anatomy.classes.values():
        methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
        called: set[str] = set()
        for method in methods:
            if method.name == "forward" and has_self(method):
                flow = _Flow(method)
                yield from _find_made(method, flow, anatomy)
                called |= {name for part in ast.walk(method) if (name := flow.called_on(part))}
        for method in methods:
            yield from _find_unmade(method, called, anatomy)
    for part in ast.walk(tree):
        if isinstance(part, ast.Call) and dotted_name(part.func, anatomy.aliases) == "torch.nn.Sequential":
            for item in part.args:
                if _layer_name(item, anatomy):
                    yield _say_unmade(item, "{kind} is a class here, and nn.Sequential takes layers.", "", anatomy)


def write_sized(call: ast.Call, aliases: Mapping[str, str]) -> str | None:
    """``nn.Linear(1, 10)`` for ``nn.LazyLinear(10)``: its size stands in the text. None for other calls."""
    full = dotted_name(call.func, aliases) or ""
    name = full.removeprefix("torch.nn.Lazy")
    if name == full or f"torch.nn.{name}" not in ENTRIES:
        return None
    size = "in_features" if name == "Linear" else "num_features" if "Norm" in name else "in_channels"
    given = [*map(ast.unparse, call.args), *(ast.unparse(part) for part in call.keywords)]
    first = "1" if call.args or not given else f"{size}=1"
    return f"{ast.unparse(call.func).replace('Lazy', '')}({', '.join([first, *given])})"


def _find_made(method: ast.FunctionDef, flow: _Flow, anatomy: Anatomy) -> Iterator[Finding]:
    for part in ast.walk(method):
        name = _layer_name(part.func, anatomy) if isinstance(part, ast.Call) else ""
        if not name or not isinstance(part, ast.Call) or not part.args or not flow.is_data(part.args[0]):
            continue
        kind, given = ast.unparse(part.func), write_short(part.args[0])
        what = "{kind} is a layer: its brackets take settings, and {given} is data."
        function, other = _write_function(part, name, anatomy), f"{kind}()({', '.join(map(ast.unparse, part.args))})"
        if function and not _NEEDS_SIZES.search(name):
            cure = "Write {shown}, or {other}."
            yield Finding.at(part, what, cure, function, kind=kind, given=given, other=f"{kind}()({given})")
        elif _NEEDS_SIZES.search(name) and not function:
            cure = "Make it in __init__, with its sizes, and call it here: self.layer(x)."
            yield Finding.at(part, what, cure, kind=kind, given=given)
        else:
            yield Finding.at(part, what, "Write {shown}.", function or other, kind=kind, given=given)


def _write_function(call: ast.Call, name: str, anatomy: Anatomy) -> str:
    """``F.relu(x)`` for ``nn.ReLU(x)``, where the text has imported the functions; otherwise nothing."""
    alias = next((alias for alias, full in anatomy.aliases.items() if f"{full}." == _HOME), None)
    plain = name.replace("_", "").lower()
    twin = next(
        (full for full in ENTRIES if full.startswith(_HOME) and _plain(full) == plain and full[-1] != "_"), None
    )
    if name == "Flatten":
        return f"torch.flatten({ast.unparse(call.args[0])}, 1)" if "torch" in anatomy.aliases else ""
    if not alias or not twin or (len(call.args) == 1 and not call.keywords and _NEEDS_SIZES.search(name)):
        return ""
    if "Norm" in name or "Linear" in name or "Conv" in name:
        return ""
    given = [*map(ast.unparse, call.args), *(ast.unparse(part) for part in call.keywords)]
    if "ropout" in name and not any(part.arg == "training" for part in call.keywords):
        given.append("training=self.training")
    if "oftm" in name and len(given) == 1:
        given.append("dim=1")
    return f"{alias}.{twin.removeprefix(_HOME)}({', '.join(given)})"


def _find_unmade(method: ast.FunctionDef, called: set[str], anatomy: Anatomy) -> Iterator[Finding]:
    """``self.act = nn.ReLU``, or an argument of which that is the default, where forward calls ``self.act(x)``."""
    arguments = [*method.args.posonlyargs, *method.args.args]
    pairs = zip(arguments[len(arguments) - len(method.args.defaults) :], method.args.defaults, strict=True)
    defaults = {argument.arg: default for argument, default in pairs if _layer_name(default, anatomy)}
    for part in ast.walk(method):
        if not isinstance(part, ast.Assign) or len(part.targets) != 1:
            continue
        target, value = part.targets[0], part.value
        if not isinstance(target, ast.Attribute) or not is_self(target.value) or target.attr not in called:
            continue
        default = defaults.get(value.id) if isinstance(value, ast.Name) else None
        if default or _layer_name(value, anatomy):
            yield _say_unmade(
                value, "self.{name} is the class {kind}, and no layer yet.", target.attr, anatomy, default
            )


def _say_unmade(value: ast.expr, what: str, name: str, anatomy: Anatomy, default: ast.expr | None = None) -> Finding:
    kind = ast.unparse(default or value)
    if _NEEDS_SIZES.search(_layer_name(default or value, anatomy)):
        cure = "Make the layer, with its sizes in brackets: {kind}(...)."
        return Finding.at(value, what, cure, name=name, kind=kind)
    return Finding.at(value, what, "Write {shown}, with brackets.", f"{ast.unparse(value)}()", name=name, kind=kind)


def _layer_name(node: ast.expr, anatomy: Anatomy) -> str:
    """``ReLU`` for ``nn.ReLU``; nothing for what is no layer of torch's."""
    full = dotted_name(node, anatomy.aliases) or ""
    home, _, name = full.rpartition(".")
    return name if home == "torch.nn" and full in ENTRIES and name not in _NO_LAYERS else ""


def _plain(full: str) -> str:
    return full.rpartition(".")[2].replace("_", "")


class _Flow:
    """Which variables of a ``forward`` hold what it was given, or what was computed of it."""

    def __init__(self, method: ast.FunctionDef) -> None:
        places = (*method.args.posonlyargs, *method.args.args)
        self._held = {argument.arg for argument in places[1:]}
        assigned = [part for part in ast.walk(method) if isinstance(part, ast.Assign | ast.AugAssign)]
        for part in (*assigned, *assigned):  # what stands further down may be used further up, in a loop
            if self.is_data(part.value):
                targets = part.targets if isinstance(part, ast.Assign) else [part.target]
                self._held |= {
                    node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
                } - {"self"}

    def is_data(self, node: ast.AST) -> bool:
        """Whether an expression holds tensors that came in, and not only their sizes."""
        if isinstance(node, ast.Attribute) and node.attr in _SIZES:
            return False
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("len", "int", "range"):
            return False
        if isinstance(node, ast.Name):
            return node.id in self._held
        return any(self.is_data(part) for part in ast.iter_child_nodes(node))

    def called_on(self, node: ast.AST) -> str:
        """``act`` of ``self.act(x)``; nothing for anything else."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not is_self(node.func.value):
            return ""
        return node.func.attr if any(self.is_data(part) for part in node.args) else ""
