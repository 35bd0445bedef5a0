"""The second detector: the tensors for which autograd computes a gradient, whoever holds them."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from netcore.model.tensors import tensors_in


def find_leaves(output: Any) -> list[Tensor]:
    """The leaves of the graph behind ``output``: what ``backward`` would give a gradient, each once."""
    waiting = [tensor.grad_fn for tensor in tensors_in(output) if tensor.grad_fn is not None]
    seen, found = set(waiting), []
    while waiting:
        node = waiting.pop()
        leaf = getattr(node, "variable", None)  # autograd's AccumulateGrad
        if isinstance(leaf, Tensor):
            found.append(leaf)
        for following, _ in node.next_functions:
            if following is not None and following not in seen:
                seen.add(following)
                waiting.append(following)
    return found
