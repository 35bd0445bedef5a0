"""A filter of system calls (seccomp): no new process, no socket, no reach for other processes. Linux only.

The program is classic BPF as in https://docs.kernel.org/userspace-api/seccomp_filter.html. It refuses what a worker
never needs and Landlock does not hold; threads and memory, which torch needs, stay.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

from netcore.worker.landlock import forbid_new_privileges

_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_X32_BIT = 0x40000000
_CLONE_THREAD = 0x00010000
_SHARED_NAMELESS, _STACK = 0x21, 0x100
"""``MAP_SHARED | MAP_ANONYMOUS`` and ``MAP_GROWSDOWN``: memory that no limit counts."""
_SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX = 8, 10, 15
"""With these ``fcntl`` has the kernel signal another process."""

_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Column of the tables below, and what the kernel calls the machine (``linux/audit.h``)."""

# Name: number on x86-64, on aarch64; None where that has no such call.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # new processes and programs
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    # the network, and other ways to talk
    "socket": (41, 198),
    "socketpair": (53, 199),
    # memory, semaphores and queues of System V and POSIX, whose owner Landlock does not ask
    "shmget": (29, 194),
    "shmctl": (31, 195),
    "shmat": (30, 196),
    "shmdt": (67, 197),
    "semget": (64, 190),
    "semctl": (66, 191),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgctl": (71, 187),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183),
    "mq_notify": (244, 184),
    "mq_getsetattr": (245, 185),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    # whose a file is, who may use it and when it was changed, which Landlock leaves free
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "truncate": (76, 45),
    "getxattr": (191, 8),
    "lgetxattr": (192, 9),
    "fgetxattr": (193, 10),
    "listxattr": (194, 11),
    "llistxattr": (195, 12),
    "flistxattr": (196, 13),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "open_by_handle_at": (304, 265),
    # who makes, opens and removes what in a folder, which Landlock tells whoever knows its path
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
    # how fast others run: said of a whole user too
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    # the system itself: refused to whoever is not root, and to root here
    "mount": (165, 40),
    "umount2": (166, 39),
    "move_mount": (429, 429),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    # parts of the kernel with a long history of holes
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
}
# Name: numbers, and which argument says whom it is done to. Only to itself: 0, or its own number.
_ONLY_ITSELF: dict[str, tuple[int, int, int]] = {
    "kill": (62, 129, 0),
    "tgkill": (234, 131, 0),
    "prlimit64": (302, 261, 0),
    "sched_setaffinity": (203, 122, 0),
    "sched_setscheduler": (144, 119, 0),
    "sched_setparam": (142, 118, 0),
    "sched_setattr": (314, 274, 0),
}
_CLONE, _CLONE3, _MMAP, _FCNTL, _IOCTL = (56, 220), (435, 435), (9, 222), (72, 25), (16, 29)
_READ_LINK: tuple[tuple[int | None, int | None], ...] = ((89, None), (267, 78))
"""``readlink`` and ``readlinkat``: Landlock lets them tell where any link leads."""
_FIRST_UNKNOWN = 450
"""From here on the calls are younger than these tables, and have the same numbers everywhere."""


def has_seccomp() -> bool:
    """Whether this system filters system calls, on a machine whose numbers we know."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    # With no program the kernel answers EFAULT where it knows filters, EINVAL where it does not.
    return libc.prctl(_SET_SECCOMP, _MODE_FILTER, None, 0, 0) != 0 and ctypes.get_errno() == errno.EFAULT


def filter_calls(*, threads: bool) -> None:
    """From now on this thread and what it starts gets EPERM for every call of the tables. Cannot be taken back.

    Without ``threads`` it starts none any more. Raises ``OSError`` where the system refuses.
    """
    program = _program(*_MACHINES[platform.machine()], os.getpid(), threads)
    instructions = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]

    forbid_new_privileges()
    described = Program(len(program) // 8, ctypes.addressof(instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_SECCOMP, _MODE_FILTER, ctypes.byref(described), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def _program(column: int, machine: int, own: int, threads: bool) -> bytes:
    refuse = _step(_RETURN, _ERRNO | errno.EPERM)
    allow = _step(_RETURN, _ALLOW)
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_EQUAL, machine, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER_AT),
        _step(_AT_LEAST, _X32_BIT, 0, 1),
        refuse,
        _step(_AT_LEAST, _FIRST_UNKNOWN, 0, 1),
        _step(_RETURN, _ERRNO | errno.ENOSYS),
    ]
    for numbers in _REFUSED.values():
        number = numbers[column]
        if number is not None:
            steps += _when(number, refuse)
    # As of a path that is no link: whoever resolves paths goes on with the one that it has.
    for numbers in _READ_LINK:
        number = numbers[column]
        if number is not None:
            steps += _when(number, _step(_RETURN, _ERRNO | errno.EINVAL))
    # Without clone3, whose flags a filter cannot see, the C library makes its threads with clone.
    steps += _when(_CLONE3[column], _step(_RETURN, _ERRNO | errno.ENOSYS))
    # It changes a file's flags. What Python asks of a file this way it asks in another where the file is no terminal.
    steps += _when(_IOCTL[column], _step(_RETURN, _ERRNO | errno.ENOTTY))
    steps += _when(
        _CLONE[column], _load_argument(0), _step(_ANY_BIT, _CLONE_THREAD if threads else 0, 1, 0), refuse, allow
    )
    owners = [_step(_EQUAL, command, 0, 1) for command in (_SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX)]
    steps += _when(_FCNTL[column], _load_argument(1), *(part for owner in owners for part in (owner, refuse)), allow)
    steps += _when(
        _MMAP[column],
        _load_argument(3),
        _step(_ANY_BIT, _STACK, 2, 0),
        _step(_AND, _SHARED_NAMELESS),
        _step(_EQUAL, _SHARED_NAMELESS, 0, 1),
        refuse,
        allow,
    )
    for x86, arm, argument in _ONLY_ITSELF.values():
        steps += _when(
            (x86, arm)[column],
            _load_argument(argument),
            _step(_EQUAL, 0, 2, 0),
            _step(_EQUAL, own, 1, 0),
            refuse,
            allow,
        )
    return b"".join([*steps, allow])


def _when(number: int, *body: bytes) -> list[bytes]:
    """Instructions that do ``body``, which ends in a return, for the call of that number, and nothing for others."""
    return [_step(_EQUAL, number, 0, len(body)), *body]


def _load_argument(index: int) -> bytes:
    return _step(_LOAD, _ARGUMENTS_AT + 8 * index)  # the low half: both machines are little-endian


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
