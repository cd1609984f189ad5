"""What the kernel of Linux takes from a process that is to run a plug-in.

After `close_process` a system call outside of the list ends the process with SIGSYS. Clocks
can be read without one, from pages of the kernel: those are replaced by zeros, by which
the library asks the kernel after all, and is refused. The counter of the processor, which
those pages only scale, ends the process where the kernel can have it so.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_SET_TSC, _TSC_SIGSEGV = 26, 2
_PR_SET_NO_NEW_PRIVS, _PR_SET_DUMPABLE = 38, 4
_KILL_PROCESS, _ALLOW, _NOT_PERMITTED = 0x80000000, 0x7FFF0000, 0x00050001
_LOAD_WORD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_PROT_READ, _PROT_EXEC, _MAP_PRIVATE_FIXED_ANONYMOUS = 1, 4, 0x32
_X32_BIT = 0x40000000
# Memory, locks of a single thread, the end: what computing needs. From the kernel's tables.
_CALLS = {
    "x86_64": {"architecture": 0xC000003E, "read": 0, "write": 1, "mmap": 9, "mprotect": 10},
    "aarch64": {"architecture": 0xC00000B7, "read": 63, "write": 64, "mmap": 222, "mprotect": 226},
}
# Python asks for the time whenever it takes a lock, BLAS where its memory is: both go on
# without an answer. Clocks, mbind, get_mempolicy, getcpu, sched_getaffinity.
_UNANSWERED = {
    "x86_64": (96, 201, 204, 228, 237, 239, 309),
    "aarch64": (113, 123, 168, 169, 235, 236),
}
_COMPUTING = {
    "x86_64": (11, 12, 14, 15, 24, 25, 28, 60, 131, 202, 219, 231),
    "aarch64": (93, 94, 98, 124, 128, 132, 135, 139, 214, 215, 216, 233),
}


def missing() -> str:
    """Returns what this machine lacks for the sandbox; nothing if it has all."""
    if sys.platform != "linux":
        return f"Linux; this is {sys.platform}"
    if platform.machine() not in _CALLS:
        return f"one of {', '.join(_CALLS)}; this is {platform.machine()}"
    return ""


def limit_resources(*, cpu_seconds: int, memory_bytes: int) -> None:
    """Limits the process. At the limit of CPU time the kernel ends it with SIGXCPU."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(limit, (0, 0))


def close_process(*, read_from: int, write_to: int) -> None:
    """Leaves the process its memory, its processor and two open files.

    Args:
        read_from: The one file descriptor that can be read.
        write_to: The one that can be written.

    Raises:
        OSError: The kernel refused a step.
    """
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    library.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    library.mmap.restype = ctypes.c_void_p
    program = ctypes.create_string_buffer(_program(read_from, write_to))
    clocks = _clock_pages()
    os.closerange(max(read_from, write_to) + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    # A plug-in that loops for ever reads no pipe, so it would outlive a killed engine.
    _checked(library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")
    _checked(library.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "PR_SET_DUMPABLE")
    _checked(library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")
    for first, size in clocks:
        there = library.mmap(first, size, _PROT_READ, _MAP_PRIVATE_FIXED_ANONYMOUS, -1, 0)
        _checked(0 if there == first else -1, "zeros for the clock's pages")
    _close_counter(library)
    header = _FilterHeader(len(program.raw) // 8, ctypes.addressof(program))
    _checked(
        library.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header), 0, 0),
        "PR_SET_SECCOMP",
    )


class _FilterHeader(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _checked(result: int, step: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")


def _close_counter(library: ctypes.CDLL) -> None:
    """Makes reading the counter of the processor raise SIGSEGV; kernels of AArch64 may not."""
    result = library.prctl(_PR_SET_TSC, _TSC_SIGSEGV, 0, 0, 0)
    if platform.machine() == "x86_64" or ctypes.get_errno() != errno.EINVAL:
        _checked(result, "PR_SET_TSC")


def _clock_pages() -> list[tuple[int, int]]:
    """Returns where the kernel shows this process its clocks, as addresses and sizes."""
    found = []
    with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
        for line in maps:
            if "[vvar" in line:
                first, last = (int(part, 16) for part in line.split(maxsplit=1)[0].split("-"))
                found.append((first, last - first))
    return found


def _program(read_from: int, write_to: int) -> bytes:
    """Returns the filter in classic BPF: seccomp(2)."""
    machine = platform.machine()
    calls, unanswered, other = _CALLS[machine], _UNANSWERED[machine], _COMPUTING[machine]
    steps = [
        (_LOAD_WORD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_EQUAL, 1, 0, calls["architecture"]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD_WORD, 0, 0, _NUMBER_AT),
        (_JUMP_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL_PROCESS),
    ]
    for number, descriptor in ((calls["read"], read_from), (calls["write"], write_to)):
        # Only with this file: the kernel reads the lower word of the descriptor.
        steps += [
            (_JUMP_EQUAL, 0, 4, number),
            (_LOAD_WORD, 0, 0, _FIRST_ARGUMENT_AT),
            (_JUMP_EQUAL, 0, 1, descriptor),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _KILL_PROCESS),
        ]
    for number in (calls["mmap"], calls["mprotect"]):
        # Memory whose bytes can be executed is how native code would be brought along.
        steps += [
            (_JUMP_EQUAL, 0, 4, number),
            (_LOAD_WORD, 0, 0, _FIRST_ARGUMENT_AT + 16),
            (_JUMP_ANY_BIT, 1, 0, _PROT_EXEC),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _KILL_PROCESS),
        ]
    for number in unanswered:
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _NOT_PERMITTED)]
    for number in other:
        steps += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    steps.append((_RETURN, 0, 0, _KILL_PROCESS))
    return b"".join(struct.pack("HBBI", *step) for step in steps)
