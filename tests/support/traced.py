"""Run a function in a forked process that is stopped before and after each of its system calls.

ptrace(2) by ctypes, on Linux alone; the calls' numbers differ by machine, what is done here does
not. PTRACE_GET_SYSCALL_INFO wants Linux 5.3.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import traceback
from collections.abc import Callable

_TRACEME, _SYSCALL, _SETOPTIONS, _GET_SYSCALL_INFO = 0, 24, 0x4200, 0x420E
_SYSGOOD, _EXITKILL = 1, 1 << 20
_SYSCALL_STOP = signal.SIGTRAP | 0x80
_ENTRY = 1

NAMES = {
    "x86_64": {0: "read", 1: "write", 74: "fsync", 82: "rename", 87: "unlink", 263: "unlinkat",
               257: "openat", 264: "rename", 316: "rename", 91: "fchmod", 93: "fchown",
               190: "fsetxattr", 280: "utimensat"},
    "aarch64": {63: "read", 64: "write", 82: "fsync", 38: "rename", 276: "rename", 35: "unlinkat",
                56: "openat", 52: "fchmod", 55: "fchown", 7: "fsetxattr", 88: "utimensat"},
}[platform.machine()]  # fmt: skip
"""The calls that are of interest here, by number; the others are called by it."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


def trace(call: Callable[[], object], kill_at: int | None = None) -> tuple[list[str], bool]:
    """Run `call` in a child; return the calls it began, and whether it came to its end.

    At boundary number `kill_at`, counted from 0, even before a call and odd after it, the child is
    killed.
    """
    pid = os.fork()
    if pid == 0:
        _be_child(call)
    os.waitpid(pid, 0)  # it stopped itself
    _ptrace(_SETOPTIONS, pid, _SYSGOOD | _EXITKILL)
    begun: list[str] = []
    boundary = 0
    while True:
        _ptrace(_SYSCALL, pid, 0)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            return begun, os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
        if os.WSTOPSIG(status) != _SYSCALL_STOP:
            continue
        if boundary == kill_at:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return begun, False
        if boundary % 2 == 0:
            begun.append(_name(pid))
        boundary += 1


def _be_child(call: Callable[[], object]) -> None:
    status = 1
    try:
        _ptrace(_TRACEME, 0, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        call()
        status = 0
    finally:
        if status:
            traceback.print_exc()
        os._exit(status)


def _ptrace(request: int, pid: int, data: int) -> None:
    if _libc.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _name(pid: int) -> str:
    info = ctypes.create_string_buffer(88)
    if _libc.ptrace(_GET_SYSCALL_INFO, pid, len(info), ctypes.addressof(info)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    kind, number = struct.unpack_from("=B23xQ", info.raw)
    assert kind == _ENTRY, "boundaries were miscounted"
    return NAMES.get(number, str(number))
