"""Objects on obstore: a local folder, memory, S3, GCS or Azure, by URL."""

import hashlib
import io
import mmap
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, from_url

from aurelius_chassis.settings import SettingRefused
from aurelius_engine.application.errors import ObjectDamaged
from aurelius_engine.application.object_store import Mapped

VARIABLE = "AURELIUS_OBJECTS_URL"
ALLOWED = "file:///folder, memory:///, s3://bucket/prefix, gs://... or az://..."


class ObstoreObjects:
    """Implements the port `ObjectStore`.

    An object is at `objects/<first 2 hex>/<64 hex>`, a chunk of an upload at
    `uploads/<upload>/<offset>-<64 hex>`.
    """

    def __init__(self, url: str) -> None:
        """Opens the store. Raises: SettingRefused: The URL is not one of a store."""
        self._folder = _folder_of(url)
        self._store: Any = _open(url, self._folder)

    def put(self, data: bytes) -> str:
        """See the port."""
        digest = _digest(data)
        path = _object_path(digest)
        try:
            obstore.put(self._store, path, data, mode="create")
        except AlreadyExistsError:
            if _digest(self._read(path, digest)) != digest:  # a damaged twin is repaired
                obstore.put(self._store, path, data)
        self._settle(path)
        return digest

    def put_written(self, upload: str, write: Callable[[IO[bytes]], None]) -> str:
        """See the port."""
        if self._folder is None:
            sink = io.BytesIO()
            write(sink)
            return self.put(sink.getvalue())
        part = self._folder / "uploads" / upload / "stored"
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            hashing = _Hashing(file)
            write(hashing)  # type: ignore[arg-type]  # all of a file that is written to
        path = _object_path(hashing.digest())
        (self._folder / path).parent.mkdir(parents=True, exist_ok=True)
        part.replace(self._folder / path)  # of the same bytes, or a damaged twin is repaired
        self._settle(path)
        return hashing.digest()

    def get(self, digest: str) -> bytes:
        """See the port."""
        return _verified(self._read(_object_path(digest), digest), digest)

    def get_unverified(self, digest: str) -> bytes:
        """See the port."""
        return self._read(_object_path(digest), digest)

    def mapped(self, digest: str) -> Mapped:
        """See the port."""
        if self._folder is None:
            copied = bytearray(self._read(_object_path(digest), digest))
            return Mapped(data=memoryview(copied), unchanged=lambda: True)
        path = self._folder / _object_path(digest)
        try:
            with path.open("rb") as file:
                stamp = _stamp(os.fstat(file.fileno()))
                # Private: what a reader writes into its pages stays its own.
                pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except (FileNotFoundError, ValueError) as error:  # an empty file cannot be mapped
            raise _absent(digest) from error
        return Mapped(data=memoryview(pages), unchanged=lambda: _is(path, stamp))

    def stage(self, upload: str, offset: int, data: bytes) -> str:
        """See the port."""
        digest = _digest(data)
        path = _chunk_path(upload, offset, digest)
        obstore.put(self._store, path, data)
        self._settle(path)
        return digest

    def staged(self, upload: str, offset: int, digest: str) -> bytes:
        """See the port."""
        return _verified(self._read(_chunk_path(upload, offset, digest), digest), digest)

    def unstage(self, uploads: Iterable[str]) -> None:
        """See the port."""
        for upload in uploads:
            for page in obstore.list(self._store, prefix=f"uploads/{upload}"):
                for item in page:
                    with suppress(FileNotFoundError):  # a twin removed it first
                        obstore.delete(self._store, item["path"])

    def _settle(self, path: str) -> None:
        """Waits until a file is on the disk: obstore leaves that to the system."""
        if self._folder is None:
            return
        file = self._folder / path
        for part in (file, file.parent, file.parent.parent):
            descriptor = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _read(self, path: str, digest: str) -> bytes:
        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError as error:
            raise _absent(digest) from error


class _Hashing(io.RawIOBase):
    """A file that is written to, and hashed on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        """Takes the file. Closing this one leaves it open."""
        super().__init__()
        self._file, self._hash = file, hashlib.sha256()

    def writable(self) -> bool:
        """Returns True."""
        return True

    def write(self, data: Any) -> int:
        """Writes all of the data."""
        self._hash.update(data)
        return self._file.write(data)

    def digest(self) -> str:
        """Returns the digest of all that was written."""
        return "sha256:" + self._hash.hexdigest()


def _absent(digest: str) -> ObjectDamaged:
    return ObjectDamaged(f"no object is stored under {digest}", found="nothing", allowed=digest)


def _stamp(status: os.stat_result) -> tuple[int, int, int, int]:
    """Returns what changes when a file is written to, or another takes its place."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is(path: Path, stamp: tuple[int, int, int, int]) -> bool:
    try:
        return _stamp(path.stat()) == stamp
    except FileNotFoundError:
        return False


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _object_path(digest: str) -> str:
    name = digest.removeprefix("sha256:")
    return f"objects/{name[:2]}/{name}"


def _chunk_path(upload: str, offset: int, digest: str) -> str:
    return f"uploads/{upload}/{offset:016d}-{digest.removeprefix('sha256:')}"


def _verified(data: bytes, digest: str) -> bytes:
    found = _digest(data)
    if found != digest:
        raise ObjectDamaged(
            f"the bytes stored under {digest} are damaged", found=found, allowed=digest
        )
    return data


def _folder_of(url: str) -> Path | None:
    """Returns the folder of a file URL, None of any other."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        return None
    folder = Path(unquote(parts.path))
    if parts.netloc or not folder.is_absolute() or folder == Path("/"):
        raise SettingRefused(VARIABLE, found=url, allowed=ALLOWED)
    return folder


def _open(url: str, folder: Path | None) -> Any:
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingRefused(VARIABLE, found=url, allowed=f"a folder: {error}") from error
        return LocalStore(folder, automatic_cleanup=True)
    try:
        return from_url(url)
    except (BaseError, ValueError) as error:
        scheme = urlsplit(url).scheme
        found = f"{scheme}://" if scheme else "no URL"  # the rest may be a secret
        raise SettingRefused(VARIABLE, found=found, allowed=ALLOWED) from error
