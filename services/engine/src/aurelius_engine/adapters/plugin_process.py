"""Plug-ins in processes of their own, one a run, that see a step when it has come."""

import base64
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from aurelius_engine.adapters import plugin_kernel_sandbox, plugin_worker
from aurelius_engine.adapters.plugin_sources import PluginSource, installed_source
from aurelius_engine.application.errors import (
    PluginFailed,
    PluginForbidden,
    PluginMismatch,
    PluginSandboxMissing,
    PluginTimeout,
)
from aurelius_engine.application.plugins import Floats, PluginLimits
from aurelius_engine.domain.errors import EngineError, LookbackTooLong, RunCancelled
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.plugin_api import ACTION_COLUMNS, BAR_COLUMNS

_ASKED_EVERY_MILLISECONDS = 50
_READ_MAX_BYTES = 1 << 20
_ALLOWED = "what docs/howto/write-a-plugin.md allows"
# No thread of BLAS, one order of hashes, and nothing of the engine's own environment.
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class ProcessPlugins:
    """Runs the plug-ins that are installed beside this engine."""

    def __init__(self, limits: PluginLimits = PluginLimits()) -> None:  # noqa: B008
        """Takes what one run may use."""
        self._limits = limits

    def source_digest(self, name: str, asked: str = "") -> str:
        """Returns the digest of an installed source; application/plugins.py."""
        return _source(name, asked).digest

    def signals(
        self, spec: BacktestSpec, panel: Panel, *, seed: int, should_stop: Callable[[], bool]
    ) -> Floats:
        """Returns the signals of a plug-in; application/plugins.py."""
        strategy = spec.strategy
        name, warm_up = str(strategy.parameters["name"]), strategy.bars("warmUpBars")
        source = _source(name, str(strategy.parameters["sourceDigest"]))
        longest = int(np.count_nonzero(~np.isnan(panel.close), axis=0).max())
        if longest < warm_up:
            raise LookbackTooLong(
                f"the plug-in needs {warm_up} bars, the window has {longest}",
                found=longest,
                allowed=f"at least {warm_up}",
            )
        lacking = plugin_kernel_sandbox.missing()
        if lacking:
            raise PluginSandboxMissing(
                f"a plug-in is run on {lacking}", found=sys.platform, allowed=lacking
            )
        columns = [name for name in (*BAR_COLUMNS, *ACTION_COLUMNS) if _has(panel, name)]
        begin = {
            "name": name,
            "entry": source.entry,
            "files": {path: base64.b64encode(data).decode() for path, data in source.files.items()},
            "parameters": dict(strategy.parameters["parameters"]),
            "symbols": panel.symbols,
            "columns": columns,
            "seed": str(seed),
            "cpuSeconds": self._limits.cpu_max_seconds,
            "memoryBytes": self._limits.memory_max_bytes,
        }
        with _worker(source.name, self._limits, should_stop) as worker:
            worker.ask(plugin_worker.BEGIN, json.dumps(begin).encode(), plugin_worker.READY, 0)
            return _decided(worker, panel, columns, warm_up)


def _decided(worker: "_Worker", panel: Panel, columns: list[str], warm_up: int) -> Floats:
    matrices = [getattr(panel, column) for column in columns]
    signals = np.full(panel.close.shape, np.nan)
    bars = np.zeros(len(panel.symbols), np.int64)
    for step in range(panel.times.size):
        rows = b"".join(matrix[step].astype("<f8").tobytes() for matrix in matrices)
        body = struct.pack("<q", int(panel.times[step])) + rows
        answer = worker.signals(body, bars.size)
        has_bar = ~np.isnan(panel.close[step])
        bars += has_bar
        warm = has_bar & (bars >= warm_up)
        signals[step, warm] = answer[warm]
    return signals


def _has(panel: Panel, column: str) -> bool:
    return getattr(panel, column) is not None


def _source(name: str, asked: str) -> PluginSource:
    source = installed_source(name)
    if asked not in ("", source.digest):
        raise PluginMismatch(
            f"the plug-in {name} that is installed is {source.digest}, not {asked}",
            found=asked,
            allowed=source.digest,
        )
    return source


