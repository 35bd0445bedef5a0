"""The ``state_dict`` in somebody's file, put under the names of a network: the one door for all who take weights.

What is plainly the same network is taken: under whatever key it lies, behind a prefix that all its names share, in half
or double precision. What was done to it is told; what does not fit is refused with all that differs. Needs torch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_safetensors
from torch import Tensor

from netcore.data.archive import MAX_PICKLE_BYTES, is_safetensors
from netcore.data.other_formats import two_lines
from netcore.data.pickled import Call
from netcore.data.saved import ITEM_BYTES, SavedTensor, Storage, Taken, kind_of, read_saved
from netcore.errors import CheckpointError
from netcore.model.state_checks import BATCHES, DAMAGED, LONGEST_NAME, list_some, type_of

MAX_TENSORS = 2000
_JSON_OBJECT = re.compile(rb":\s*\{")
COURSE_KEY = "model_state"

_WRAPPERS = frozenset({"module", "_orig_mod"})
"""What DataParallel, AveragedModel and torch.compile put before the names of the network that they wrap."""
_COUNTERS = ("total_ops", "total_params", "n_averaged")
"""Numbers that thop and AveragedModel keep among a network's tensors."""
_SAVE_STATE = two_lines(
    "state = model.state_dict()", condition="Where your network was trained and is called model", needs_path=False
)


@dataclass(frozen=True, eq=False)
class State:
    """A network's tensors, under its own names and in its own types."""

    tensors: dict[str, Tensor]
    taken: Taken


@dataclass(frozen=True, eq=False)
class _Naming:
    """One way to read the names of a file."""

    tensors: dict[str, Tensor]
    prefix: str


def read_values(data: bytes, name: str, cure: str) -> Any:
    """What ``torch.save`` or safetensors put into ``data``, with torch's tensors in it.

    Raises ``CheckpointError`` that says what is wrong with the file, which the sentence calls ``name``.
    """
    if is_safetensors(data):
        _check_header(data, name, cure)
        try:
            return dict(sorted(read_safetensors(data).items()))  # it hands them out in any order
        except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
            what = "{name} begins like safetensors, and is damaged or cut off."
            raise CheckpointError(what, cure, name=name) from error
    saved = read_saved(data, name, cure)
    try:
        return _Maker(saved.rows).make(saved.value)
    except (LookupError, ValueError, RuntimeError) as error:
        raise CheckpointError("{name} is damaged: a tensor reaches beyond its numbers.", cure, name=name) from error


def _check_header(data: bytes, name: str, cure: str) -> None:
    """Refuse a header of safetensors that would take long to read: each tensor is one JSON object in it."""
    size = int.from_bytes(data[:8], "little")
    count = sum(1 for _ in _JSON_OBJECT.finditer(data, 8, 8 + size))
    if count > MAX_TENSORS + 1:  # beside the tensors, one object of notes
        raise _too_many(name, count)
    if size > MAX_PICKLE_BYTES:
        what = "{name} has {size:.1f} MB of names and notes, and {most:.1f} MB are the limit."
        raise CheckpointError(what, cure, name=name, size=size / 1e6, most=MAX_PICKLE_BYTES / 1e6)


