"""What a pickle says, read as a text: no name in it is looked up, and nothing of it is called. Does without torch.

``torch.load(weights_only=True)`` reads protocol 2 alone, stops at the first name that it does not know, and cannot say
in which entry that is. Here names, calls and storages stay what they are in the file, words: who reads them decides
which few of them mean something. A pickle can also name what it has said before, so that forty lines of it hold 2**40
values, and whoever prints or hashes them never comes to an end; so sizes are counted along the way.
The opcodes: https://github.com/python/cpython/blob/3.11/Lib/pickletools.py
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple

MAX_OPCODES = 200_000
MAX_DEPTH = 50

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_PLAIN = frozenset(
    {
        *("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "BINFLOAT"),
        *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING"),
        *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
    }
)
_EMPTY: Mapping[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": list}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3, "TUPLE": None, "FROZENSET": None}
_ADDING = {"APPEND": 1, "SETITEM": 2, "BUILD": 1, "APPENDS": None, "SETITEMS": None, "ADDITEMS": None}
_CALLS = {"REDUCE": 2, "NEWOBJ": 2, "NEWOBJ_EX": 3}
_PASSED_OVER = frozenset({"PROTO", "FRAME", "STOP"})


class Name(NamedTuple):
    """The name of something that a pickle asks for."""

    module: str
    name: str

    def __str__(self) -> str:
        """As Python writes it: ``posix.system``."""
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, eq=False)
class Call:
    """A call that a pickle asks for, and that nobody makes."""

    what: Any
    arguments: Any
    added: list[Any] = field(default_factory=list)
    """What it puts into the result afterwards."""


@dataclass(frozen=True)
class Reference:
    """Something that lies beside the pickle and is none of torch's storages."""

    identity: Any


Maker = Callable[[Any], Any]
"""Makes a value of the arguments of a call, or of what a reference says. It must be a new one, or one that nothing is
added to; it raises ``ValueError`` where that cannot be."""


class TooMuchError(ValueError):
    """A pickle that unfolds to more than was allowed, or contains itself."""


class OpcodeError(ValueError):
    """A pickle with an opcode that is not read here; the error's text is its name."""


@dataclass(frozen=True)
class Pickled:
    """What a pickle says."""

    value: Any
    size: int
    """Values and characters in the largest thing that it makes, repeated ones each time."""


@dataclass
class _Value:
    made: Any
    size: int
    depth: int = 0
    is_whole: bool = False
    """Whether nothing is added to it any more."""


def read_pickle(
    pickle: bytes | IO[bytes], most: int, makers: Mapping[Name, Maker] | None = None, refer: Maker = Reference
) -> Pickled:
    """The value of a pickle: plain values, ``Name``, ``Call`` and ``Reference``; a set becomes a list.

    For a call of a name that ``makers`` has, its function makes the value of the arguments; ``refer``, of what lies
    beside the pickle. A stream stands behind the pickle afterwards. Raises ``TooMuchError`` where it holds more than
    ``most`` values and characters, also where it adds to what it has repeated, as only what contains itself does;
    ``OpcodeError``, and ``ValueError`` for no pickle.
    """
    reader, end, frame_end = _Reader(most, makers or {}, refer), 0, 0
    try:
        for number, (opcode, argument, position) in enumerate(pickletools.genops(pickle)):
            if number >= MAX_OPCODES:
                raise TooMuchError("too many opcodes")
            end = (position or 0) + 1
            if opcode.name == "FRAME":
                frame_end = end + 8 + (argument or 0)  # its length takes eight bytes
            reader.read(opcode.name, argument)
        if frame_end > end:
            raise ValueError("a frame is longer than the pickle")
        return Pickled(reader.pop(1)[0].made, reader.largest)
    except (IndexError, KeyError, AttributeError, TypeError) as error:
        raise ValueError("this is no pickle") from error


