"""Work spread over the processor's cores, one thread of torch's each. Knows nothing of what is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from netcore.settings import usable_cores

_Given = TypeVar("_Given")
_Found = TypeVar("_Found")


def map_over_cores(function: Callable[[_Given], _Found], items: Sequence[_Given]) -> list[_Found]:
    """``function`` of every item, in their order, as many at a time as there are cores.

    torch's own threads wait for each other after every operation: beside another process that computes, a hundred
    small operations took a hundred times as long with them (measured). Where torch has one thread anyway, as in a
    confined process, which may start none, it is the loop that one would write.
    """
    import torch

    if torch.get_num_threads() == 1:
        return list(map(function, items))
    with ThreadPoolExecutor(usable_cores(), initializer=_compute_alone) as threads:
        return list(threads.map(function, items))


def _compute_alone() -> None:
    # Not torch.set_num_threads: that holds for all threads of the process which torch has not met yet.
    import torch
    from threadpoolctl import threadpool_limits

    torch.get_num_threads()  # meets this one
    threadpool_limits(1, user_api="openmp")