def find_state(
    value: Any,
    expected: Mapping[str, Tensor],
    name: str,
    rename: Callable[[dict[str, Tensor]], dict[str, Tensor]] | None = None,
) -> State:
    """The ``state_dict`` in ``value`` that is one of a network with the names of ``expected``, whose types it gets.

    It is found by what it is, not by its key; ``left_out`` says what among its names is none of the network's. Where
    none fits, the one that differs least: ``netcore.model.state_checks`` tells how. ``rename`` knows names of other
    times. Raises ``CheckpointError`` where there is none, where two fit, and where a tensor loses its numbers.
    """
    candidates = dict(_candidates(value))
    namings = {entry: _name_best(state, expected, rename) for entry, state in candidates.items()}
    fitting = [entry for entry, naming in namings.items() if not _misfits(naming.tensors, expected)]
    fitting = [entry for entry in fitting if _has_shapes(namings[entry].tensors, expected)] or fitting
    if len(fitting) > 1 and COURSE_KEY not in fitting:
        raise _ambiguous(fitting, name)
    if not namings:
        raise _no_state(value, name)
    ranked = sorted(namings, key=lambda entry: (_misfits(namings[entry].tensors, expected), entry != COURSE_KEY))
    entry = COURSE_KEY if COURSE_KEY in fitting else ranked[0]
    _check_entries(candidates[entry], entry, name)
    naming = namings[entry]
    filled = {
        missing: torch.zeros(wanted.shape, dtype=wanted.dtype)
        for missing, wanted in expected.items()
        if missing not in naming.tensors and missing.endswith(BATCHES)
    }
    is_whole = not _misfits(naming.tensors, expected)
    tensors = {**naming.tensors, **(filled if is_whole else {})}
    converted = tuple(
        dict.fromkeys(type_of(item) for key, item in tensors.items() if _converts(item, expected.get(key)))
    )
    kept = {id(item) for item in naming.tensors.values()}
    taken = Taken(
        entry=entry,
        prefix=naming.prefix,
        converted=converted,
        left_out=tuple(str(key) for key, item in candidates[entry].items() if id(item) not in kept),
        filled=tuple(filled) if is_whole else (),
    )
    return State({key: _convert(key, item, expected.get(key), name) for key, item in tensors.items()}, taken)


def left_out(value: Any, taken: Taken, used: Collection[str] = ()) -> tuple[str, ...]:
    """What of a file is not used, in words: among its tensors, and beside them but for the keys in ``used``."""
    if not taken.entry:
        return taken.left_out
    owner = {taken.entry, taken.entry.partition(".")[0], *used}
    beside = [
        f"{_in_words(key)} ({kind_of(item)})" if isinstance(item, Call) else _in_words(key)
        for key, item in value.items()
        if key not in owner
    ]
    return (*taken.left_out, *beside)


class _Maker:
    """Makes torch's tensors of what a file says of them."""

    def __init__(self, rows: dict[str, bytes]) -> None:
        self._rows = rows
        self._storages: dict[Storage, Tensor] = {}
        self._made: dict[int, Any] = {}

    def make(self, value: Any) -> Any:
        """The same value with tensors in it. What is in it twice is made once."""
        if not isinstance(value, dict | list | tuple | SavedTensor):
            return value
        if id(value) not in self._made:
            self._made[id(value)] = self._make(value)
        return self._made[id(value)]

    def _make(self, value: Any) -> Any:
        if isinstance(value, SavedTensor):
            return self._tensor(value)
        if isinstance(value, dict):
            return {key: self.make(item) for key, item in value.items()}
        items = [self.make(item) for item in value]
        return items if isinstance(value, list) else tuple(items)

    def _tensor(self, saved: SavedTensor) -> Tensor:
        row, first = self._row(saved.storage), saved.storage.start + saved.offset
        last = first + sum((count - 1) * step for count, step in zip(saved.size, saved.stride, strict=True))
        if 0 in saved.size:
            return row.new_empty(saved.size)
        if last >= len(row):
            raise ValueError("it reaches beyond its numbers")
        return row.as_strided(saved.size, saved.stride, first)

    def _row(self, storage: Storage) -> Tensor:
        if storage not in self._storages:
            row, kind = self._rows[storage.key], getattr(torch, _DTYPES[storage.kind])
            if len(row) != storage.count * ITEM_BYTES[storage.kind]:
                raise ValueError("it is longer or shorter than it says")
            # A byte that is neither 0 nor 1 is no truth value, and nobody knows what torch makes of it.
            made = torch.frombuffer(bytearray(row), dtype=torch.uint8 if kind is torch.bool else kind) if row else None
            self._storages[storage] = torch.empty(0, dtype=kind) if made is None else made.to(kind)
        return self._storages[storage]


