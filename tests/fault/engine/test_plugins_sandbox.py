"""What a plug-in may not do, and what becomes of runs whose plug-in misbehaves."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aurelius_engine.adapters import plugin_kernel_sandbox
from aurelius_engine.application.errors import (
    PluginFailed,
    PluginForbidden,
    PluginSandboxMissing,
    PluginTimeout,
)
from aurelius_engine.application.plugins import PluginLimits
from aurelius_engine.domain.errors import RunCancelled
from tests.contract.engine.plugin_installing import install, panel, signals_of, walk

__all__ = ["install"]
Install = Callable[..., None]
BARS = panel(walk(4))
KERNEL = "a system call outside of those that computing needs"

# Each expression, and the call that the refusal names.
FORBIDDEN = {
    "clock": ("__import__('time').time()", "time.time"),
    "sleep": ("__import__('time').sleep(9)", "time.sleep"),
    "clock_of_dates": ("__import__('datetime').datetime.now()", "datetime.datetime.now"),
    "today": ("__import__('datetime').date.today()", "datetime.date.today"),
    "file": ("open('/etc/passwd')", "open"),
    "file_of_the_system": ("__import__('os').listdir('/')", "os.listdir"),
    "own_process": ("__import__('pathlib').Path('/proc/self/maps').read_text()", "pathlib.Path"),
    "file_of_numpy": ("np.fromfile('/etc/passwd')", "open"),
    "environment": ("__import__('os').environ['HOME']", "os.environ"),
    "entropy": ("__import__('os').urandom(8)", "os.urandom"),
    "network": ("__import__('socket').socket()", "socket.socket"),
    "program": ("__import__('subprocess').run(['true'])", "subprocess.run"),
    "fork": ("__import__('os').fork()", "os.fork"),
    "thread": ("__import__('threading').Thread(target=print).start()", "threading.Thread"),
    "native_code": ("__import__('ctypes').CDLL(None)", "import ctypes"),
    "other_package": ("__import__('pyarrow')", "import pyarrow"),
    "engine": ("__import__('aurelius_engine.adapters.plugin_worker')", "import aurelius_engine"),
    "unseeded_random": ("__import__('random').random()", "random.random"),
    "unseeded_generator": ("__import__('random').Random()", "random.Random() without a seed"),
    "unseeded_numpy": ("np.random.standard_normal()", "numpy.random.standard_normal"),
    "unseeded_rng": ("np.random.default_rng()", "numpy.random.default_rng() without a seed"),
    "unseeded_bits": ("np.random.Philox(seed=None)", "numpy.random.Philox() without a seed"),
    "legacy_numpy": ("np.random.RandomState(3)", "numpy.random.RandomState"),
    "uuid": ("__import__('uuid').uuid4()", "uuid.uuid4"),
    "secrets": ("__import__('secrets').token_hex()", "secrets.token_hex"),
    "address": ("id(object())", "id"),
    "output": ("print('here')", "print"),
    "input": ("input()", "input"),
    "input_stream": ("__import__('sys').stdin.read()", "sys.stdin"),
    "frames": ("__import__('sys')._current_frames()", "sys._current_frames"),
    "collector": ("__import__('gc').get_objects()", "gc.get_objects"),
}

# The same by way of what NumPy or the interpreter holds, where no name was replaced.
BEHIND_THE_NAMES = {
    "file": ("real('os').open('/etc/passwd', 0)", "open '/etc/passwd'"),
    "list": ("real('os').listdir('/')", "os.listdir '/'"),
    "program": ("real('os').system('true')", "os.system"),
    "exec": ("real('os').execv('/bin/true', ['true'])", "os.exec"),
    "kill": ("real('os').kill(1, 0)", "os.kill"),
    "fork": ("real('os').fork()", "os.fork"),
    "sleep": ("real('time').sleep(9)", "a system call, which the kernel refused"),
    "stat": ("real('os').stat('/')", KERNEL),
    "entropy": ("real('os').urandom(8)", KERNEL),
    "process_id": ("real('os').getpid()", KERNEL),
    "other_pipe": ("real('os').read(2, 1)", KERNEL),
    "entropy_of_numpy": ("np.random.mtrand.RandomState()", KERNEL),
    "native_code": ("real('ctypes').CDLL(None)", "ctypes.dlopen"),
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_a_forbidden_call_is_refused_by_its_name(case: str, install: Install) -> None:
    expression, call = FORBIDDEN[case]
    install(f"import numpy as np\ndef decide(bars):\n    {expression}\n    return [1.0, 1.0]\n")

    with pytest.raises(PluginForbidden) as refusal:
        signals_of(BARS)

    assert str(refusal.value.facts["found"]).startswith(call)
    assert "(written_plugin.py, line 3)" in str(refusal.value)


@pytest.mark.parametrize("case", BEHIND_THE_NAMES)
def test_a_way_around_the_names_is_refused_all_the_same(case: str, install: Install) -> None:
    expression, call = BEHIND_THE_NAMES[case]
    install(f"""
        import dataclasses
        import numpy as np
        modules = dataclasses.sys.modules
        def real(name):
            return modules[name]
        def decide(bars):
            {expression}
            return [1.0, 1.0]
    """)

    with pytest.raises(PluginForbidden) as refusal:
        signals_of(BARS)

    assert str(refusal.value.facts["found"]).startswith(call)


def test_no_clock_is_behind_the_names_either(install: Install) -> None:
    install("""
        import dataclasses
        import numpy as np
        time = dataclasses.sys.modules["time"]
        def decide(bars):
            try:
                time.time()
            except PermissionError:
                return [float(np.datetime64("now").astype(int)), 1.0]
            return [2.0, 2.0]
    """)

    found = signals_of(BARS)

    assert np.array_equal(found, np.tile([0.0, 1.0], (4, 1)))


def test_a_refusal_that_the_plugin_catches_still_ends_the_run(install: Install) -> None:
    install("""
        import time
        def decide(bars):
            try:
                time.time()
            except BaseException:
                pass
            __loader__.violation = ""
            return [1.0, 1.0]
    """)

    with pytest.raises(PluginForbidden, match=r"time\.time \(written_plugin\.py, line 5\)"):
        signals_of(BARS)


FORGED = {
    "infinite": ("b'N', 16", "struct.pack('<2d', 1.0, float('inf'))", "an infinite signal"),
    "too_few": ("b'N', 8", "struct.pack('<d', 1.0)", "answered 8 bytes, allowed 16"),
    "no_signals": ("b'N', 0", "b''", "answered 0 bytes, allowed 16"),
    "uneven": ("b'N', 17", "bytes(17)", "answered 17 bytes, allowed 16"),
    "without_end": ("b'F', 2**32 - 1", "b'x'", "answered 4294967295 bytes"),
    "of_no_kind": ("b'R', 0", "b''", "failed"),
}


@pytest.mark.parametrize("case", FORGED)
def test_an_answer_that_the_process_did_not_check_is_refused(case: str, install: Install) -> None:
    head, body, message = FORGED[case]
    install(f"""
        import dataclasses, struct
        os = dataclasses.sys.modules["os"]
        def decide(bars):
            os.write(1, struct.pack("<cI", {head}) + {body})
            return [1.0, 1.0]
    """)

    with pytest.raises(PluginFailed, match=message):
        signals_of(BARS)


def test_a_zero_has_no_sign_whoever_answers_it(install: Install) -> None:
    install("""
        import dataclasses, struct
        os = dataclasses.sys.modules["os"]
        def decide(bars):
            if bars.step == 0:
                os.write(1, struct.pack("<cI2d", b"N", 16, -0.0, float("nan")))
            return [1.0, 1.0]
    """)

    first = signals_of(BARS)[0]

    assert not np.signbit(first[0])
    assert np.isnan(first[1])


def test_what_a_plugin_does_when_it_is_imported_is_refused_too(install: Install) -> None:
    install("from os import environ\ndef decide(bars): return [1.0, 1.0]\n")

    with pytest.raises(PluginForbidden, match=r"os\.environ \(written_plugin\.py, line 1\)"):
        signals_of(BARS)


FAILING = {
    "raises": ("raise KeyError('weights')", r"KeyError: 'weights' \(written_plugin.py, line 3\)"),
    "too_few": ("return [1.0]", r"shape \(1,\), allowed \(2,\)"),
    "infinite": ("return [1.0, float('inf')]", "infinite"),
    "no_number": ("return ['up', 'down']", "ValueError"),
    "text": ("return ['1', '2']", "text"),
    "nothing": ("return None", r"shape \(\)"),
    "exits": ("raise SystemExit(0)", "SystemExit"),
    "too_deep": ("return decide(bars)", "RecursionError"),
    "too_large": ("np.ones(10**10)", "MemoryError"),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_failing_plugin_fails_the_run_with_its_message(case: str, install: Install) -> None:
    statement, message = FAILING[case]
    install(f"import numpy as np\ndef decide(bars):\n    {statement}\n")

    with pytest.raises(PluginFailed, match=message):
        signals_of(BARS)


def test_a_crash_of_native_code_fails_the_run_and_nothing_else(install: Install) -> None:
    install("""
        import numpy as np
        def decide(bars):
            far = np.lib.stride_tricks.as_strided(np.ones(1), (2,), (1 << 44,))
            return [far[1], 1.0]
    """)

    with pytest.raises(PluginFailed, match="SIGSEGV"):
        signals_of(BARS)


def test_a_source_that_does_not_compile_fails_the_run(install: Install) -> None:
    install("def decide(bars) return [1.0]\n")

    with pytest.raises(PluginFailed, match="SyntaxError"):
        signals_of(BARS)


def test_an_entry_point_of_nothing_fails_the_run(install: Install) -> None:
    install("x = 1\n", entry="written_plugin:absent")

    with pytest.raises(PluginFailed, match="absent"):
        signals_of(BARS)


def test_a_plugin_that_computes_without_end_is_ended(install: Install) -> None:
    install("def decide(bars):\n    while True: pass\n")

    with pytest.raises(PluginTimeout, match="1 s of processor time"):
        signals_of(BARS, limits=PluginLimits(cpu_max_seconds=1))


def test_a_plugin_that_does_not_answer_is_ended(install: Install) -> None:
    install("def decide(bars):\n    while True: pass\n")

    with pytest.raises(PluginTimeout, match=r"no answer within 0\.6 s"):
        signals_of(BARS, limits=PluginLimits(reply_max_seconds=0.6))


def processes() -> list[str]:
    """Returns the processes of plug-ins that this one has, by their command lines."""
    tasks = Path("/proc/self/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    lines = [Path(f"/proc/{child}/cmdline").read_text() for child in children]
    return [line for line in lines if "plugin_worker" in line]


def test_a_cancelled_run_ends_its_plugin_in_the_middle_of_a_step(install: Install) -> None:
    install("def decide(bars):\n    while True: pass\n")
    seen: list[int] = []

    def after_a_while() -> bool:
        seen.append(len(processes()))
        return len(seen) > 12

    with pytest.raises(RunCancelled):
        signals_of(BARS, limits=PluginLimits(), should_stop=after_a_while)

    assert seen[-1] == 1
    assert processes() == []


def test_a_machine_without_the_sandbox_runs_no_plugin(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("def decide(bars): return [1.0, 1.0]")
    monkeypatch.setattr(plugin_kernel_sandbox.sys, "platform", "darwin")

    with pytest.raises(PluginSandboxMissing, match="Linux; this is darwin"):
        signals_of(BARS)


def test_a_kernel_that_refuses_a_limit_runs_no_plugin(install: Install) -> None:
    install("def decide(bars): return [1.0, 1.0]")
    limits = replace(PluginLimits(), memory_max_bytes=1 << 64)

    with pytest.raises(PluginSandboxMissing):
        signals_of(BARS, limits=limits)
