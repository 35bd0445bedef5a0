"""Tensor shapes as they are written. Knows nothing of layers."""

from __future__ import annotations


class Shape(tuple[int, ...]):
    """A tensor's shape, batch first; ``str`` writes it as PyTorch does, ``[64, 1, 28, 28]``."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"[{', '.join(str(size) for size in self)}]"
