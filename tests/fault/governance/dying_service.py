"""A governance service in a process of its own that kills itself at a chosen moment."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import event

from aurelius_governance.main import build
from tests.contract.governance.serving import settings

WAIT_SECONDS = 60.0
# A fork of a process that has imported the service and runs no thread: quick and clean.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.fault.governance.dying_service"])


@dataclass(frozen=True)
class Moment:
    """When to die in the first transaction that writes: before a statement, or at its commit."""

    before_statement: int | None = None
    before_commit: bool = False
    after_commit: bool = False

    def __str__(self) -> str:
        if self.before_statement is not None:
            return f"before_write_{self.before_statement}"
        return "before_commit" if self.before_commit else "after_commit"


@contextmanager
def serving_until(
    moment: Moment, folder: Path, target: str, keys: bytes
) -> Iterator[tuple[int, Any]]:
    """Starts the service in another process and gives its port and the process."""
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_serve, args=(moment, folder, target, keys, theirs))
    process.start()
    theirs.close()
    try:
        assert ours.poll(WAIT_SECONDS)
        yield ours.recv(), process
    finally:
        ours.close()
        process.kill()
        process.join(WAIT_SECONDS)
        process.close()


def _serve(moment: Moment, folder: Path, target: str, keys: bytes, pipe: Connection) -> None:
    governance = build(settings(folder, target), fetch_keys=lambda: keys)
    _arm(governance.database.engine, moment)
    governance.server.start()
    pipe.send(governance.server.port)
    signal.pause()


def _arm(engine: Any, moment: Moment) -> None:
    written = 0

    def before_statement(_: Any, __: Any, statement: str, *___: Any) -> None:
        nonlocal written
        if statement.startswith(("INSERT", "UPDATE")):
            if written == moment.before_statement:
                os.kill(os.getpid(), signal.SIGKILL)
            written += 1

    commit = engine.dialect.do_commit

    def do_commit(connection: Any) -> None:
        if written and moment.before_commit:
            os.kill(os.getpid(), signal.SIGKILL)
        commit(connection)
        if written and moment.after_commit:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", before_statement)
    engine.dialect.do_commit = do_commit