@contextmanager
def _worker(
    name: str, limits: PluginLimits, should_stop: Callable[[], bool]
) -> Iterator["_Worker"]:
    """Starts a process, and ends it whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-s", "-P", "-m", plugin_worker.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd="/",
        start_new_session=True,
        bufsize=0,
    )
    try:
        yield _Worker(process, name, limits, should_stop)
    finally:
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.wait()


class _Worker:
    """The engine's end of the two pipes."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        name: str,
        limits: PluginLimits,
        should_stop: Callable[[], bool],
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._name, self._limits = process, name, limits
        self._should_stop = should_stop
        self._input, self._output = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)
        self._writable, self._readable = select.poll(), select.poll()
        self._writable.register(self._input, select.POLLOUT)
        self._readable.register(self._output, select.POLLIN)

    def signals(self, step: bytes, count: int) -> Floats:
        """Sends a step and returns the signals of `count` symbols.

        What the process checked is checked here again: the plug-in lives in there.

        Raises:
            EngineError: The answer is something else, or there is none.
        """
        answer = self.ask(plugin_worker.STEP, step, plugin_worker.SIGNALS, 8 * count)
        signals = np.frombuffer(answer, dtype="<f8") + 0.0  # one zero, without a sign
        if np.isinf(signals).any():
            raise self._failed("its process answered an infinite signal")
        return signals

    def ask(self, kind: bytes, body: bytes, expected: bytes, size: int) -> bytes:
        """Sends a frame and returns the body of the answer.

        Raises:
            EngineError: The answer is not of the expected kind and size, or there is none.
        """
        if self._should_stop():
            raise RunCancelled("a caller cancelled the run")
        deadline = time.monotonic() + self._limits.reply_max_seconds
        self._write(plugin_worker.HEAD.pack(kind, len(body)) + body, deadline)
        head = self._read(plugin_worker.HEAD.size, deadline)
        answered, length = plugin_worker.HEAD.unpack(head)
        if length != size if answered == expected else length > plugin_worker.TEXT_MAX_BYTES:
            raise self._failed(f"its process answered {length} bytes, allowed {size}")
        answer = self._read(length, deadline)
        if answered == expected:
            return answer
        raise self._refusal(answered, answer.decode(errors="replace"))

    def _write(self, data: bytes, deadline: float) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._input, left) :]
            except BlockingIOError:
                self._wait(self._writable, deadline)
            except BrokenPipeError:
                return  # what the process said before it ended is still to be read

    def _read(self, size: int, deadline: float) -> bytes:
        data = b""
        while len(data) < size:
            self._wait(self._readable, deadline)
            part = os.read(self._output, min(size - len(data), _READ_MAX_BYTES))
            if not part:
                raise self._ended()
            data += part
        return data

    def _wait(self, poll: select.poll, deadline: float) -> None:
        while not poll.poll(_ASKED_EVERY_MILLISECONDS):
            if self._should_stop():
                raise RunCancelled("a caller cancelled the run")
            if time.monotonic() > deadline:
                raise self._timeout(f"no answer within {self._limits.reply_max_seconds:g} s")

    def _refusal(self, kind: bytes, text: str) -> EngineError:
        if kind == plugin_worker.FORBIDDEN:
            message = f"the plug-in {self._name} may not do this: {text}"
            return PluginForbidden(message, found=text, allowed=_ALLOWED)
        if kind == plugin_worker.UNSUPPORTED:
            message = f"the kernel refused the sandbox of a plug-in: {text}"
            return PluginSandboxMissing(message, found=text, allowed="seccomp and resource limits")
        return self._failed(text)

    def _ended(self) -> EngineError:
        """Returns why a process that answers no more has ended."""
        code = self._process.wait()
        if code == -signal.SIGSYS:
            text = "a system call outside of those that computing needs"
            return self._refusal(plugin_worker.FORBIDDEN, text)
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return self._timeout(f"it used {self._limits.cpu_max_seconds} s of processor time")
        ending = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return self._failed(f"its process ended with {ending}")

    def _failed(self, text: str) -> EngineError:
        return PluginFailed(
            f"the plug-in {self._name} failed: {text}", found=text, allowed="a signal a symbol"
        )

    def _timeout(self, text: str) -> EngineError:
        seconds = self._limits.cpu_max_seconds
        return PluginTimeout(
            f"the plug-in {self._name} took too long: {text}",
            found=text,
            allowed=f"{seconds} s of processor time a run",
        )
