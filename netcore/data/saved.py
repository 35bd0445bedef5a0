"""What ``torch.save`` wrote, read without unpickling: plain values, and tensors as words about bytes. Without torch.

Both of its formats: the zip archive of PyTorch 1.6 and later, with any pickle protocol from 1 to 5, and the row of
pickles with the storages behind them of the time before
(https://github.com/pytorch/pytorch/blob/main/torch/serialization.py, ``_legacy_save``).
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from netcore.data.archive import (
    MAX_PICKLE_BYTES,
    PICKLE,
    STORAGES,
    Refusal,
    check_layout,
    foreign,
    open_archive,
    refusals_about,
)
from netcore.data.other_formats import WHOLE_NETWORK, refuse_archive, refuse_format, two_lines
from netcore.data.pickled import Call, Maker, Name, OpcodeError, Reference, TooMuchError, read_pickle

ITEM_BYTES = dict(zip(STORAGES, (4, 8, 2, 2, 8, 4, 2, 1, 1, 1), strict=True))

_MAGIC = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
"""The number with which a file of before 1.6 begins, as a pickle writes it; protocol 1 writes it out."""
_MAGIC_IN_DIGITS = b"L119547037146038801333356L\n."
_PROTOCOL = 1001
_LAYERS = b"torch.nn.modules"
"""The module of torch's own layers: a ``state_dict`` asks for none of them."""
_SMALL = 1000
_NUMPY = ("numpy._core.multiarray", "numpy.core.multiarray")
_NUMBERS = {
    "f8": "d",
    "f4": "f",
    "f2": "e",
    "b1": "?",
    "i8": "q",
    "i4": "i",
    "i2": "h",
    "i1": "b",
    "u8": "Q",
    "u4": "I",
    "u2": "H",
    "u1": "B",
}
# What people keep beside the weights and what can be left out: it stays words.
_DATA = re.compile(
    r"argparse\.Namespace|types\.SimpleNamespace|(pathlib(\._local)?)\.\w*Path|datetime\.(datetime|date|timedelta)"
    r"|collections\.(defaultdict|Counter|deque)|(builtins|__builtin__)\.(set|frozenset|complex|int|float|str|list|dict|bool)"
    r"|torch\.(device|float16|bfloat16|float32|float64|int8|int16|int32|int64|uint8|bool)|_codecs\.encode"
    r"|numpy\.(dtype|ndarray|float64|float32|int64)|numpy\._?core\.multiarray\.(scalar|_reconstruct)"
)


@dataclass(frozen=True)
class Storage:
    """A row of numbers of one type, which lies beside the pickle under ``key``."""

    key: str
    kind: str
    """One of ``STORAGES``."""
    count: int
    start: int = 0
    """Where in the row it begins, in numbers."""


@dataclass(frozen=True, eq=False)
class SavedTensor:
    """A tensor as the file says that it is, whether or not there can be such a one."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Saved:
    """What was in a file."""

    value: Any
    """Plain values, ``SavedTensor``, and ``Name``, ``Call`` and ``Reference`` of harmless data that stayed words."""
    rows: dict[str, bytes]
    """The bytes of each storage, by its key."""


@dataclass(frozen=True)
class Taken:
    """How the tensors of a file became a network's."""

    entry: str = ""
    """The key under which they lay; empty where the file is the ``state_dict``."""
    prefix: str = ""
    """What was taken off their names."""
    converted: tuple[str, ...] = ()
    """The types that were turned into the network's: ``float16``."""
    left_out: tuple[str, ...] = ()
    """What lay beside or among them and is not used."""
    filled: tuple[str, ...] = ()
    """Counters of BatchNorm that the file has not, and that begin at 0."""


def read_saved(data: bytes, name: str, cure: str) -> Saved:
    """What ``torch.save`` put into ``data``. Raises ``CheckpointError`` that says what is wrong with ``name``.

    The ``cure`` is for what is damaged or was never one; other refusals bring the lines that make a file of it.
    """
    with refusals_about(name, cure):
        try:
            if not data:
                raise Refusal("is empty.")
            if data.startswith(b"PK\x03\x04"):
                return _read_archive(data)
            if data.startswith(_MAGIC_IN_DIGITS) or (data[:1] == b"\x80" and _MAGIC in data[:32]):
                return _read_legacy(data)
            raise refuse_format(data)
        except OpcodeError as error:
            raise foreign(f"pickle's {error}") from error


def kind_of(value: object) -> str:
    """What a value of a file is, for a sentence: ``argparse.Namespace``, ``list``."""
    if isinstance(value, Call) and isinstance(value.what, Name):
        first = value.arguments[0] if isinstance(value.arguments, tuple) and value.arguments else None
        return str(first if value.what.name == "_reconstruct" and isinstance(first, Name) else value.what)
    return str(value) if isinstance(value, Name) else type(value).__name__


