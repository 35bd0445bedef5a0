"""Loaded networks, kept for whoever asks next within so many bytes. Knows nothing of who asks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cache
from pathlib import Path

from netcore.settings import MAX_LOADED_BYTES
from netcore.zoo.catalogue import find_entry
from netcore.zoo.weights import LoadedModel, check_word, fetch_weights, load_pretrained, weights_path, weights_version


class ModelCache:
    """The networks that were asked for last, as many as fit into ``most_bytes``, and the last one however large it is.

    Every method may be called from any thread.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Path, LoadedModel] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def load(self, name: str, *, own_weights: bool = False, path: Path | None = None) -> LoadedModel:
        """The network called ``name``, the same object for all who ask until its weights file changes.

        Raises ``WeightsError`` as ``load_pretrained`` does, whose arguments these are.
        """
        path = path or weights_path(find_entry(name))
        loaded = self._find(path)
        if loaded is None:
            with self._loading:  # one at a time: two large networks on their way in are as heavy as two that are kept
                loaded = self._find(path) or self._load(name, path)
        check_word(loaded, own_weights)
        return loaded

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of the networks in memory, the one asked for last at the end."""
        with self._lock:
            return tuple(loaded.entry.name for loaded in self._kept.values())

    def _find(self, path: Path) -> LoadedModel | None:
        version = weights_version(path)
        with self._lock:
            loaded = self._kept.get(path)
            if loaded is None or loaded.version != version:
                return None
            self._kept.move_to_end(path)
            return loaded

    def _load(self, name: str, path: Path) -> LoadedModel:
        self._make_room(name, path)
        if not path.is_file():
            fetch_weights(find_entry(name))
        loaded = load_pretrained(name, own_weights=True, path=path)
        with self._lock:
            self._kept[path] = loaded
        return loaded

    def _make_room(self, name: str, path: Path) -> None:
        with self._lock:
            self._kept.pop(path, None)  # its file has changed
            total = find_entry(name).memory_bytes + sum(each.entry.memory_bytes for each in self._kept.values())
            while self._kept and total > self._most_bytes:
                total -= self._kept.popitem(last=False)[1].entry.memory_bytes


@cache
def model_cache() -> ModelCache:
    """The networks that this process keeps."""
    return ModelCache(MAX_LOADED_BYTES)
