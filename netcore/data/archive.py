"""A static look at an archive that torch.save may have written. Unpickles nothing, and does without torch.

``torch.load`` with ``weights_only=True`` runs no foreign code, but a file of 400 bytes makes it take 2 GB (a
``bytearray``), or hands out whatever memory held before (``torch.FloatTensor``), and it sees neither a flipped bit nor
bytes behind the end. So a file is first held against what ``torch.save`` writes of a ``state_dict`` and plain values:
the layout of its zip archive, and the few opcodes and names of its pickle.
"""

from __future__ import annotations

import hashlib
import io
import pickletools
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from netcore.data.photo_kinds import identify
from netcore.data.pickled import MAX_OPCODES, TooMuchError, read_pickle
from netcore.errors import CheckpointError

OUTSIDE_NAME = "The file"
OUTSIDE_CURE = "Copy it whole, or choose another checkpoint or state_dict, as torch.save or safetensors write it."

MAX_PICKLE_BYTES = 4 * 1024**2
"""Of a pickle, and of the values and characters that it unfolds to."""
PICKLE = "data.pkl"
STORAGES = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")

_SEAL_BYTES = 64
_END_BYTES = 22
_END = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_MAX_MEMBERS = 2000
_MAX_MARKS = 50
_MEMBER = re.compile(
    r"([^/\\]+)/(data\.pkl|data/[0-9]+|version|byteorder|\.data/serialization_id|\.format_version|\.storage_alignment)"
)

_NAMES = frozenset(
    {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        "torch._utils _rebuild_parameter",
        *(f"torch {kind}Storage" for kind in STORAGES),
    }
)
# All that pickle protocol 2 uses for dictionaries, lists, tuples, plain values, the names above, and storages.
_OPCODES = frozenset(
    {
        *("PROTO", "STOP", "MARK", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"),
        *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE"),
        *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS"),
        *("EMPTY_DICT", "SETITEM", "SETITEMS", "GLOBAL", "REDUCE", "BUILD", "BINPERSID"),
    }
)
_CLOSING = frozenset({"TUPLE", "APPENDS", "SETITEMS"})


class Refusal(Exception):  # noqa: N818 - the end of a sentence, for who knows its beginning
    """Why a file is refused: how the sentence about it ends, and a cure where it is another than the reader's own."""

    def __init__(self, ending: str, cure: str = "", **values: object) -> None:
        super().__init__(ending)
        self.ending, self.cure, self.values = ending, cure, values


def seal(archive: bytes) -> bytes:
    """The zip archive with the SHA-256 of all its bytes in its comment, which every zip reader passes over."""
    # A zip ends with the length of its comment (two bytes, none so far) and the comment.
    body = archive[:-2] + _SEAL_BYTES.to_bytes(2, "little")
    return body + hashlib.sha256(body).hexdigest().encode()


def is_sealed(data: bytes) -> bool:
    """Whether ``data`` ends in the SHA-256 of all that comes before."""
    return hashlib.sha256(data[:-_SEAL_BYTES]).hexdigest().encode() == data[-_SEAL_BYTES:]


def is_safetensors(data: bytes) -> bool:
    """Whether ``data`` begins as safetensors does: the length of a JSON header, and the header."""
    return data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8


def check_archive(data: bytes, name: str, cure: str) -> None:
    """Raise ``CheckpointError`` where ``data`` is anything but an archive of tensors and plain values.

    It says what is wrong with ``name`` and tells the ``cure``.
    """
    with refusals_about(name, cure):
        if not data:
            raise Refusal("is empty.")
        if not data.startswith(b"PK\x03\x04"):
            raise Refusal("is {kind}, and no checkpoint.", kind=identify(data))
        with open_archive(data) as archive:
            _check_pickle(archive.read(check_layout(data, archive)[PICKLE]))


@contextmanager
def refusals_about(name: str, cure: str) -> Iterator[None]:
    """Raise what is found wrong inside as a ``CheckpointError`` about ``name``."""
    try:
        yield
    except Refusal as refusal:
        raise CheckpointError(
            "{name} " + refusal.ending, refusal.cure or cure, name=name, **refusal.values
        ) from refusal
    except TooMuchError as error:
        what = "{name} holds far more than a training's four entries, or nests them too deeply."
        raise CheckpointError(what, cure, name=name) from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError, zlib.error) as error:
        raise CheckpointError("{name} is damaged or cut off.", cure, name=name) from error


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The zip archive in ``data``. Raises ``Refusal`` where it would take long to list, or what zipfile raises."""
    if data.count(_ENTRY) > _MAX_MEMBERS:
        raise Refusal("has more than {most:,} parts, and no checkpoint needs them.", most=_MAX_MEMBERS)
    return zipfile.ZipFile(io.BytesIO(data))


def check_layout(data: bytes, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The parts by their names inside the root, once the layout is one that ``torch.save`` makes, and all are whole.

    Raises ``Refusal``, or what zipfile raises.
    """
    if data.rfind(_END) != len(data) - _END_BYTES - len(archive.comment):
        raise Refusal("has bytes behind its end.")
    if any(archive.infolist()) and min(member.header_offset for member in archive.infolist()) > 0:
        raise Refusal("has bytes before its beginning.")
    if len(archive.comment) == _SEAL_BYTES and not is_sealed(data):
        raise zipfile.BadZipFile
    members = _named(archive)
    if sum(member.file_size for member in members.values()) > len(data):
        raise Refusal("says that it holds more bytes than it has.")
    if members[PICKLE].file_size > MAX_PICKLE_BYTES:
        raise TooMuchError
    if archive.testzip():
        raise zipfile.BadZipFile
    return members


def _named(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members, roots = {}, set()
    for member in archive.infolist():
        match = _MEMBER.fullmatch(member.filename)
        if not match or match[2] in members:
            raise Refusal("holds {part}, which no checkpoint does.", part=member.filename[:40])
        if member.compress_type != zipfile.ZIP_STORED:
            raise Refusal("is compressed, and torch.save compresses nothing.")
        members[match[2]] = member
        roots.add(match[1])
    if PICKLE not in members or len(roots) != 1:
        raise Refusal("is a ZIP archive, and no checkpoint.")
    return members


def _check_pickle(pickle: bytes) -> None:
    marks = 0
    for number, (opcode, argument, _) in enumerate(pickletools.genops(pickle)):
        if opcode.name == "GLOBAL" and argument not in _NAMES:
            raise foreign(str(argument).replace(" ", "."))
        if opcode.name not in _OPCODES or (opcode.name == "PROTO" and argument != 2):
            raise foreign(f"pickle's {opcode.name}")
        marks += (opcode.name == "MARK") - (opcode.name in _CLOSING)
        if marks > _MAX_MARKS or number >= MAX_OPCODES:
            raise TooMuchError
    read_pickle(pickle, MAX_PICKLE_BYTES)


def foreign(wish: str, cure: str = "") -> Refusal:
    """What is said of a pickle that asks for anything but tensors and plain values."""
    return Refusal("asks for {wish}, which no checkpoint needs. Nothing of it was run.", cure, wish=wish[:60])
