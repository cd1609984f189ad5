"""Datasets: resumable uploads, and what is registered."""

from collections.abc import AsyncIterator
from pathlib import Path

from google.api import httpbody_pb2

from aurelius.engine.v1 import dataset_pb2
from aurelius.engine.v1 import dataset_service_pb2 as pb
from aurelius_client.calls import pages
from aurelius_client.errors import Conflict, InvalidInput, NotFound
from aurelius_client.modes import M, Resource, listing, operation
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
        progress: Progress | None = None,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> dataset_pb2.Dataset:
        """Uploads a file in chunks and registers it.

        An upload that broke off, in this process or in one before, goes on where it
        ended, as the same file for the same dataset is the same upload.

        Args:
            path: A .csv, .parquet or .arrow file.
            dataset_id: The id of the dataset to be.
            provenance: Where the data came from; every field is mandatory.
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
        file = local_file(Path(path))
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

    @listing
    def list(self, *, page_size: int = 0) -> AsyncIterator[dataset_pb2.Dataset]:
        """Lists datasets, newest first, asking for pages as they are used."""
        request = pb.ListDatasetsRequest(page_size=page_size)
        return pages(self._calls, request, pb.ListDatasetsResponse, "datasets")

    async def _open_upload(
        self, file: LocalFile, dataset_id: str, provenance: dataset_pb2.Provenance
    ) -> pb.DatasetUpload:
        """Opens the file's upload, or finds the one that an earlier call opened."""
        request = pb.CreateDatasetUploadRequest(
            dataset_id=dataset_id,
            format=file.format,
            size_bytes=file.size_bytes,
            provenance=provenance,
            request_id=file.request_id(dataset_id),
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
