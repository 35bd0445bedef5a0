"""A static look at a file that torch.save may have written. Unpickles nothing, and does without torch.

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

from netcore.data.decoding import identify
from netcore.data.unfolding import unfolded_size
from netcore.errors import CheckpointError

OUTSIDE_NAME = "The file"
OUTSIDE_CURE = (
    "Choose a checkpoint or a state_dict that this program, torch.save or safetensors has written, and copy it whole."
)

_SEAL_BYTES = 64
_END_BYTES = 22
_END = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_MAX_MEMBERS = 2000
_MAX_PICKLE_BYTES = 4 * 1024**2
_MAX_OPCODES = 200_000
_MAX_DEPTH = 50
_PICKLE = "data.pkl"
_MEMBER = re.compile(
    r"([^/\\]+)/(data\.pkl|data/[0-9]+|version|byteorder|\.data/serialization_id|\.format_version|\.storage_alignment)"
)

_STORAGES = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
_NAMES = frozenset(
    {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        "torch._utils _rebuild_parameter",
        *(f"torch {kind}Storage" for kind in _STORAGES),
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
    try:
        _check_archive(data)
    except _Refusal as refusal:
        raise CheckpointError("{name} " + refusal.ending, cure, name=name, **refusal.values) from refusal
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError, zlib.error) as error:
        raise CheckpointError("{name} is damaged or cut off.", cure, name=name) from error


def repack(data: bytes) -> bytes:
    """An archive of the members of ``data``, which was checked, and of nothing else.

    Two readers of a zip may disagree about what is in it; who loads what this returns sees what was looked at.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for member in source.infolist():
            target.writestr(member.filename, source.read(member))
    return buffer.getvalue()


class _Refusal(Exception):  # noqa: N818 - the end of a sentence, for who knows its beginning
    def __init__(self, ending: str, **values: object) -> None:
        super().__init__(ending)
        self.ending, self.values = ending, values


def _check_archive(data: bytes) -> None:
    if not data:
        raise _Refusal("is empty.")
    if not data.startswith(b"PK\x03\x04"):
        raise _Refusal("is {kind}, and no checkpoint.", kind=identify(data))
    if data.count(_ENTRY) > _MAX_MEMBERS:
        raise _Refusal("has more than {most:,} parts, and no checkpoint needs them.", most=_MAX_MEMBERS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        pickle = _check_layout(data, archive)
        if pickle.file_size > _MAX_PICKLE_BYTES:
            raise _too_much()
        if archive.testzip():
            raise zipfile.BadZipFile
        _check_pickle(archive.read(pickle))


def _check_layout(data: bytes, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """The part that holds the pickle, once the layout is one that ``torch.save`` makes."""
    if data.rfind(_END) != len(data) - _END_BYTES - len(archive.comment):
        raise _Refusal("has bytes behind its end.")
    if any(archive.infolist()) and min(member.header_offset for member in archive.infolist()) > 0:
        raise _Refusal("has bytes before its beginning.")
    if len(archive.comment) == _SEAL_BYTES and not is_sealed(data):
        raise zipfile.BadZipFile
    members, roots = {}, set()
    for member in archive.infolist():
        match = _MEMBER.fullmatch(member.filename)
        if not match or match[2] in members:
            raise _Refusal("holds {part}, which no checkpoint does.", part=member.filename[:40])
        if member.compress_type != zipfile.ZIP_STORED:
            raise _Refusal("is compressed, and torch.save compresses nothing.")
        members[match[2]] = member
        roots.add(match[1])
    if _PICKLE not in members or len(roots) != 1:
        raise _Refusal("is a ZIP archive, and no checkpoint.")
    if sum(member.file_size for member in members.values()) > len(data):
        raise _Refusal("says that it holds more bytes than it has.")
    return members[_PICKLE]


def _check_pickle(pickle: bytes) -> None:
    depth = 0
    for number, (opcode, argument, _) in enumerate(pickletools.genops(pickle)):
        if opcode.name == "GLOBAL" and argument not in _NAMES:
            raise _foreign(str(argument).replace(" ", "."))
        if opcode.name not in _OPCODES or (opcode.name == "PROTO" and argument != 2):
            raise _foreign(f"pickle's {opcode.name}")
        depth += (opcode.name == "MARK") - (opcode.name in _CLOSING)
        if depth > _MAX_DEPTH or number >= _MAX_OPCODES:
            raise _too_much()
    if unfolded_size(pickle, _MAX_PICKLE_BYTES) > _MAX_PICKLE_BYTES:
        raise _too_much()


def _foreign(wish: str) -> _Refusal:
    return _Refusal("asks for {wish}, which no checkpoint needs. Nothing of it was run.", wish=wish[:60])


def _too_much() -> _Refusal:
    return _Refusal("holds far more than a training's four entries, or nests them too deeply.")
