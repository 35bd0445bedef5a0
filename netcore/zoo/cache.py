"""Loaded networks, kept for whoever asks next within so many bytes. Knows nothing of who asks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cache

from netcore.settings import MAX_LOADED_BYTES
from netcore.zoo.catalogue import find_entry
from netcore.zoo.weights import LoadedModel, load_pretrained, weights_path, weights_version


class ModelCache:
    """The networks that were asked for last, as many as fit into ``most_bytes``, and the last one however large it is.

    Every method may be called from any thread.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, LoadedModel] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def load(self, name: str) -> LoadedModel:
        """The network called ``name``, the same object for all who ask until its weights file changes.

        Raises ``WeightsError`` as ``load_pretrained`` does.
        """
        found = self._find(name)
        if found:
            return found
        with self._loading:  # one at a time: two large networks on their way in are as heavy as two that are kept
            found = self._find(name)
            if found:
                return found
            self._make_room(name)
            loaded = load_pretrained(name)
            with self._lock:
                self._kept[name] = loaded
            return loaded

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of the networks in memory, the one asked for last at the end."""
        with self._lock:
            return tuple(self._kept)

    def _find(self, name: str) -> LoadedModel | None:
        version = weights_version(weights_path(find_entry(name)))
        with self._lock:
            loaded = self._kept.get(name)
            if loaded is None or loaded.version != version:
                return None
            self._kept.move_to_end(name)
            return loaded

    def _make_room(self, name: str) -> None:
        with self._lock:
            self._kept.pop(name, None)  # its file has changed
            sizes = {kept: find_entry(kept).memory_bytes for kept in self._kept}
            total = sum(sizes.values()) + find_entry(name).memory_bytes
            while self._kept and total > self._most_bytes:
                total -= sizes[self._kept.popitem(last=False)[0]]


@cache
def model_cache() -> ModelCache:
    """The networks that this process keeps."""
    return ModelCache(MAX_LOADED_BYTES)
