"""A file on its way to a server: what is read from it, and how its upload is named."""

import hashlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aurelius.engine.v1 import dataset_pb2, dataset_service_pb2
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
# A vendor's answer is known by the first name in it, that of no other vendor.
VENDORS = {
    b"chart": dataset_service_pb2.FILE_FORMAT_YAHOO_CHART_JSON,
    b"bars": dataset_service_pb2.FILE_FORMAT_ALPACA_BARS_JSON,
    b"next_page_token": dataset_service_pb2.FILE_FORMAT_ALPACA_BARS_JSON,
}
_FIRST_NAME = re.compile(rb'\s*(?:\[\s*)?\{\s*"([^"]{1,64})"\s*:')
_LOOKED_AT_BYTES = 4096
_NAMESPACE = uuid.UUID("5e2f3b1c-7f0e-5c3f-9a57-6d2c0e1b8a44")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file to upload. `digest` is `sha256:` and 64 hex digits of its bytes."""

    path: Path
    size_bytes: int
    digest: str
    format: dataset_service_pb2.FileFormat

    def request_id(self, dataset_id: str, provenance: dataset_pb2.Provenance) -> str:
        """Returns one id for one question, so that an upload that broke off is found again.

        A provenance that was repaired after a refusal is another question.
        """
        stated = hashlib.sha256(provenance.SerializeToString(deterministic=True)).hexdigest()
        asked = f"{dataset_id}\n{self.digest}\n{self.format}\n{stated}"
        return str(uuid.uuid5(_NAMESPACE, asked))

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


def format_of(
    path: Path, stated: dataset_service_pb2.FileFormat | None = None
) -> dataset_service_pb2.FileFormat:
    """Returns the format that is stated, or that a file's suffix names.

    Of a .json file the first name in it says whose answer it is.

    Raises:
        InvalidInput: It cannot be told.
    """
    if stated is not None:
        return stated
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _vendor_of(path)
    if suffix not in FORMATS:
        raise InvalidInput(
            "FILE_MALFORMED",
            f"{path} has no known format",
            found=suffix or "no suffix",
            allowed=", ".join((*FORMATS, ".json")),
        )
    return FORMATS[suffix]


def _vendor_of(path: Path) -> dataset_service_pb2.FileFormat:
    try:
        with path.open("rb") as file:
            begin = file.read(_LOOKED_AT_BYTES)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    first = _FIRST_NAME.match(begin)
    name = first[1] if first else b""
    if name not in VENDORS:
        raise InvalidInput(
            "FILE_MALFORMED",
            f"{path} is no known vendor's answer: state its format",
            found=f"the first name {name.decode(errors='replace')!r}" if first else "no object",
            allowed=", ".join(repr(known.decode()) for known in VENDORS),
        )
    return VENDORS[name]


def require_readable(path: Path, stated: dataset_service_pb2.FileFormat | None = None) -> None:
    """Refuses a file that could not be uploaded, before anything else is asked of it.

    Raises:
        InvalidInput: It cannot be read, or its format cannot be told.
    """
    format_of(path, stated)
    try:
        path.open("rb").close()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def local_file(path: Path, stated: dataset_service_pb2.FileFormat | None = None) -> LocalFile:
    """Reads a file's size and digest, and tells its format.

    Raises:
        InvalidInput: It cannot be read, is empty, or its format cannot be told.
    """
    file_format = format_of(path, stated)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if size == 0:
        raise InvalidInput("DATASET_EMPTY", f"{path} is empty", found="0 bytes", allowed="a file")
    return LocalFile(path=path, size_bytes=size, digest=f"sha256:{digest}", format=file_format)
