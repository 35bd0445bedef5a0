"""What a text says of graphics cards: everything runs on the processor here. Pure: syntax trees, no torch."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from netcore.model.custom.dotted import dotted_name

DEVICE = "torch.device"
_HOMES = ("torch.cuda", "torch.backends", "torch.mps", "torch.xpu", "torch.accelerator")
_CARD = re.compile(r"(cuda|mps|xpu)(:\d+)?")
_PLAIN = (ast.IfExp, ast.BoolOp, ast.boolop, ast.UnaryOp, ast.unaryop, ast.Call, ast.Attribute, ast.Name)
_MOVES = frozenset(("to", "cuda", "cpu", "float", "train", "eval"))
_CALLED = frozenset(("device", "dev", "DEVICE"))


def names_card(value: object) -> bool:
    """Whether a text in the source names a graphics card: ``"cuda:0"``."""
    return isinstance(value, str) and bool(_CARD.fullmatch(value))


def settle_device(value: ast.expr, aliases: Mapping[str, str]) -> str | None:
    """What an expression that only asks for a graphics card comes to here; None for any other expression.

    ``torch.device("cuda" if torch.cuda.is_available() else "cpu")`` comes to ``"cpu"``, the question alone to False.
    """
    names = [dotted_name(node, aliases) or "" for node in ast.walk(value) if isinstance(node, ast.Attribute)]
    asks = any(name.startswith(_HOMES) for name in names)
    if not (asks or (isinstance(value, ast.Call) and dotted_name(value.func, aliases) == DEVICE)):
        return None
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and not (dotted_name(node.func, aliases) or "").startswith((DEVICE, *_HOMES)):
            return None
        if not isinstance(node, (*_PLAIN, ast.Constant, ast.Load, ast.JoinedStr, ast.FormattedValue)):
            return None
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr in ("is_available", "is_built"):
            return "False"
        if value.func.attr == "device_count":
            return "0"
        return '"cpu"' if dotted_name(value.func, aliases) == DEVICE else None
    return "False" if isinstance(value, ast.BoolOp | ast.UnaryOp) else '"cpu"'


def strip_moves(node: ast.expr) -> ast.expr:
    """``Net()`` from ``Net().to(device)``: an expression without the calls that move it or set its mode."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MOVES:
        node = node.func.value
    return node


def is_device_name(node: ast.expr) -> bool:
    """Whether an expression is the variable in which everybody keeps the device."""
    return isinstance(node, ast.Name) and node.id in _CALLED


def without_device(node: ast.Call) -> ast.expr:
    """``x`` from ``x.to(device)`` and ``x.cuda()``, ``torch.zeros(3)`` from ``torch.zeros(3, device=device)``."""
    if isinstance(node.func, ast.Attribute) and (
        node.func.attr == "cuda" or (node.func.attr == "to" and len(node.args) == 1 and is_device_name(node.args[0]))
    ):
        return node.func.value
    keywords = [part for part in node.keywords if not (part.arg == "device" and is_device_name(part.value))]
    return node if len(keywords) == len(node.keywords) else ast.Call(node.func, node.args, keywords)
