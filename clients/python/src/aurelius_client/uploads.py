"""A file on its way to a server: what is read from it, and how its upload is named."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aurelius.engine.v1 import dataset_service_pb2
from aurelius_client.errors import InvalidInput
from aurelius_client.refused_files import unreadable

CHUNK_BYTES = 1024 * 1024
LARGEST_CHUNK_BYTES = 4 * 1024 * 1024
# Told after every chunk: bytes stored so far, bytes in all.
Progress = Callable[[int, int], None]
FORMATS = {
    ".csv": dataset_service_pb2.FILE_FORMAT_CSV,
    ".parquet": dataset_service_pb2.FILE_FORMAT_PARQUET,
    ".arrow": dataset_service_pb2.FILE_FORMAT_ARROW,
}
_NAMESPACE = uuid.UUID("5e2f3b1c-7f0e-5c3f-9a57-6d2c0e1b8a44")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file to upload. `digest` is `sha256:` and 64 hex digits of its bytes."""

    path: Path
    size_bytes: int
    digest: str
    format: dataset_service_pb2.FileFormat

    def request_id(self, dataset_id: str) -> str:
        """Returns the same id for the same file and dataset, so that an upload is found again."""
        return str(uuid.uuid5(_NAMESPACE, f"{dataset_id}\n{self.digest}\n{self.format}"))

    def read(self, offset: int, size: int) -> bytes:
        """Returns the bytes at an offset.

        Raises:
            InvalidInput: The file is gone, or shorter than it was.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                chunk = file.read(size)
        except OSError as error:
            raise unreadable(self.path, error) from error
        if not chunk:
            raise InvalidInput(
                "FILE_CHANGED",
                f"{self.path} became shorter while it was sent",
                found=str(offset),
                allowed=f"{self.size_bytes} bytes",
            )
        return chunk


def format_of(path: Path) -> dataset_service_pb2.FileFormat:
    """Returns the format that a file's suffix names.

    Raises:
        InvalidInput: It names none.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise InvalidInput(
            "FILE_MALFORMED",
            f"{path} has no known format",
            found=suffix or "no suffix",
            allowed=", ".join(FORMATS),
        )
    return FORMATS[suffix]


def require_readable(path: Path) -> None:
    """Refuses a file that could not be uploaded, before anything else is asked of it.

    Raises:
        InvalidInput: It cannot be read, or has no known suffix.
    """
    format_of(path)
    try:
        path.open("rb").close()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def local_file(path: Path) -> LocalFile:
    """Reads a file's size, digest and, from its suffix, its format.

    Raises:
        InvalidInput: It cannot be read, is empty, or has no known suffix.
    """
    file_format = format_of(path)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if size == 0:
        raise InvalidInput("DATASET_EMPTY", f"{path} is empty", found="0 bytes", allowed="a file")
    return LocalFile(path=path, size_bytes=size, digest=f"sha256:{digest}", format=file_format)
