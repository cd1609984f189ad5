"""Where bytes live, apart from records."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Bytes that were not copied where they need not be.

    `data` may be written to: no other reader sees it. `unchanged` says whether what is
    stored is still what was mapped: who changes a file in place changes `data` too.
    """

    data: memoryview
    unchanged: Callable[[], bool]


class ObjectStore(Protocol):
    """Objects named by the SHA-256 of their bytes, and a place for uploads on their way.

    Once `put` or `stage` returns, the bytes are there for every later read, across
    processes and restarts. Safe to call concurrently.
    """

    def put(self, data: bytes) -> str:
        """Stores `data` and returns its name, `sha256:<hex>`; the same bytes are stored once."""

    def put_written(self, upload: str, write: Callable[[IO[bytes]], None]) -> str:
        """Stores what `write` writes, in memory only where it must be, and returns its name.

        What is left of a process that died is removed with the upload.
        """

    def get(self, digest: str) -> bytes:
        """Returns the bytes of a name, hashed again. Raises: ObjectDamaged: Absent or others."""

    def get_unverified(self, digest: str) -> bytes:
        """Returns whatever is stored under a name. Raises: ObjectDamaged: Nothing is."""

    def mapped(self, digest: str) -> Mapped:
        """Returns whatever is stored under a name. Raises: ObjectDamaged: Nothing is."""

    def stage(self, upload: str, offset: int, data: bytes) -> str:
        """Stores a chunk of an upload and returns its digest."""

    def staged(self, upload: str, offset: int, digest: str) -> bytes:
        """Returns a chunk, hashed again. Raises: ObjectDamaged: It is absent or other bytes."""

    def unstage(self, uploads: Iterable[str]) -> None:
        """Removes every chunk of the uploads that is still there; safe to call twice at once."""
