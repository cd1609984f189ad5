"""The process that runs one plug-in over one run: it gets a step, answers its signals.

It is started by `plugin_process` with pipes as its input and output. A frame is a kind
of one byte, the length of the rest in four, little-endian, and the rest.
"""

import base64
import errno
import hashlib
import json
import os
import struct
import sys
import warnings
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any, NoReturn

import numpy as np

from aurelius_engine.adapters import plugin_kernel_sandbox
from aurelius_engine.adapters.plugin_python_sandbox import Sandbox
from aurelius_engine.plugin_api import Bars, Floats, History

READ_FROM, WRITE_TO = 0, 1
HEAD = struct.Struct("<cI")
BEGIN, STEP = b"B", b"S"
READY, SIGNALS, FORBIDDEN, FAILED, UNSUPPORTED = b"R", b"N", b"X", b"F", b"U"
_TEXT_MAX_CHARS = 500
TEXT_MAX_BYTES = 1 << 16
_Decide = Callable[[Bars], Sequence[float]]


class Stopped(Exception):
    """The engine closed the pipe."""


def main() -> None:
    """Answers until the engine closes the pipe."""
    try:
        kind, body = _receive()
        assert kind == BEGIN
        _serve(json.loads(body))
    except Stopped:
        pass
    os._exit(0)


def _serve(begin: dict[str, Any]) -> None:
    os.environ.clear()
    warnings.simplefilter("ignore")
    files = {path: base64.b64decode(text) for path, text in begin["files"].items()}
    module, _, attribute = begin["entry"].partition(":")

    def refuse(call: str) -> NoReturn:
        _send_text(FORBIDDEN, call, _calling_place(sys._getframe(), files))
        os._exit(0)

    sandbox = Sandbox(files, module.partition(".")[0], refuse)
    sandbox.prepare()
    try:
        plugin_kernel_sandbox.limit_resources(
            cpu_seconds=begin["cpuSeconds"], memory_bytes=begin["memoryBytes"]
        )
        plugin_kernel_sandbox.close_process(read_from=READ_FROM, write_to=WRITE_TO)
    except (OSError, OverflowError, ValueError) as error:
        _send_text(UNSUPPORTED, str(error), "")
        return
    sandbox.close()
    try:
        decide = _decide_of(sandbox, module, attribute, begin["parameters"])
        _send(READY, b"")
        _decide_steps(decide, begin)
    except Stopped:
        raise
    except BaseException as error:
        _report(error, _place(error.__traceback__, files))


def _decide_of(
    sandbox: Sandbox, module: str, attribute: str, parameters: dict[str, float]
) -> _Decide:
    named: Any = sandbox.load(module)
    for part in attribute.split("."):
        named = getattr(named, part)
    decide: _Decide = named(dict(parameters)).decide if isinstance(named, type) else named
    return decide


def _decide_steps(decide: _Decide, begin: dict[str, Any]) -> None:
    symbols, columns = tuple(begin["symbols"]), tuple(begin["columns"])
    history = History(len(symbols), columns)
    key = hashlib.sha256(f"aurelius.plugin-random.v1\n{begin['seed']}\n{begin['name']}\n".encode())
    while True:
        kind, body = _receive()
        assert kind == STEP
        (time,) = struct.unpack_from("<q", body)
        rows = np.frombuffer(body, dtype="<f8", offset=8).reshape(len(columns), len(symbols))
        history.append(time, rows)
        bars = Bars(
            history,
            symbols=symbols,
            parameters=dict(begin["parameters"]),
            random_key=key.digest(),
        )
        signals = _signals(decide(bars), len(symbols))
        _send(SIGNALS, signals.astype("<f8").tobytes())


def _signals(answer: object, count: int) -> Floats:
    """Returns what `decide` answered. Raises: ValueError: It is no signal for each symbol."""
    found = np.asarray(answer)
    if found.dtype.kind in "US":
        raise ValueError("decide returned text, allowed numbers")
    signals = found.astype(np.float64)
    if signals.shape != (count,):
        raise ValueError(f"decide returned shape {signals.shape}, allowed ({count},)")
    if np.isinf(signals).any():
        raise ValueError("decide returned an infinite signal, allowed finite numbers and NaN")
    return signals + 0.0  # one zero, without a sign


def _report(error: BaseException, place: str) -> None:
    """Sends why the plug-in ended: a call that the kernel refused, or its own exception."""
    if isinstance(error, OSError) and error.errno == errno.EPERM:
        _send_text(FORBIDDEN, "a system call, which the kernel refused", place)
        return
    try:
        text = f"{type(error).__name__}: {error}"
    except BaseException as second:
        text = f"{type(error).__name__}, whose text raises {type(second).__name__}"
    _send_text(FAILED, text, place)


def _place(traceback: TracebackType | None, files: dict[str, bytes]) -> str:
    """Returns the last line of the plug-in in a traceback."""
    place = ""
    while traceback is not None:
        path = traceback.tb_frame.f_code.co_filename
        if path in files:
            place = f" ({path}, line {traceback.tb_lineno})"
        traceback = traceback.tb_next
    return place


def _calling_place(frame: FrameType | None, files: dict[str, bytes]) -> str:
    """Returns the line of the plug-in that led to a frame."""
    while frame is not None:
        path = frame.f_code.co_filename
        if path in files:
            return f" ({path}, line {frame.f_lineno})"
        frame = frame.f_back
    return ""


def _receive() -> tuple[bytes, bytes]:
    kind, length = HEAD.unpack(_read(HEAD.size))
    return kind, _read(length)


def _read(size: int) -> bytes:
    parts = []
    while size > 0:
        part = os.read(READ_FROM, size)
        if not part:
            raise Stopped
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _send_text(kind: bytes, text: str, place: str) -> None:
    body = f"{text[:_TEXT_MAX_CHARS]}{place}".encode(errors="replace")
    _send(kind, body[:TEXT_MAX_BYTES])


def _send(kind: bytes, body: bytes) -> None:
    left = memoryview(HEAD.pack(kind, len(body)) + body)
    while left:
        left = left[os.write(WRITE_TO, left) :]


if __name__ == "__main__":
    main()
