"""How a count comes about, as one would write it down: from shapes alone. Knows nothing of layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any


def write_parameters(shapes: Sequence[Sequence[int]]) -> str:
    """The sum whose result is the number of parameters: ``(784 + 1) × 128``, ``8 × (1 × 3 × 3 + 1)``, ``2 × 64``.

    A weight ``[out, ...]`` and the bias ``[out]`` behind it are one product.
    """
    terms = []
    rest = [tuple(shape) for shape in shapes]
    while rest:
        shape = rest.pop(0)
        if len(shape) > 1 and rest and rest[0] == shape[:1]:
            rest.pop(0)
            terms.append(_with_bias(shape))
        elif len(shape) > 1:
            terms.append(_product(reversed(shape) if len(shape) == 2 else shape))
        else:
            terms.append(_product(shape) or "1")
    return _sum(terms)


def write_flops(name: str, given: Sequence[Any], result: Any, flops: int) -> str:
    """The product whose result is ``flops``, for torch's operation ``name`` on ``given``: ``2 × 784 × 128 × 64``.

    The number alone where the operation is neither a matrix product nor a convolution.
    """
    factors: tuple[int, ...] = ()
    if name in ("mm", "bmm", "addmm", "baddbmm"):
        left, right = given[-2:] if name in ("mm", "bmm") else given[1:3]
        *batch, rows, inner = left.shape
        factors = (2, inner, right.shape[-1], rows, *batch)
    elif name == "convolution":
        out, *window = given[1].shape
        images, _, *places = result.shape
        factors = (2, *window, out, *places, images)
    return _product(factors) if math.prod(factors) == flops else f"{flops:,}"


def join_terms(terms: Sequence[str]) -> str:
    """Terms added up; equal ones that follow each other are written once: ``2 × (2 × 3) + 4``."""
    return _sum(terms)


def _with_bias(shape: tuple[int, ...]) -> str:
    out, *window = shape
    return f"({window[0]:,} + 1) × {out:,}" if len(window) == 1 else f"{out:,} × ({_product(window)} + 1)"


def _product(factors: Any) -> str:
    return " × ".join(f"{factor:,}" for factor in factors)


def _sum(terms: Sequence[str]) -> str:
    runs = [(term, len(list(run))) for term, run in groupby(terms)]
    written = (term if times == 1 else f"{times} × {_bracket(term)}" for term, times in runs)
    return " + ".join(written)


def _bracket(term: str) -> str:
    return f"({term})" if " " in term else term
