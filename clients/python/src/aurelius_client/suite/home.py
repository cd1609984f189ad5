"""The home folder of a suite: keys, databases, objects, logs, the first password."""

import fcntl
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from aurelius_client.suite.refusals import HomeInUse, HomeUnusable
from aurelius_client.suite.topology import ADMIN_PASSWORD, FOLDERS

_PASSWORD_BYTES = 18
STATE = "suite.json"


class Home:
    """A home folder, held by one suite at a time, readable by its owner alone.

    Two files are locked: `lock` by the suite's own process and by each of its parts,
    and `owner` by its own process alone. So who comes next can tell a suite that runs
    from the parts of one that was killed, which hold the home until they have stopped.
    """

    def __init__(self, path: Path) -> None:
        """Takes the folder, which need not exist."""
        self.path = path.resolve()
        self._lock = self._owner = -1

    @property
    def admin_password_file(self) -> Path:
        """Returns the file of the password with which `admin` was created."""
        return self.path / ADMIN_PASSWORD

    @property
    def lock(self) -> int:
        """Returns the descriptor of the lock. The home is held while anyone has it open."""
        return self._lock

    def log(self, part: str) -> Path:
        """Returns the log file of a part."""
        return self.path / "logs" / f"{part}.log"

    def __enter__(self) -> "Home":
        """Makes the folders and the password, and holds the home.

        Raises:
            HomeInUse: Another suite holds it.
            HomeUnusable: It cannot be made or written.
        """
        try:
            self._make()
        except OSError as error:
            raise HomeUnusable(str(self.path), error.strerror or str(error)) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Lets the home go."""
        (self.path / STATE).unlink(missing_ok=True)
        os.close(self._owner)
        os.close(self._lock)
        self._lock = self._owner = -1

    def publish(self, facts: Mapping[str, object]) -> None:
        """Says in `suite.json` where the running suite is."""
        _write_private(self.path / STATE, json.dumps(facts, indent=2) + "\n")

    def _make(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in FOLDERS:
            (self.path / folder).mkdir(mode=0o700, exist_ok=True)
        self._hold()
        if not self.admin_password_file.exists():
            _write_private(self.admin_password_file, secrets.token_urlsafe(_PASSWORD_BYTES) + "\n")

    def _hold(self) -> None:
        owner, lock = self._open("owner"), self._open("lock")
        alive = not _locked(owner)
        if alive or not _locked(lock):
            holder = os.pread(lock, 32, 0).decode(errors="replace").strip()
            os.close(owner)
            os.close(lock)
            raise HomeInUse(str(self.path), holder, alive=alive)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock, self._owner = lock, owner

    def _open(self, name: str) -> int:
        return os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(descriptor: int) -> bool:
    """Locks a file, or says that somebody else has."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write_private(path: Path, text: str) -> None:
    """Writes a file that its owner alone may read, whole or not at all."""
    draft = path.with_name(path.name + ".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
