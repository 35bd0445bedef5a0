"""Frozen dataclasses as JSON and back, every value checked against the types that they declare. Knows no class by name.

What a confined process answers is a stranger's text: nothing in it names a class or runs anything, and what does not
fit the type that was asked for is refused. Written here because a field may be one of several dataclasses, or a child
of ``tuple``, which the libraries that do this (msgspec, cattrs) do not take as they stand.
"""

from __future__ import annotations

import json
import types
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from netcore.errors import NetcoreError, WorkerError
from netcore.files import parse_json
from netcore.worker.protocol import error_from_message, error_to_message

MAX_PLAIN_BYTES = 8 * 1024**2

_MAX_WHOLE = 2**63 - 1
"""What tables and charts take; a longer number comes from nobody who counts."""
_KIND = ""
"""The key under which a dataclass keeps its name: no field can be called so."""
_SCALARS = (bool, int, str)
_T = TypeVar("_T")


def to_plain(value: object) -> bytes:
    """The value as JSON text. It holds dataclasses, tuples, dictionaries with text as keys, numbers, text and None.

    Raises ``TypeError`` for anything else: that is a mistake of ours.
    """
    return json.dumps(_encode(value)).encode()


def from_plain(kind: type[_T] | Any, data: bytes) -> _T:
    """The value of type ``kind`` that ``to_plain`` wrote. Raises ``WorkerError`` for anything else, or too much.

    The constructors of the dataclasses check once more, and their own errors come through. What is declared as ``Any``
    may be a number, text, None or a tuple of these; a shape arrives there as it is written.
    """
    if len(data) > MAX_PLAIN_BYTES:
        raise WorkerError("The answer is larger than {most:.0f} MB.", "Ask for less.", most=MAX_PLAIN_BYTES / 1e6)
    try:
        value = parse_json(data)
    except (ValueError, RecursionError) as error:
        raise WorkerError("The worker gave no answer that can be read.", "Try again.") from error
    made: _T = _decode(kind, value, "the answer")
    return made


def _encode(value: Any, *, free: bool = False) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if free and isinstance(value, tuple) and type(value) is not tuple:
        return str(value)
    if isinstance(value, tuple | list):
        return [_encode(item, free=free) for item in value]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return {key: _encode(item, free=free) for key, item in value.items()}
    if isinstance(value, NetcoreError):
        return error_to_message(value)
    if is_dataclass(value) and not isinstance(value, type):
        hints = _hints(type(value))
        encoded = {
            field.name: _encode(getattr(value, field.name), free=_has_any(hints[field.name]))
            for field in fields(value)
            if field.init
        }
        return {_KIND: type(value).__name__, **encoded}
    raise TypeError(f"{type(value).__name__} is no plain value")


def _decode(kind: Any, value: Any, where: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return _decode_anything(value, where)
    if origin in (Union, types.UnionType):
        return _decode_union(arguments, value, where)
    if origin is Literal:
        return value if type(value) in _SCALARS and value in arguments else _refuse(value, where)
    if origin is tuple:
        return _decode_tuple(arguments, value, where)
    if origin is dict:
        items = _expect(dict, value, where).items()
        return {_decode(arguments[0], key, where): _decode(arguments[1], item, f"{where}[…]") for key, item in items}
    if kind in (None, type(None)):
        return value if value is None else _refuse(value, where)
    if kind is float:
        return value if type(value) is float else float(_expect(int, value, where))
    if kind in _SCALARS:
        return _expect(kind, value, where)
    if issubclass(kind, NetcoreError):
        error = error_from_message(value)
        return error if isinstance(error, kind) else _refuse(value, where)
    if issubclass(kind, tuple):
        return kind(_decode(kind.__orig_bases__[0], value, where))
    return _decode_dataclass(kind, value, where)


def _decode_dataclass(kind: type, value: Any, where: str) -> Any:
    hints = _hints(kind)
    names = [field.name for field in fields(kind) if field.init]
    if type(value) is not dict or value.get(_KIND) != kind.__name__ or set(value) != {_KIND, *names}:
        return _refuse(value, where)
    return kind(**{name: _decode(hints[name], value[name], f"{kind.__name__}.{name}") for name in names})


def _decode_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    """The first of the types that the value is; a dataclass says its name."""
    if value is None and type(None) in kinds:
        return None
    named = value.get(_KIND) if type(value) is dict else None
    for kind in kinds:
        if is_dataclass(kind) and getattr(kind, "__name__", "") == named:
            return _decode(kind, value, where)
    others = [kind for kind in kinds if not is_dataclass(kind) and kind is not type(None)]
    for kind in others[:-1]:
        try:
            return _decode(kind, value, where)
        except WorkerError:
            continue
    return _decode(others[-1], value, where) if others else _refuse(value, where)


def _decode_tuple(kinds: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    items = _expect(list, value, where)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_decode(kinds[0], item, f"{where}[…]") for item in items)
    if len(items) != len(kinds):
        _refuse(value, where)
    return tuple(_decode(kind, item, f"{where}[…]") for kind, item in zip(kinds, items, strict=True))


def _decode_anything(value: Any, where: str) -> Any:
    if type(value) is list:
        return tuple(_decode_anything(item, where) for item in value)
    if type(value) is int:
        return _expect(int, value, where)
    return value if value is None or type(value) in (bool, float, str) else _refuse(value, where)


def _expect(kind: type[_T], value: Any, where: str) -> _T:
    if type(value) is not kind or (isinstance(value, int) and abs(value) > _MAX_WHOLE):
        return _refuse(value, where)
    return value


def _refuse(value: Any, where: str) -> Any:
    raise WorkerError(
        "The answer is not what was asked for: {where} is {found}.",
        "Try again.",
        where=where,
        found=repr(value)[:40],
    )


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _has_any(kind: Any) -> bool:
    return kind is Any or any(_has_any(part) for part in get_args(kind))
