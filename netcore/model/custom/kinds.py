"""Questions of which class something is, as older scripts ask them, and how ``isinstance`` asks them. No torch."""

from __future__ import annotations

import ast

_TYPE_IS = (ast.Eq, ast.Is)
_TYPE_IS_NOT = (ast.NotEq, ast.IsNot)


def ask_isinstance(node: ast.Compare) -> str | None:
    """``isinstance(m, nn.Linear)`` for ``type(m) == nn.Linear``; None for any other comparison."""
    subject = _type_of(node.left)
    if subject is None or len(node.ops) != 1:
        return None
    sign, kinds = node.ops[0], node.comparators[0]
    if isinstance(sign, ast.In | ast.NotIn) and isinstance(kinds, ast.List | ast.Tuple | ast.Set):
        kinds = ast.Tuple(kinds.elts, ast.Load())
    elif not isinstance(sign, _TYPE_IS + _TYPE_IS_NOT):
        return None
    asked = f"isinstance({ast.unparse(subject)}, {ast.unparse(kinds)})"
    return f"not {asked}" if isinstance(sign, (*_TYPE_IS_NOT, ast.NotIn)) else asked


def find_named(node: ast.expr) -> ast.expr | None:
    """``m`` of ``m.__class__.__name__`` and of ``type(m).__name__``; None for any other expression."""
    if not isinstance(node, ast.Attribute) or node.attr not in ("__name__", "__qualname__"):
        return None
    if isinstance(node.value, ast.Attribute) and node.value.attr == "__class__":
        return node.value.value
    return _type_of(node.value)


def find_key(node: ast.expr) -> tuple[ast.expr, str] | None:
    """The name of a class that is searched, and the text that is searched in it.

    ``name.find("Conv") != -1``, ``"Conv" in name``, ``name == "Conv2d"``, ``name.startswith("Conv")``.
    """
    call = node.left if isinstance(node, ast.Compare) else node
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and len(call.args) == 1:
        asks = call.func.attr == "find" if isinstance(node, ast.Compare) else call.func.attr == "startswith"
        found = not isinstance(node, ast.Compare) or ast.unparse(node)[len(ast.unparse(call)) :] in _FOUND
        key = call.args[0]
        if asks and found and isinstance(key, ast.Constant) and isinstance(key.value, str):
            return call.func.value, key.value
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        one, two = node.left, node.comparators[0]
        if isinstance(node.ops[0], ast.In) and isinstance(one, ast.Constant) and isinstance(one.value, str):
            return two, one.value
        if isinstance(node.ops[0], ast.Eq) and isinstance(two, ast.Constant) and isinstance(two.value, str):
            return one, two.value
    return None


_FOUND = (" != -1", " > -1", " >= 0")


def _type_of(node: ast.expr) -> ast.expr | None:
    is_type = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"
    return node.args[0] if is_type and isinstance(node, ast.Call) and len(node.args) == 1 else None