_DTYPES = {
    "Float": "float32",
    "Double": "float64",
    "Half": "float16",
    "BFloat16": "bfloat16",
    "Long": "int64",
    "Int": "int32",
    "Short": "int16",
    "Char": "int8",
    "Byte": "uint8",
    "Bool": "bool",
}


def is_optimizer(value: Any) -> bool:
    """Whether ``value`` is an optimizer's ``state_dict``."""
    return (
        isinstance(value, dict) and isinstance(value.get("state"), dict) and isinstance(value.get("param_groups"), list)
    )


def _candidates(value: Any) -> Iterator[tuple[str, dict[Any, Any]]]:
    """All that may be a ``state_dict``, by the key under which it lies: one or two steps down, or the file itself."""
    if not isinstance(value, dict):
        return
    nested = False
    for key, item in value.items():
        if _is_state(item):
            nested = True
            yield str(key), item
        elif isinstance(item, dict) and not is_optimizer(item):
            for inner, part in item.items():
                if _is_state(part):
                    nested = True
                    yield f"{key}.{inner}", part
    if not nested and _is_state(value):
        yield "", value


def _is_state(value: Any) -> bool:
    """Whether most of it are tensors, or some that are named as those of layers are."""
    if not isinstance(value, dict) or is_optimizer(value):
        return False
    tensors = [key for key, item in value.items() if torch.is_tensor(item)]
    return 2 * len(tensors) > len(value) or any("." in key for key in tensors if isinstance(key, str))


def _name_best(
    state: dict[Any, Any],
    expected: Mapping[str, Tensor],
    rename: Callable[[dict[str, Tensor]], dict[str, Tensor]] | None,
) -> _Naming:
    tensors = {
        key: item
        for key, item in state.items()
        if isinstance(key, str) and torch.is_tensor(item) and (key in expected or not _is_counter(key, item))
    }
    return min(_namings(rename(tensors) if rename else tensors), key=lambda naming: _misfits(naming.tensors, expected))


def _namings(tensors: dict[str, Tensor]) -> Iterator[_Naming]:
    """The names as they are, without wrappers, and each without one step after the other of a prefix that all share."""
    for renamed in (tensors, _renamed(tensors, _unwrap)):
        while renamed:
            yield _Naming(renamed, _removed(list(tensors), list(renamed)))
            firsts = {key.partition(".")[0] for key in renamed}
            if len(firsts) > 1 or not all("." in key for key in renamed):
                break
            renamed = _renamed(renamed, lambda key: key.partition(".")[2])
    if not tensors:
        yield _Naming({}, "")


def _renamed(tensors: dict[str, Tensor], rename: Callable[[str], str]) -> dict[str, Tensor]:
    """The tensors under new names; none where two would have the same."""
    made = {rename(key): item for key, item in tensors.items()}
    return made if len(made) == len(tensors) else {}


def _unwrap(key: str) -> str:
    return ".".join(part for part in key.split(".") if part not in _WRAPPERS) or key


def _removed(before: list[str], after: list[str]) -> str:
    """What was taken off the names, from the one that lost most."""
    old, new = max(zip(before, after, strict=True), key=lambda pair: len(pair[0]) - len(pair[1]))
    if old.endswith(new):
        return old.removesuffix(new)
    return "".join(f"{part}." for part in old.split(".") if part in _WRAPPERS)


def _is_counter(key: str, item: Tensor) -> bool:
    return key.rpartition(".")[2] in _COUNTERS and item.numel() == 1


