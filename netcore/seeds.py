"""Randomness on request. The one place that touches torch's global generator, which all threads share."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_GENERATOR_LOCK = threading.RLock()


def derive_seed(seed: int, *parts: int | str) -> int:
    """A seed in ``[0, 2**63)`` that depends on ``seed`` and every part, and on nothing else.

    Independent streams (shuffling, dropout, one epoch and the next) come from one number this way, so that no
    generator state has to be stored.
    """
    text = ":".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Run the body with torch's global CPU generator at ``seed``, alone, and put its state back afterwards.

    Layers draw their first weights, and Dropout its masks, from the one generator of the process. The lock keeps
    another visitor's thread from drawing in between, so the same seed gives the same numbers whoever else is here.
    """
    import torch

    with _GENERATOR_LOCK, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
