"""Take from this process what no decoder needs: the network, other programs, other processes.

By a filter of system calls (seccomp, Linux's Documentation/userspace-api/seccomp_filter.rst), which
holds for all threads and cannot be taken off: whoever takes a worker over by a photo finds these
calls refused. What files it may open, its user and its unit say.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import NamedTuple


class Machine(NamedTuple):
    """How Linux numbers system calls on a kind of processor, which `audit` names to filters."""

    audit: int
    seccomp: int
    refused: dict[str, int]


_SAME_EVERYWHERE = {
    "io_uring_setup": 425,  # would send what the filter does not see
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
}

MACHINES = {
    "x86_64": Machine(
        0xC000003E,
        317,
        _SAME_EVERYWHERE
        | {"socket": 41, "connect": 42, "accept": 43, "bind": 49, "listen": 50, "accept4": 288}
        | {"execve": 59, "execveat": 322, "kill": 62, "ptrace": 101}
        | {"process_vm_readv": 310, "process_vm_writev": 311, "mount": 165, "umount2": 166}
        | {"unshare": 272, "setns": 308, "add_key": 248, "request_key": 249, "keyctl": 250}
        | {"bpf": 321, "perf_event_open": 298, "userfaultfd": 323},
    ),
    "aarch64": Machine(
        0xC00000B7,
        277,
        _SAME_EVERYWHERE
        | {"socket": 198, "connect": 203, "accept": 202, "bind": 200, "listen": 201, "accept4": 242}
        | {"execve": 221, "execveat": 281, "kill": 129, "ptrace": 117}
        | {"process_vm_readv": 270, "process_vm_writev": 271, "mount": 40, "umount2": 39}
        | {"unshare": 97, "setns": 268, "add_key": 217, "request_key": 218, "keyctl": 219}
        | {"bpf": 280, "perf_event_open": 241, "userfaultfd": 282},
    ),
}
"""Linux's arch/x86/entry/syscalls/syscall_64.tbl, and include/uapi/asm-generic/unistd.h."""

_LOAD, _IS, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of classic BPF, on 32-bit words
_NUMBER, _PROCESSOR = 0, 4  # offsets in struct seccomp_data
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
_OTHER_ABI = 0x40000000  # x32, which numbers calls anew

_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_PR_SET_NO_NEW_PRIVS = 38


def confine() -> bool:
    """Refuse the calls from now on; return False where this machine or its kernel cannot."""
    machine = MACHINES.get(platform.machine())
    if machine is None:
        return False
    code = program(machine)
    libc = ctypes.CDLL(None)
    libc.prctl(*map(ctypes.c_ulong, (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
    buffer = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))  # struct sock_fprog
    call = map(ctypes.c_long, (machine.seccomp, _SET_MODE_FILTER, _ALL_THREADS))
    taken: int = libc.syscall(*call, described)
    if taken > 0:  # another thread has a filter of its own
        raise OSError(errno.ESRCH, os.strerror(errno.ESRCH))
    return taken == 0


def program(machine: Machine) -> bytes:
    """Return the filter: what is refused, by number, and by itself whatever another ABI calls."""
    refused = sorted(machine.refused.values())
    steps = [
        (_LOAD, 0, 0, _PROCESSOR),
        (_IS, 1, 0, machine.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, len(refused) + 1, 0, _OTHER_ABI),
        *((_IS, len(refused) - place, 0, number) for place, number in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
