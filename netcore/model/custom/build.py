"""From a student's text to a module. Only inside a process that was confined for it: the text runs here."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)

from netcore.errors import CodeError, NetcoreError
from netcore.model.custom.names import BUILTINS, NAMESPACES
from netcore.model.custom.policy import code_policy
from netcore.model.custom.text import FILE_NAME
from netcore.settings import MAX_PARAMETERS, trusts_code

if TYPE_CHECKING:
    from netcore.model.custom.source import CustomSource


def build_class(network: CustomSource) -> nn.Module:
    """Run the text and make its class, as ``network.call`` says, on torch's default device.

    Whatever the text raises comes through. Raises ``CodeError`` where classes do not run here, for more than
    ``MAX_PARAMETERS`` numbers, and for a network that contains itself.
    """
    code_policy().check()
    namespace: dict[str, Any] = {"__name__": "network"}
    if not trusts_code():
        namespace["__builtins__"] = _find_builtins()
    anatomy = network.anatomy
    line = anatomy.making.line if anatomy.making else None
    # The tree that the wall has read: text cut out by its lines could say something else.
    rest = ast.Module([node for node in network.tree.body if node is not line], [])
    exec(compile(rest, FILE_NAME, "exec", dont_inherit=True), namespace)
    arguments = anatomy.call.args if anatomy.call else []
    keywords = anatomy.call.keywords if anatomy.call else []
    with _counted(network.class_name):
        given = [_evaluate(value, namespace) for value in arguments]
        named = {str(keyword.arg): _evaluate(keyword.value, namespace) for keyword in keywords}
        made: nn.Module = namespace[network.class_name](*given, **named)
    _refuse_loops(made, made, ())
    return made


def refuse_too_large(network: CustomSource) -> None:
    """Raise ``CodeError`` where the network has too many parameters, found without memory for any of them.

    What fails on the meta device, as ``.item()`` does, is left to the real build.
    """
    try:
        with torch.device("meta"):
            build_class(network)
    except NetcoreError:
        raise
    except Exception:  # noqa: BLE001  a student's lines can raise anything
        return


def _evaluate(value: ast.expr, namespace: dict[str, Any]) -> object:
    return eval(compile(ast.Expression(value), FILE_NAME, "eval", dont_inherit=True), namespace)


def _find_builtins() -> dict[str, Any]:
    """What the static wall lets through, and no more: a hole in it leads to an empty room."""
    allowed = {name: getattr(builtins, name) for name in BUILTINS}
    return {**allowed, "__build_class__": builtins.__build_class__, "__import__": _import}


def _import(
    name: str,
    globals: Mapping[str, object] | None = None,
    locals: Mapping[str, object] | None = None,
    fromlist: Sequence[str] = (),
    level: int = 0,
) -> ModuleType:
    if name in NAMESPACES and not level:
        return __import__(name, globals, locals, fromlist)
    if name in sys.modules and not fromlist:
        return ModuleType(name)  # torch's own code in C asks for its parts this way, and takes them from sys.modules
    raise ImportError(f"{name} is not available here", name=name)


@contextmanager
def _counted(class_name: str) -> Iterator[None]:
    """Refuse, while the body runs, the parameter or buffer with which all of them are too many."""
    counted: dict[int, Tensor] = {}
    total = 0

    def count(module: nn.Module, name: str, tensor: Tensor | None) -> None:
        nonlocal total
        if tensor is None or id(tensor) in counted:
            return
        counted[id(tensor)] = tensor
        total += tensor.numel()
        if total > MAX_PARAMETERS:
            raise _too_large(class_name, type(module).__name__, total)

    hooks = [
        register_module_parameter_registration_hook(count),
        register_module_buffer_registration_hook(count),
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _too_large(class_name: str, layer: str, total: int) -> CodeError:
    return CodeError(
        "With its {layer}, {name} has {count:,} parameters, and {most:,} are the limit.",
        "Make its layers smaller, or take fewer of them.",
        layer=layer,
        name=class_name,
        count=total,
        most=MAX_PARAMETERS,
        line=_current_line(),
    )


def _current_line() -> int:
    frame: FrameType | None = sys._getframe()
    while frame and frame.f_code.co_filename != FILE_NAME:
        frame = frame.f_back
    return frame.f_lineno if frame else 1


def _refuse_loops(network: nn.Module, module: nn.Module, around: tuple[nn.Module, ...]) -> None:
    """``train()``, ``to()`` and ``state_dict()`` walk down from module to module, and would never come to an end."""
    if any(module is outer for outer in around):
        raise CodeError(
            "{name} contains itself: one of its layers is the network, or holds it.",
            "Do not keep self in an attribute of the network.",
            name=type(network).__name__,
            line=1,
        )
    for child in module.children():
        _refuse_loops(network, child, (*around, module))
