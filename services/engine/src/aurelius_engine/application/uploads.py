"""Uploads: opened, filled chunk by chunk, committed as a dataset."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from aurelius_engine.application.errors import (
    EngineBusy,
    UploadDigestMismatch,
    UploadIncomplete,
    UploadNotFound,
    UploadOffsetMismatch,
    UploadTooLarge,
)
from aurelius_engine.application.market_adapters import MarketAdapters
from aurelius_engine.application.object_store import ObjectStore
from aurelius_engine.application.provenance_checks import refuse_contradictions
from aurelius_engine.application.record_store import ReadTransaction, RecordStore
from aurelius_engine.application.records import Chunk, Dataset, FileFormat, Provenance, Upload
from aurelius_engine.application.registration import Registration, refuse_taken
from aurelius_engine.domain.calendars import Calendars

CHUNK_MAX_BYTES = 4 * 1024 * 1024
COMMITS_MAX_WAITING = 2
T = TypeVar("T")


class Uploads:
    """Turns files into datasets: all of a file or nothing of it."""

    def __init__(
        self,
        store: RecordStore,
        objects: ObjectStore,
        adapters: MarketAdapters,
        registration: Registration,
        *,
        calendars: Calendars,
        open_max_seconds: int,
        clock: Callable[[], int],
        new_id: Callable[[], str],
    ) -> None:
        """Takes the ports, a clock in ns since 1970, and a source of fresh ids."""
        self._store, self._objects = store, objects
        self._adapters, self._registration = adapters, registration
        self._calendars, self._open_max_seconds = calendars, open_max_seconds
        self._clock, self._new_id = clock, new_id
        self._parsing = threading.Lock()  # a whole file is in memory: one at a time
        self._places = threading.Semaphore(1 + COMMITS_MAX_WAITING)

    def create(
        self,
        *,
        dataset_id: str,
        file_format: FileFormat,
        size_bytes: int,
        provenance: Provenance,
        caller: str,
        respond: Callable[[Upload], T],
    ) -> T:
        """Opens an upload.

        Raises:
            UploadTooLarge, AdapterCapability: See `MarketAdapters.refuse_unsupported`.
            CalendarMismatch: The provenance names a calendar that is not known.
            ProvenanceInvalid, TransformationBroken: See `refuse_contradictions`.
            DatasetExists: The dataset id is taken.
        """
        self._adapters.refuse_unsupported(file_format, provenance, size_bytes)
        refuse_contradictions(provenance, self._calendars)
        upload = Upload(
            id=self._new_id(),
            create_time=self._clock(),
            creator=caller,
            dataset_id=dataset_id,
            format=file_format,
            size_bytes=size_bytes,
            received_bytes=0,
            provenance=provenance,
        )
        with self._store.write() as records:
            records.refuse_twin()
            refuse_taken(records, dataset_id)
            records.add_upload(upload)
            answer = respond(upload)
            records.remember(answer)
        return answer

    def get(self, name: str, *, caller: str) -> Upload:
        """Returns an upload. Raises: UploadNotFound: The caller has none of the name."""
        with self._store.read() as records:
            return _existing(records, name, caller)

    def append(self, name: str, *, caller: str, offset: int, data: bytes) -> Upload:
        """Stores a chunk, once.

        Raises:
            UploadNotFound: The caller has no such upload.
            UploadTooLarge: The chunk is over its limit, or passes the size announced.
            UploadOffsetMismatch: It begins elsewhere, or other bytes are stored there.
        """
        if len(data) > CHUNK_MAX_BYTES:
            raise UploadTooLarge(
                f"the chunk has {len(data)} bytes, the limit is {CHUNK_MAX_BYTES}",
                found=len(data),
                allowed=CHUNK_MAX_BYTES,
                unit="bytes",
            )
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        chunk = Chunk(offset=offset, size=len(data), digest=digest)
        with self._store.read() as records:
            upload = _existing(records, name, caller)
            if _adds_nothing(records, upload, chunk):
                return upload
        self._objects.stage(upload.id, offset, data)
        with self._store.write() as records:
            upload = _existing(records, name, caller)
            if _adds_nothing(records, upload, chunk):
                return upload
            records.add_chunk(upload.id, chunk)
        return replace(upload, received_bytes=offset + chunk.size)

    def commit(self, name: str, *, caller: str, file_digest: str | None) -> Dataset:
        """Reads the whole file, checks every row and registers the dataset.

        Raises:
            UploadNotFound: The caller has no such upload.
            UploadIncomplete: Bytes are missing.
            UploadDigestMismatch: The bytes are not those of `file_digest`.
            DatasetExists: The dataset id was taken meanwhile.
            ProvenanceInvalid, TransformationBroken, TierMismatch, DataClassConflict: The
                provenance contradicts the data.
            SealedDataShared: It is open and shares bars with sealed data, or the reverse.
            EngineBusy: Too many commits wait already.
            EngineError: The file is refused; nothing is registered.
        """
        upload, done, _ = self._committable(name, caller, file_digest)
        if done is None:
            with self._turn():
                # While it waited, its twin may have registered the file and removed the chunks.
                upload, done, chunks = self._committable(name, caller, file_digest)
                if done is None:
                    done = self._register(upload, self._file(upload, chunks), file_digest)
        # Also after a commit whose engine was killed before it came to this.
        self._objects.unstage([upload.id])
        return done

    def _committable(
        self, name: str, caller: str, file_digest: str | None
    ) -> tuple[Upload, Dataset | None, Sequence[Chunk]]:
        """Returns an upload that is whole, what it became, and its chunks."""
        with self._store.read() as records:
            upload = _existing(records, name, caller)
            done = _committed(records, upload, file_digest)
            if done is None:
                _refuse_incomplete(upload)
                refuse_taken(records, upload.dataset_id)
            return upload, done, records.chunks(upload.id)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Waits until no other file is parsed. Raises: EngineBusy: Too many wait already."""
        if not self._places.acquire(blocking=False):
            raise EngineBusy(
                f"{COMMITS_MAX_WAITING} commits wait already: try again later",
                found=COMMITS_MAX_WAITING,
                allowed=f"below {COMMITS_MAX_WAITING}",
            )
        try:
            with self._parsing:
                yield
        finally:
            self._places.release()

    def remove_abandoned(self) -> None:
        """Removes uploads that stayed open for too long, and their bytes."""
        before = self._clock() - self._open_max_seconds * 1_000_000_000
        with self._store.write() as records:
            removed = records.remove_uploads(before=before)
        self._objects.unstage(removed)

    def _file(self, upload: Upload, chunks: Sequence[Chunk]) -> bytes:
        return b"".join(
            self._objects.staged(upload.id, chunk.offset, chunk.digest) for chunk in chunks
        )

    def _register(self, upload: Upload, data: bytes, announced: str | None) -> Dataset:
        found = "sha256:" + hashlib.sha256(data).hexdigest()
        _refuse_other_file(found, announced)
        zone = self._calendars.zone(upload.provenance.calendar)
        adapted = self._adapters.read(upload.format, data, zone)
        del data  # it may be as large as what it became
        checked = self._registration.stored(
            adapted,
            upload.provenance,
            dataset_id=upload.dataset_id,
            creator=upload.creator,
            adapter=self._adapters.capabilities(upload.format).versioned_name,
            scratch=upload.id,
            file_digest=found,
        )
        with self._store.write() as records:
            done = _committed(records, _existing(records, upload.name, upload.creator), announced)
            if done is not None:  # its twin, sent at the same moment, was first
                return done
            self._registration.write_down(records, checked)
            records.finish_upload(upload.id, file_digest=found)
        return checked.dataset


