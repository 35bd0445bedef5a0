"""Full names: ``nn.Linear`` as ``torch.nn.Linear``. Pure: syntax trees, no torch."""

from __future__ import annotations

import ast
from collections.abc import Mapping


def dotted_name(node: ast.expr, aliases: Mapping[str, str]) -> str | None:
    """The full name of ``nn.Linear``, ``torch.nn.Linear``; None where the expression begins with nothing imported."""
    root, chain = unfold(node)
    if not isinstance(root, ast.Name) or root.id not in aliases:
        return None
    return ".".join((aliases[root.id], *(part.attr for part in chain)))


def unfold(node: ast.expr) -> tuple[ast.expr, list[ast.Attribute]]:
    """``nn.functional.relu`` as its root ``nn`` and its attributes from the inside out."""
    chain: list[ast.Attribute] = []
    while isinstance(node, ast.Attribute):
        chain.append(node)
        node = node.value
    return node, chain[::-1]


def write_short(node: ast.expr) -> str:
    """An expression in at most 40 characters, for a sentence."""
    text = ast.unparse(node)
    return text if len(text) <= 40 else text[:37] + "..."
