"""One engine process a database: whoever starts second is told so."""

import fcntl
import hashlib
import os

from sqlalchemy import Connection, text

from aurelius_chassis.settings import SettingRefused
from aurelius_chassis.sql import Database

ADVISORY_LOCK = int.from_bytes(hashlib.sha256(b"aurelius.engine.owner").digest()[:8], signed=True)


class DatabaseOwned(Exception):
    """Another engine process owns the database, so this one does not start."""


class EngineLock:
    """Is held as long as the process lives or until `release`; a killed process releases it.

    A lock on a file beside an SQLite database, an advisory lock in PostgreSQL.
    """

    def __init__(self, database: Database) -> None:
        """Takes the lock.

        Raises:
            DatabaseOwned: Another process has it.
            SettingRefused: There can be no file beside the database.
        """
        self._file: int | None = None
        self._connection: Connection | None = None
        if database.engine.dialect.name == "postgresql":
            self._connection = database.engine.connect()
            taken = text("SELECT pg_try_advisory_lock(:lock)")
            owned = not self._connection.scalar(taken, {"lock": ADVISORY_LOCK})
            self._connection.commit()
        else:
            self._file = _lock_file(database.engine.url.database)
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                owned = False
            except BlockingIOError:
                owned = True
        if owned:
            self.release()
            raise DatabaseOwned(
                "AURELIUS_DATABASE_URL is owned by another engine process: one engine a database"
            )

    def release(self) -> None:
        """Gives the lock back; twice is once."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _lock_file(path: str | None) -> int:
    try:
        if not path or path == ":memory:":
            raise FileNotFoundError(2, "a database in memory outlives nothing")
        return os.open(f"{path}.engine-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SettingRefused(
            "AURELIUS_DATABASE_URL",
            found=f"{path or 'no path'} ({error.strerror})",
            allowed="sqlite:///path of a file in a folder that can be written",
        ) from error