def _read_archive(data: bytes) -> Saved:
    with open_archive(data) as archive:
        stranger = refuse_archive(archive.namelist())
        if stranger:
            raise stranger
        members = check_layout(data, archive)
        if "byteorder" in members and archive.read(members["byteorder"]) != b"little":
            raise _big_endian()
        pickle = archive.read(members[PICKLE])
        value = _read_value(io.BytesIO(pickle), _refer)
        rows = {name[5:]: archive.read(member) for name, member in members.items() if name.startswith("data/")}
    return Saved(value, rows)


def _read_legacy(data: bytes) -> Saved:
    storages: dict[str, Storage] = {}

    def refer(identity: Any) -> Any:
        made = _refer(identity)
        if isinstance(made, Storage):
            storages.setdefault(made.key, made)
        return made

    stream = io.BytesIO(data)
    read_pickle(stream, _SMALL)
    protocol, system = read_pickle(stream, _SMALL).value, read_pickle(stream, _SMALL).value
    if protocol != _PROTOCOL or not isinstance(system, dict):
        raise ValueError("this is no file of torch.save")
    if system.get("little_endian") is False:
        raise _big_endian()
    value = _read_value(stream, refer)
    keys = read_pickle(stream, MAX_PICKLE_BYTES).value
    rows = dict(_read_rows(stream, keys, storages))
    if stream.read(1):
        raise Refusal("has bytes behind its end.")
    return Saved(value, rows)


def _read_rows(stream: IO[bytes], keys: Any, storages: dict[str, Storage]) -> Iterator[tuple[str, bytes]]:
    if not isinstance(keys, list) or len(set(map(str, keys))) != len(keys):
        raise ValueError("these are no keys of storages")
    for key in keys:
        storage = storages.get(str(key))
        count = int.from_bytes(stream.read(8), "little")
        if storage is None or count != storage.count:
            raise ValueError("this storage belongs to no tensor")
        row = stream.read(count * ITEM_BYTES[storage.kind])
        if len(row) != count * ITEM_BYTES[storage.kind]:
            raise EOFError
        yield storage.key, row


def _read_value(stream: io.BytesIO, refer: Maker) -> Any:
    """The value of the pickle that begins here. Raises ``Refusal`` where it asks for anything but data."""
    start = stream.tell()
    try:
        value = read_pickle(stream, MAX_PICKLE_BYTES, _MAKERS, refer).value
    except (TooMuchError, OpcodeError):
        # A network with its class may be nested deeply, or contain itself.
        if _LAYERS in stream.getbuffer()[start : start + MAX_PICKLE_BYTES].tobytes():
            raise Refusal("holds a whole network, and not its state_dict alone.", WHOLE_NETWORK) from None
        raise
    is_network = _LAYERS in stream.getbuffer()[start : stream.tell()].tobytes()
    _check_names(value, is_network=is_network)
    return value


def _check_names(value: Any, *, is_network: bool) -> None:
    """Raise ``Refusal`` where the file asks for anything but data, with the entry in which it does."""
    entries = value.items() if isinstance(value, dict) else [("", value)]
    for key, item in entries:
        name = _first_foreign((key, item))
        if name is None:
            continue
        entry = key if isinstance(key, str) else ""
        within = " in its entry {entry}" if entry else ""
        if is_network:
            ending = "holds a whole network" + within + ", with its class {wish}, and not its state_dict alone. "
            cure = _whole_network_cure(entry)
        else:
            ending = "asks for {wish}" + within + ", which no checkpoint needs. "
            cure = _cure_without(entry, value)
        raise Refusal(ending + "Nothing of it was run.", cure, wish=str(name)[:60], entry=entry[:60])


def _first_foreign(value: Any) -> Name | None:
    """The first name in ``value``, and in all that is in it, that is no data's."""
    waiting, seen = [value], set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Name):
            if not _DATA.fullmatch(str(value)):
                return value
        elif isinstance(value, dict):
            waiting += [*value.values(), *value.keys()]
        elif isinstance(value, list | tuple):
            waiting += value[::-1]
        elif isinstance(value, Call):
            waiting += [*value.added, value.arguments, value.what]
        elif isinstance(value, Reference):
            waiting.append(value.identity)
    return None


def _is_speakable(entry: str) -> bool:
    return re.fullmatch(r"[A-Za-z](_?[A-Za-z0-9])*", entry) is not None


