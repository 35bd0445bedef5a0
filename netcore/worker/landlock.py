"""Landlock by its three system calls: which files, TCP ports and signals this process still reaches. Linux only.

Numbers and structures are those of the kernel's ``include/uapi/linux/landlock.h``; the order of the calls is that of
https://docs.kernel.org/userspace-api/landlock.html. Knows nothing of which files a worker needs.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1
_SET_NO_NEW_PRIVILEGES = 38

_WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 1, 1 << 2, 1 << 3
_REMOVE_FILE, _MAKE_FILE = 1 << 5, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many file rights the versions of Landlock know: each newer one can refuse more."""
_OF_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE
_READ = _READ_FILE | _READ_FOLDER
# Only plain files, and none in a new folder: what is left behind is easy to look at and to remove.
_WRITE = _READ | _WRITE_FILE | _REMOVE_FILE | _MAKE_FILE | _REFER | _TRUNCATE


def landlock_version() -> int:
    """The version (ABI) of Landlock that this system offers, 0 where it has none."""
    if sys.platform != "linux":
        return 0
    return max(0, _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))


def restrict(readable: Iterable[Path], changeable: Iterable[Path]) -> None:
    """From now on this thread and what it starts reads only what is beneath ``readable`` and ``changeable``.

    In ``changeable`` folders it writes, makes and removes plain files; it executes nothing, reaches no TCP port and
    signals nobody outside. Paths that do not exist are passed over. Cannot be taken back. Raises ``OSError`` where the
    system refuses.
    """
    version = landlock_version()
    handled = (1 << max(count for since, count in _RIGHTS_BY_VERSION.items() if since <= version)) - 1
    attributes = [handled]
    if version >= 4:
        attributes.append(0b11)  # TCP: bind and connect
    if version >= 6:
        attributes.append(0b11)  # abstract sockets and signals
    packed = struct.pack(f"={len(attributes)}Q", *attributes)
    ruleset = _call(_CREATE_RULESET, packed, ctypes.c_size_t(len(packed)), 0)
    try:
        for path in readable:
            _allow(ruleset, path, _READ & handled)
        for path in changeable:
            _allow(ruleset, path, _WRITE & handled)
        forbid_new_privileges()
        _call(_RESTRICT_SELF, ctypes.c_int(ruleset), 0)
    finally:
        os.close(ruleset)


def forbid_new_privileges() -> None:
    """Let no program that this process starts have more rights than it has; asked for by Landlock and seccomp."""
    if _libc().prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            rights &= _OF_FILES
        _call(_ADD_RULE, ctypes.c_int(ruleset), _RULE_PATH_BENEATH, struct.pack("=Qi", rights, beneath), 0)
    finally:
        os.close(beneath)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc().syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock")
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