def _existing(records: ReadTransaction, name: str, caller: str) -> Upload:
    """Returns the caller's upload; somebody else's is as good as none."""
    upload = records.upload(name.removeprefix("datasetUploads/"))
    if upload is None or upload.creator != caller:
        raise UploadNotFound(
            f"{caller} has no {name}", found=name, allowed="the name that CreateDatasetUpload gave"
        )
    return upload


def _adds_nothing(records: ReadTransaction, upload: Upload, chunk: Chunk) -> bool:
    """Whether the chunk is stored already. Refuses one that cannot be added."""
    before = records.chunk(upload.id, chunk.offset)
    if before == chunk or (chunk.size == 0 and chunk.offset == upload.received_bytes):
        return True
    if chunk.offset != upload.received_bytes:
        stored = " and other bytes are stored there" if before else ""
        raise UploadOffsetMismatch(
            f"the chunk begins at {chunk.offset}{stored}, "
            f"the upload goes on at {upload.received_bytes}",
            found=chunk.offset,
            allowed=upload.received_bytes,
        )
    end = chunk.offset + chunk.size
    if end > upload.size_bytes:
        raise UploadTooLarge(
            f"the chunk ends at {end}, past the announced {upload.size_bytes} bytes",
            found=end,
            allowed=upload.size_bytes,
            unit="bytes",
        )
    return False


def _refuse_incomplete(upload: Upload) -> None:
    if upload.received_bytes < upload.size_bytes:
        raise UploadIncomplete(
            f"{upload.received_bytes} of {upload.size_bytes} bytes have arrived",
            found=upload.received_bytes,
            allowed=upload.size_bytes,
        )


def _refuse_other_file(found: str, announced: str | None) -> None:
    if announced is not None and announced != found:
        raise UploadDigestMismatch(
            "the bytes that arrived are not those of file_digest", found=found, allowed=announced
        )


def _committed(records: ReadTransaction, upload: Upload, announced: str | None) -> Dataset | None:
    if not upload.file_digest:
        return None
    _refuse_other_file(upload.file_digest, announced)
    return records.dataset(upload.dataset_id)
