"""Arguments of ``__init__`` that hold several settings in one object: ``config.hidden_size``. Pure, no torch."""

from __future__ import annotations

import ast

from netcore.model.custom.scopes import all_arguments, is_self


def find_settings(init: ast.FunctionDef) -> dict[str, tuple[str, ...]]:
    """By each argument without a default that is asked for parts by name: these parts, in the order of the text."""
    without = {argument.arg for argument in all_arguments(init.args)} - {"self"}
    found: dict[str, list[str]] = {}
    for node in ast.walk(init):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name):
            part = node.attr if isinstance(node, ast.Attribute) else getattr(node.slice, "value", None)
            if node.value.id in without and isinstance(part, str):
                found.setdefault(node.value.id, []).append(part)
    return {name: tuple(dict.fromkeys(parts)) for name, parts in found.items()}


def names_settings(node: ast.expr, settings: frozenset[str]) -> bool:
    """Whether an expression is such an argument, or the attribute of that name in which it is kept."""
    if isinstance(node, ast.Attribute):
        return is_self(node.value) and node.attr in settings
    return isinstance(node, ast.Name) and node.id in settings
