"""Tokens of the person at this machine, one a server, in a file that nobody else may read."""

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aurelius_client.errors import FailedPrecondition, PermissionDenied


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """A token, whose it is, and when it ends in seconds since 1970."""

    token: str
    user: str
    expires: float


def token_file() -> Path:
    """Returns the file of the tokens in the user's folder of settings."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "aurelius" / "tokens.json"


def store(server: str, token: StoredToken) -> None:
    """Keeps a server's token, in place of the one before.

    Raises:
        FailedPrecondition: The file cannot be written.
    """
    path = token_file()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        document = _read(path) if path.exists() else {}
        document[server] = {"token": token.token, "user": token.user, "expires": token.expires}
        part = path.with_name(f".{path.name}.{os.getpid()}")
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(document, file)
        part.replace(path)
    except OSError as error:
        raise FailedPrecondition(
            "FILE_UNWRITABLE",
            f"the token cannot be kept in {path}",
            found=error.strerror or "",
            allowed="a folder that you may write; XDG_CONFIG_HOME names another",
        ) from error


def stored(server: str) -> StoredToken | None:
    """Returns the token of a server, if there is one.

    Raises:
        PermissionDenied: Others may read the file.
    """
    path = token_file()
    if not path.exists():
        return None
    entry = _read(path).get(server)
    if not isinstance(entry, dict):
        return None
    return StoredToken(
        token=str(entry["token"]), user=str(entry["user"]), expires=float(entry["expires"])
    )


def _read(path: Path) -> dict[str, Any]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise PermissionDenied(
            "FILE_EXPOSED",
            f"others may read {path}",
            found=f"{mode:04o}",
            allowed=f"0600: chmod 600 {path}",
        )
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FailedPrecondition(
            "FILE_MALFORMED",
            f"{path} is not JSON",
            found=str(error),
            allowed="what aurelius login writes: remove the file and log in again",
        ) from error
    return document if isinstance(document, dict) else {}
