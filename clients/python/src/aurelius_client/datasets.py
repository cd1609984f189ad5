"""Datasets: resumable uploads, and what is registered."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from google.api import httpbody_pb2

from aurelius.engine.v1 import dataset_pb2, market_adapter_pb2, market_adapter_service_pb2
from aurelius.engine.v1 import dataset_service_pb2 as pb
from aurelius_client.artifacts import write_whole
from aurelius_client.calls import pages
from aurelius_client.errors import Conflict, DigestMismatch, InvalidInput, NotFound
from aurelius_client.modes import M, Resource, listing, operation
from aurelius_client.slices import VerifiedSlice, proven_slice, slice_file
from aurelius_client.table_digests import plain_table, table_digest
from aurelius_client.table_files import TableFormat, read_file
from aurelius_client.uploads import (
    CHUNK_BYTES,
    LARGEST_CHUNK_BYTES,
    LocalFile,
    Progress,
    local_file,
)

COMMIT_TIMEOUT_SECONDS = 600.0


class Datasets(Resource[M]):
    """Market data as immutable versions."""

    @operation
    async def register(
        self,
        path: str | Path,
        dataset_id: str,
        provenance: dataset_pb2.Provenance,
        *,
        format: pb.FileFormat | None = None,
        progress: Progress | None = None,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> dataset_pb2.Dataset:
        """Uploads a file in chunks and registers it.

        An upload that broke off, in this process or in one before, goes on where it
        ended, as the same file for the same dataset is the same upload.

        Args:
            path: A .csv, .parquet or .arrow file, or a vendor's .json.
            dataset_id: The id of the dataset to be.
            provenance: Where the data came from; every field is mandatory.
            format: Of the file; absent means what its name, or its begin, tells.
            progress: Told after every chunk: bytes stored, bytes in all.
            chunk_bytes: In [1, 4194304].

        Raises:
            AureliusError: The file or the upload is refused; nothing is registered then.
        """
        if not 1 <= chunk_bytes <= LARGEST_CHUNK_BYTES:
            raise InvalidInput(
                "INVALID_FIELD",
                "chunk_bytes",
                found=str(chunk_bytes),
                allowed=f"[1, {LARGEST_CHUNK_BYTES}]",
            )
        file = local_file(Path(path), format)
        upload = await self._open_upload(file, dataset_id, provenance)
        await self._send_chunks(file, upload, progress, chunk_bytes)
        return await self._calls.call(
            pb.CommitDatasetUploadRequest(name=upload.name, file_digest=file.digest),
            dataset_pb2.Dataset,
            timeout_seconds=COMMIT_TIMEOUT_SECONDS,
        )

    @operation
    async def get(self, name: str) -> dataset_pb2.Dataset:
        """Gets one dataset, `datasets/{dataset}`.

        Raises:
            NotFound: There is none.
        """
        return await self._calls.call(pb.GetDatasetRequest(name=name), dataset_pb2.Dataset)

    @operation
    async def as_of(
        self, series: str, as_of_time: datetime, *, registered_time: datetime | None = None
    ) -> dataset_pb2.Dataset:
        """Gets the version of a series that was known at a time.

        Args:
            series: As the versions' provenance names it.
            as_of_time: With a time zone.
            registered_time: Only versions registered by then; absent means all.

        Raises:
            NotFound: The series has none of that time or before.
        """
        request = pb.GetDatasetAsOfRequest(series=series, as_of_time=as_of_time)
        if registered_time is not None:
            request.registered_time.FromDatetime(registered_time)
        return await self._calls.call(request, dataset_pb2.Dataset)

    @operation
    async def adjusted(
        self, name: str, as_of_time: datetime, adjustment: dataset_pb2.Adjustment
    ) -> pa.Table:
        """Gets the bars up to a time, adjusted for the actions known then, and hashes them.

        Args:
            name: The dataset, `datasets/{dataset}`.
            as_of_time: With a time zone.
            adjustment: What prices are adjusted for.

        Raises:
            DigestMismatch: They hash to something else than the engine says.
            AureliusError: The view is refused.
        """
        content = await self._adjusted(name, as_of_time, adjustment, TableFormat.ARROW)
        return plain_table(read_file(name, content, TableFormat.ARROW, pa.schema([])))

    @operation
    async def download_adjusted(
        self,
        name: str,
        as_of_time: datetime,
        adjustment: dataset_pb2.Adjustment,
        path: str | Path,
        *,
        format: TableFormat = TableFormat.PARQUET,
    ) -> Path:
        """Downloads what `adjusted` gets as a file, and returns its path.

        The file is read back and hashed before it takes its place: it is whole or absent.

        Raises:
            DigestMismatch: The file hashes to something else than the engine says.
            InvalidInput: It cannot be written.
            AureliusError: The view is refused.
        """
        content = await self._adjusted(name, as_of_time, adjustment, format)
        return write_whole(Path(path), content)

    @operation
    async def slice(
        self,
        name: str,
        path: str | Path,
        *,
        symbols: Sequence[str] = (),
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        data_hash: str = "",
    ) -> VerifiedSlice:
        """Downloads a part of a dataset as a file that proves itself, after checking the proof.

        Args:
            name: The dataset, `datasets/{dataset}`.
            path: Where the file goes: an Arrow file of the rows, with the proof.
            symbols: Which; empty means all.
            start_time: The first moment, with a time zone; absent means that of the first bar.
            end_time: The moment after; absent means that after the last bar.
            data_hash: What the dataset must hash to; empty means what the engine says.

        Raises:
            ProofInvalid: The proof does not hold, or is of another dataset, other symbols or
                another window than were asked for; nothing is written then.
            InvalidInput: The file cannot be written.
            AureliusError: The slice is refused.
        """
        fields: dict[str, Any] = {"name": name, "symbols": list(symbols)}
        fields |= {"start_time": start_time} if start_time is not None else {}
        fields |= {"end_time": end_time} if end_time is not None else {}
        proof, rows, found = await proven_slice(self._calls, fields, data_hash)
        write_whole(Path(path), slice_file(proof, rows))
        return found

    @listing
    def list(self, *, series: str = "", page_size: int = 0) -> AsyncIterator[dataset_pb2.Dataset]:
        """Lists datasets, of a series or all, newest first, asking for pages as they are used."""
        request = pb.ListDatasetsRequest(series=series, page_size=page_size)
        return pages(self._calls, request, pb.ListDatasetsResponse, "datasets")

    @listing
    def adapters(self, *, page_size: int = 0) -> AsyncIterator[market_adapter_pb2.MarketAdapter]:
        """Lists what reads files, and what each reads."""
        request = market_adapter_service_pb2.ListMarketAdaptersRequest(page_size=page_size)
        answer = market_adapter_service_pb2.ListMarketAdaptersResponse
        return pages(self._calls, request, answer, "market_adapters")

    async def _adjusted(
        self,
        name: str,
        as_of_time: datetime,
        adjustment: dataset_pb2.Adjustment,
        file_format: TableFormat,
    ) -> bytes:
        """Returns a view's file whose table has the digest that the engine says."""
        described = pb.DescribeAdjustedBarsRequest(
            name=name, as_of_time=as_of_time, adjustment=adjustment
        )
        stated = await self._calls.call(described, dataset_pb2.AdjustedBars)
        schema = pa.schema([])
        for wanted in (TableFormat.ARROW, file_format):  # CSV and JSON have no types
            request = pb.DownloadAdjustedBarsRequest(
                name=name, as_of_time=as_of_time, adjustment=adjustment, format=wanted.wire
            )
            pieces = await self._calls.whole(request, httpbody_pb2.HttpBody)
            content = b"".join(piece.data for piece in pieces)
            table = read_file(name, content, wanted, schema)
            computed = table_digest(table)
            if computed != stated.data_hash:
                raise DigestMismatch(
                    f"{name} as {wanted.value}", expected=stated.data_hash, computed=computed
                )
            if wanted is file_format:
                break
            schema = table.schema
        return content

    async def _open_upload(
        self, file: LocalFile, dataset_id: str, provenance: dataset_pb2.Provenance
    ) -> pb.DatasetUpload:
        """Opens the file's upload, or finds the one that an earlier call opened."""
        request = pb.CreateDatasetUploadRequest(
            dataset_id=dataset_id,
            format=file.format,
            size_bytes=file.size_bytes,
            provenance=provenance,
            request_id=file.request_id(dataset_id, provenance),
        )
        try:
            opened = await self._calls.call(request, pb.DatasetUpload)
            return await self._upload(opened.name)
        except NotFound:
            # The remembered upload ended: the server dropped it or refused its file.
            request.request_id = ""
        return await self._calls.call(request, pb.DatasetUpload)

    async def _send_chunks(
        self, file: LocalFile, upload: pb.DatasetUpload, progress: Progress | None, size: int
    ) -> None:
        """Appends chunks until all are stored, asking where to go on after each lost one."""
        stored, failures, deadline = upload.received_bytes, 0, self._calls.deadline()
        if progress:
            progress(stored, file.size_bytes)
        while stored < file.size_bytes:
            chunk = file.read(stored, size)
            try:
                answer = await self._calls.call(
                    pb.AppendDatasetUploadRequest(
                        name=upload.name,
                        offset=stored,
                        chunk=httpbody_pb2.HttpBody(
                            content_type="application/octet-stream", data=chunk
                        ),
                    ),
                    pb.DatasetUpload,
                )
            except Conflict as refusal:
                # An attempt whose answer was lost may have been stored.
                if refusal.reason != "UPLOAD_OFFSET_MISMATCH":
                    raise
                failures += 1
                if not await self._calls.pause(failures, deadline):
                    raise
                answer = await self._upload(upload.name)
            if answer.received_bytes > stored:
                failures, deadline = 0, self._calls.deadline()
            stored = answer.received_bytes
            if progress:
                progress(stored, file.size_bytes)

    async def _upload(self, name: str) -> pb.DatasetUpload:
        return await self._calls.call(pb.GetDatasetUploadRequest(name=name), pb.DatasetUpload)
