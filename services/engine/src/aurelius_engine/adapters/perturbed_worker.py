"""The process that executes one replay. It is started by `perturbed_process`.

Its input is a file of two frames: the request as JSON, and the bars as an Arrow IPC
stream. It writes a head as JSON to another file, and then a stream for each table that
the head names. A frame is its length in eight bytes, little-endian, and its bytes.
"""

import json
import locale
import os
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

from aurelius_engine.adapters.arrow_tables import ArrowTables
from aurelius_engine.adapters.package_files import installed_engine_version, packaged_calendars
from aurelius_engine.adapters.plugin_process import ProcessPlugins
from aurelius_engine.application.execution import execute, identify
from aurelius_engine.domain.errors import EngineError

IDENTITY, DIGESTS, TABLES = "identity", "digests", "tables"
REFUSAL, MESSAGE, FACTS, BROKE = "refusal", "message", "facts", "broke"
STOPPED = 3
_STOP_MAX_SECONDS = 2.0
_LENGTH = struct.Struct("<q")


def write_frame(file: BinaryIO, data: bytes) -> None:
    """Writes one frame."""
    file.write(_LENGTH.pack(len(data)))
    file.write(data)


def read_frame(file: BinaryIO) -> bytes:
    """Reads one frame. Raises: EOFError: The file ends before it does."""
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = file.read(length)
    if len(data) < length:
        raise EOFError
    return data


def main() -> None:
    """Answers what is asked at the input; `argv` has the file to answer into, and a pipe.

    The other end of the pipe is the engine's: it closes it to stop this process, and so
    does the system if the engine dies.
    """
    answer, engine = int(sys.argv[1]), int(sys.argv[2])
    stop = threading.Event()
    threading.Thread(target=_follow, args=(engine, stop), daemon=True).start()
    with suppress(locale.Error):  # a system without it stays with C
        locale.setlocale(locale.LC_ALL, "")
    with open(answer, "wb") as file:
        _answer(sys.stdin.buffer, file, stop.is_set)


def _follow(engine: int, stop: threading.Event) -> None:
    os.read(engine, 1)
    stop.set()
    time.sleep(_STOP_MAX_SECONDS)
    os._exit(STOPPED)


def _answer(asked: BinaryIO, answer: BinaryIO, should_stop: Callable[[], bool]) -> None:
    try:
        head, streams = _executed(asked, should_stop)
    except EngineError as refusal:
        head = {
            REFUSAL: type(refusal).__name__,
            MESSAGE: str(refusal),
            FACTS: refusal.facts,
        }
        streams = []
    except Exception:
        head, streams = {BROKE: traceback.format_exc()}, []
    for frame in (json.dumps(head).encode(), *streams):
        write_frame(answer, frame)


def _executed(
    asked: BinaryIO, should_stop: Callable[[], bool]
) -> tuple[dict[str, Any], list[bytes]]:
    files = ArrowTables()
    request = json.loads(read_frame(asked))
    document, seed = request["document"], int(request["seed"])
    table = files.decode_market(read_frame(asked))
    identity = identify(
        document,
        data_hash=table.data_hash(),
        seed=seed,
        engine_version=installed_engine_version(),
    )
    result = execute(
        document, table, packaged_calendars(), should_stop, seed=seed, plugins=ProcessPlugins()
    )
    names = sorted(result.tables)
    head = {IDENTITY: identity.document(), DIGESTS: dict(result.digests), TABLES: names}
    return head, [files.encode(result.tables[name]) for name in names]


if __name__ == "__main__":
    main()