def _whole_network_cure(entry: str) -> str:
    if not _is_speakable(entry):
        return WHOLE_NETWORK
    return two_lines(
        "value = torch.load(path, weights_only=False)",
        f'torch.save(value["{entry}"].state_dict(), "weights.pth")',
        "Where you made it, and where its class is defined",
    )


def _cure_without(entry: str, value: Any) -> str:
    """How to save the file's state_dict alone; empty where none is to be seen in it."""
    states = [key for key, item in value.items() if _is_state(item)] if isinstance(value, dict) else []
    if not entry or not states or not _is_speakable(states[0]):
        return ""
    return two_lines(
        "value = torch.load(path, weights_only=False)",
        f'torch.save(value["{states[0]}"], "weights.pth")',
        "If you made this file yourself",
    )


def _is_state(item: Any) -> bool:
    return isinstance(item, dict) and bool(item) and all(isinstance(part, SavedTensor) for part in item.values())


def _big_endian() -> Refusal:
    return Refusal("was saved on a machine that writes numbers the other way round (big-endian).")


def _refer(identity: Any) -> Any:
    """A storage, or a ``Reference`` to what is none that is read here."""
    if not isinstance(identity, tuple) or len(identity) not in (5, 6) or identity[0] != "storage":
        return Reference(identity)
    _, kind, key, _, count, *view = identity
    known = isinstance(kind, Name) and kind.module == "torch" and kind.name.removesuffix("Storage") in STORAGES
    if not known:
        return Reference(identity)
    if not isinstance(key, str) or type(count) is not int or count < 0:
        raise ValueError("this is no storage")
    start = view[0][1] if view and view[0] is not None else 0
    if type(start) is not int or start < 0:
        raise ValueError("this is no view of a storage")
    return Storage(key, kind.name.removesuffix("Storage"), count, start)


def _make_tensor(arguments: Any) -> Any:
    storage, offset, size, stride = arguments[:4]
    whole = [offset, *size, *stride]
    if not all(type(number) is int and number >= 0 for number in whole) or len(size) != len(stride):
        raise ValueError("this is no tensor")
    if isinstance(storage, Reference):
        return Call(None, arguments)  # of numbers that are not read here
    if not isinstance(storage, Storage):
        raise ValueError("this is no tensor")
    return SavedTensor(storage, offset, tuple(size), tuple(stride))


def _make_parameter(arguments: Any) -> Any:
    if not isinstance(arguments[0], SavedTensor):
        raise ValueError("this is no parameter")
    return arguments[0]


def _make_from_type(arguments: Any) -> Any:
    """A tensor that has attributes beside its numbers."""
    function, _, inner = arguments[:3]
    maker = {_TENSOR: _make_tensor, _PARAMETER: _make_parameter}.get(function)
    return maker(inner) if maker else Call(function, arguments)


def _make_dictionary(arguments: Any) -> dict[Any, Any]:
    pairs = arguments[0] if arguments else []
    if not all(isinstance(key, str) for key, _ in pairs):
        raise ValueError("these are no names")
    return dict(pairs)


def _make_size(arguments: Any) -> tuple[Any, ...]:
    return tuple(arguments[0])


def _make_bytes(arguments: Any) -> bytes:
    text, encoding = arguments
    if encoding != "latin1":
        raise ValueError("this is no number")
    return str(text).encode("latin1")


def _make_number(arguments: Any) -> Any:
    """A number that NumPy made, as Python's own; of any other type it stays words."""
    kind, data = arguments
    code = kind.arguments[0] if isinstance(kind, Call) and kind.what == Name("numpy", "dtype") else None
    if not isinstance(code, str) or code not in _NUMBERS or not isinstance(data, bytes):
        return Call(Name(_NUMPY[0], "scalar"), arguments)
    order = ">" if kind.added and kind.added[0][1] == ">" else "<"
    try:
        return struct.unpack(order + _NUMBERS[code], data)[0]
    except struct.error as error:
        raise ValueError("this is no number") from error


_TENSOR = Name("torch._utils", "_rebuild_tensor_v2")
_PARAMETER = Name("torch._utils", "_rebuild_parameter")
_MAKERS = {
    Name("collections", "OrderedDict"): _make_dictionary,
    _TENSOR: _make_tensor,
    Name("torch._utils", "_rebuild_tensor"): _make_tensor,
    _PARAMETER: _make_parameter,
    Name("torch._utils", "_rebuild_parameter_with_state"): _make_parameter,
    Name("torch._tensor", "_rebuild_from_type_v2"): _make_from_type,
    Name("torch", "Size"): _make_size,
    Name("_codecs", "encode"): _make_bytes,
    **{Name(module, "scalar"): _make_number for module in _NUMPY},
}
