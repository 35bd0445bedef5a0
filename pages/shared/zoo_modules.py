"""A network's modules, folded, from its class alone. Knows nothing of weights or photos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared import pretrained, text

if TYPE_CHECKING:
    from netcore.zoo.catalogue import ZooEntry
    from netcore.zoo.tree import ModuleNode

say = text.page("zoo")


def draw(entry: ZooEntry) -> None:
    """One fold for each module that the network holds; in it, all that this one consists of."""
    tree = pretrained.module_tree(entry)
    values = {"name": entry.model, "kind": tree.kind, "modules": text.number(tree.modules - 1)}
    st.markdown(say("tree", parameters=text.number(tree.parameters), **values))
    for child in tree.children:
        label = say(
            "tree_module",
            name=text.plain(child.name),
            kind=child.kind,
            modules=text.number(child.modules),
            parameters=text.number(child.parameters),
        )
        fold = st.expander(label, key=f"zoo_module_{entry.name}_{child.name}", on_change="rerun")
        if fold.open:
            lines = list(_lines(child, 0))
            fold.code("\n".join(lines), language="text", height=400 if len(lines) > 18 else "content")


def _lines(node: ModuleNode, depth: int) -> Iterator[str]:
    count = f"  # {node.parameters:,}" if node.parameters else ""
    yield f"{'    ' * depth}({node.name}): {node.kind}({node.detail}){count}"
    for child in node.children:
        yield from _lines(child, depth + 1)
