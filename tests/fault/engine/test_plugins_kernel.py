"""What the kernel does to a process that was closed, with nothing of Python in between."""

import contextlib
import os
import platform
import select
import signal
import subprocess
import sys

import pytest

PROGRAM = """if True:
    import ctypes, os, sys
    from aurelius_engine.adapters import plugin_kernel_sandbox as sandbox
    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    library.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    library.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    page = library.mmap(None, 4096, 3, 0x22, -1, 0)
    class Time(ctypes.Structure):
        _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]
    now = Time()
    clock = lambda number: library.clock_gettime(number, ctypes.byref(now))
    sandbox.limit_resources(cpu_seconds=20, memory_bytes=1 << 30)
    sandbox.close_process(read_from=0, write_to=1)
    said = {statement}
    os.write(1, str(said).encode())
    os._exit(0)
"""

ENDED = {
    "open_a_file": "library.open(b'/etc/passwd', 0)",
    "socket": "library.socket(2, 1, 0)",
    "fork": "library.fork()",
    "program": "library.execve(b'/bin/true', None, None)",
    "signal_to_another": "library.kill(os.getppid(), 0)",
    "entropy": "library.getrandom(ctypes.c_void_p(page), 8, 0)",
    "read_of_another_file": "library.read(1, ctypes.c_void_p(page), 8)",
    "write_to_another_file": "library.write(0, b'x', 1)",
    "executable_memory": "library.mmap(None, 4096, 5, 0x22, -1, 0)",
    "memory_made_executable": "library.mprotect(page, 4096, 5)",
    "another_filter": "library.prctl(22, 1, 0, 0, 0)",
    "wait": "library.nanosleep(ctypes.byref(Time(0, 1)), None)",
    "trace": "library.ptrace(0, 0, 0, 0)",
}


def outcome(statement: str, program: str = PROGRAM) -> tuple[int, bytes]:
    done = subprocess.run(
        [sys.executable, "-c", program.replace("{statement}", statement)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("case", ENDED)
def test_a_call_that_computing_does_not_need_ends_the_process(case: str) -> None:
    assert outcome(ENDED[case]) == (-signal.SIGSYS, b"")


def test_memory_can_be_had_and_written() -> None:
    code, said = outcome("library.mmap(None, 4096, 3, 0x22, -1, 0) % 4096")

    assert (code, said) == (0, b"0")


@pytest.mark.parametrize("clock", [0, 1, 4, 5, 6, 7], ids=lambda number: f"clock_{number}")
def test_no_clock_tells_the_time(clock: int) -> None:
    code, said = outcome(f"(clock({clock}), now.seconds, now.nanoseconds)")

    assert code == 0
    assert said in (b"(-1, 0, 0)", b"(0, 0, 0)")


def test_the_second_of_the_day_is_always_the_first() -> None:
    # glibc reads it from the page of the kernel, or asks; there is an answer in neither.
    assert outcome("library.time(None)") in ((0, b"0"), (0, b"-1"))


# rdtsc; ret, and mrs x0, cntvct_el0; ret
COUNTERS = {"x86_64": "0f31c3", "aarch64": "40e03bd5c0035fd6"}


def test_the_counter_of_the_processor_ends_the_process() -> None:
    code = bytes.fromhex(COUNTERS[platform.machine()])
    brought = f"""page = library.mmap(None, 4096, 7, 0x22, -1, 0)
    ctypes.memmove(page, {code!r}, {len(code)})
    counter = ctypes.CFUNCTYPE(ctypes.c_ulong)(page)
    sandbox.limit"""
    ended, said = outcome("counter() > 0", PROGRAM.replace("sandbox.limit", brought))

    # Not every kernel of AArch64 can refuse it: docs/howto/write-a-plugin.md.
    allowed = {(-signal.SIGSEGV, b"")}
    if platform.machine() == "aarch64":
        allowed.add((0, b"True"))
    assert (ended, said) in allowed


def test_calls_by_the_table_of_another_width_end_the_process() -> None:
    assert outcome("library.syscall(0x40000000 + 39)") == (-signal.SIGSYS, b"")


PARENT = """if True:
    import subprocess, sys
    child = subprocess.Popen(
        [sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    child.stdout.read(1)
    print(child.pid, flush=True)
    sys.stdin.read()
"""
# It would end by itself after the 20 s of processor time that PROGRAM allows it.
LOOPS = PROGRAM.replace("{statement}", "(os.write(1, b'x'), all(n == 0 for n in iter(int, 1)))")


def test_a_closed_process_that_loops_ends_with_the_one_that_started_it() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, LOOPS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    child = os.pidfd_open(int(parent.stdout.readline()))
    try:
        parent.kill()
        parent.wait()
        ended, _, _ = select.select([child], [], [], 15)
        assert ended, "it goes on without anybody"
    finally:
        for stream in (parent.stdin, parent.stdout):
            assert stream is not None
            stream.close()
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(child, signal.SIGKILL)
        os.close(child)