def _misfits(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> int:
    missing = [name for name in expected if name not in tensors and not name.endswith(BATCHES)]
    return len(missing) + sum(name not in expected for name in tensors) + (not tensors)


def _has_shapes(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> bool:
    return all(item.shape == expected[key].shape for key, item in tensors.items())


def _converts(found: Tensor, wanted: Tensor | None) -> bool:
    return (
        wanted is not None and found.dtype != wanted.dtype and found.is_floating_point() and wanted.is_floating_point()
    )


def _convert(name: str, found: Tensor, wanted: Tensor | None, subject: str) -> Tensor:
    if wanted is None or not _converts(found, wanted) or found.shape != wanted.shape:
        return found
    made = found.to(wanted.dtype)
    if found.isfinite().all() and not made.isfinite().all():
        raise CheckpointError(
            "{name} cannot be used: {tensor} holds {number:.3g}, more than {wanted} can hold.",
            DAMAGED,
            name=subject,
            tensor=name[:LONGEST_NAME],
            number=float(found.abs().max()),
            wanted=type_of(wanted),
        )
    return made


def _too_many(name: str, count: int) -> CheckpointError:
    what, cure = "{name} holds {count:,} tensors, and {most:,} are the limit.", "Choose another file."
    return CheckpointError(what, cure, name=name, count=count, most=MAX_TENSORS)


def _check_entries(state: dict[Any, Any], entry: str, name: str) -> None:
    """Raise ``CheckpointError`` where a ``state_dict`` holds anything but tensors by their names."""
    values = {"name": name, "where": f"its {entry[:LONGEST_NAME]}" if entry else "its state_dict"}
    if len(state) > MAX_TENSORS:
        raise _too_many(name, len(state))
    for key, item in state.items():
        if not isinstance(key, str):
            what = "{name} holds no state_dict of a network: {where} has {key} where a tensor's name belongs."
            raise CheckpointError(what, _SAVE_STATE, key=_in_words(key), **values)
        if not torch.is_tensor(item):
            raise CheckpointError(
                "{name} holds {key} in {where}: a value of type {kind}, and no tensor.",
                two_lines(
                    "state = torch.load(path, weights_only=True)" + _down_to(entry),
                    'torch.save({key: item for key, item in state.items() if torch.is_tensor(item)}, "weights.pth")',
                ),
                key=key[:LONGEST_NAME],
                kind=kind_of(item),
                **values,
            )


def _in_words(key: Any) -> str:
    return str(key)[:LONGEST_NAME] if isinstance(key, str | int) else kind_of(key)


def _down_to(entry: str) -> str:
    """The way to the entry in Python, where its names can stand in a sentence."""
    return "".join(f'["{part}"]' for part in entry.split(".") if re.fullmatch(r"[A-Za-z](_?[A-Za-z0-9])*", part))


def _ambiguous(entries: list[str], name: str) -> CheckpointError:
    return CheckpointError(
        "{name} holds {count} entries that fit this network: {entries}.",
        two_lines(
            "value = torch.load(path, weights_only=True)",
            'torch.save(value[key], "weights.pth")',
            "Decide for one of them. At home, with key as its name",
        ),
        name=name,
        count=len(entries),
        entries=list_some(entries),
    )


def _no_state(value: Any, name: str) -> CheckpointError:
    """What is said of a file that holds no ``state_dict``."""
    if isinstance(value, list | tuple) and value and all(torch.is_tensor(item) for item in value):
        what = "{name} holds a list of {count} tensors without names, and a state_dict has a name for each."
        lines = two_lines(
            "state = dict(zip(model.state_dict(), torch.load(path, weights_only=True)))",
            'torch.save(state, "weights.pth")',
            "If they come in the order of your network's state_dict, then at home",
        )
        return CheckpointError(what, lines, name=name, count=len(value))
    if isinstance(value, dict) and value:
        keys = list_some([_in_words(key) for key in value])
        what = "{name} holds {keys}, and none of these is a state_dict: a dictionary of tensors by their names."
        return CheckpointError(what, _SAVE_STATE, name=name, keys=keys)
    kind = (
        "an empty dictionary"
        if value == {}
        else "one tensor"
        if torch.is_tensor(value)
        else f"a value of type {kind_of(value)}"
    )
    what = "{name} holds {kind}, and no state_dict: a dictionary of tensors by their names."
    return CheckpointError(what, _SAVE_STATE, name=name, kind=kind)