class _Reader:
    """The stack and the memo of a pickle that is being read. None on the stack is a mark."""

    def __init__(self, most: int, makers: Mapping[Name, Maker], refer: Maker) -> None:
        self._most, self._makers, self._refer = most, makers, refer
        self._stack: list[_Value | None] = []
        self._memo: dict[Any, _Value] = {}
        self.largest = 0

    def read(self, name: str, argument: Any) -> None:
        if name in _PASSED_OVER:
            return
        if name == "MARK":
            self._stack.append(None)
        elif name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self._memo[len(self._memo) if argument is None else argument] = self._top()
        elif name in ("BINGET", "LONG_BINGET"):
            self._stack.append(self._memo[argument])
            self._top().is_whole = True
        elif name in _ADDING:
            self._add(name, self.pop(_ADDING[name]))
        elif name in _CALLS:
            self._call(self.pop(_CALLS[name]))
        else:
            self._make(name, argument)

    def pop(self, count: int | None) -> list[_Value]:
        """So many values, or those down to the mark, in the order in which they came. Nothing is added to them now."""
        taken: list[_Value] = []
        while count is None or len(taken) < count:
            value = self._stack.pop()
            if value is None:
                if count is None:
                    break
                raise ValueError("this is no pickle")
            value.is_whole = True
            taken.append(value)
        return taken[::-1]

    def _make(self, name: str, argument: Any) -> None:
        if name in _CONSTANTS:
            self._push(_CONSTANTS[name])
        elif name in _PLAIN:
            self._push(argument, length=len(argument) if isinstance(argument, str | bytes) else 0)
        elif name in _EMPTY:
            self._push(_EMPTY[name](), grows=True)
        elif name in _TUPLES:
            parts = self.pop(_TUPLES[name])
            self._push(tuple(part.made for part in parts), parts)
        elif name == "BINPERSID":
            parts = self.pop(1)
            self._push(self._refer(parts[0].made), parts)
        elif name == "GLOBAL":
            self._push(Name(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            module, attribute = (part.made for part in self.pop(2))
            if not isinstance(module, str) or not isinstance(attribute, str):
                raise ValueError("this is no pickle")
            self._push(Name(module, attribute))
        else:
            raise OpcodeError(name)

    def _call(self, parts: list[_Value]) -> None:
        what, arguments = parts[0].made, parts[1].made
        maker = self._makers.get(what) if isinstance(what, Name) else None
        made = maker(arguments) if maker else Call(what, arguments, [part.made for part in parts[2:]])
        self._push(made, parts, grows=True)

    def _add(self, name: str, parts: list[_Value]) -> None:
        goal = self._top()
        if goal.is_whole:
            raise TooMuchError("it contains itself")
        goal.size += sum(part.size for part in parts)
        goal.depth = max([goal.depth, *(part.depth + 1 for part in parts)])
        self._measure(goal)
        added = [part.made for part in parts]
        if isinstance(goal.made, Call):
            goal.made.added.extend(added)
        elif name.startswith("SET"):
            goal.made.update(zip(map(_as_key, added[::2]), added[1::2], strict=True))
        elif name == "BUILD":
            _check_notes(goal.made, added[0])
        else:
            goal.made.extend(added)

    def _push(self, made: Any, parts: list[_Value] | None = None, *, length: int = 0, grows: bool = False) -> None:
        parts = parts or []
        depth = 1 + max((part.depth for part in parts), default=0)
        value = _Value(made, 1 + length + sum(part.size for part in parts), depth, not grows)
        self._measure(value)
        self._stack.append(value)

    def _measure(self, value: _Value) -> None:
        self.largest = max(self.largest, value.size)
        if self.largest > self._most or value.depth > MAX_DEPTH:
            raise TooMuchError("it unfolds to too much")

    def _top(self) -> _Value:
        value = self._stack[-1]
        if value is None:
            raise ValueError("this is no pickle")
        return value


def _as_key(key: Any) -> Any:
    # Of other kinds, somebody can make a hundred thousand keys with one hash, and the dictionary takes minutes.
    is_plain = key is None or isinstance(key, str | Name | Call) or (isinstance(key, int) and abs(key) < 2**32)
    return key if is_plain else Call(None, (key,))


def _check_notes(made: Any, state: Any) -> None:
    """Raise ``ValueError`` for any attributes but those that torch notes at a ``state_dict``, and nobody needs."""
    if not isinstance(made, dict) or not isinstance(state, dict) or not isinstance(state.get("_metadata", {}), dict):
        raise ValueError("no dictionary of a network has such notes")
