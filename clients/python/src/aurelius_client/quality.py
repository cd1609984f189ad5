"""Quality reports of datasets: what the data says against itself, verified."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from google.api import httpbody_pb2
from google.protobuf import json_format

from aurelius.engine.v1 import dataset_pb2, dataset_quality_report_pb2, dataset_service_pb2
from aurelius.engine.v1 import dataset_quality_service_pb2 as pb
from aurelius_client.artifacts import write_whole
from aurelius_client.errors import DigestMismatch
from aurelius_client.identities import document_digest
from aurelius_client.modes import M, Resource, operation
from aurelius_client.table_digests import plain_table, table_digest
from aurelius_client.table_files import TableFormat, read_file


class Quality(Resource[M]):
    """What datasets say against themselves and their calendars."""

    @operation
    async def report(self, dataset: str) -> dataset_quality_report_pb2.DatasetQualityReport:
        """Gets the quality report of a dataset, `datasets/{dataset}`, and hashes it.

        Of a sealed dataset it has no `report`, only whether the data is clean.

        Raises:
            NotFound: There is none.
            DigestMismatch: It hashes to something else than the dataset or itself states.
        """
        stored = await self._calls.call(
            pb.GetDatasetQualityReportRequest(name=f"{dataset}/qualityReport"),
            dataset_quality_report_pb2.DatasetQualityReport,
        )
        described = await self._calls.call(
            dataset_service_pb2.GetDatasetRequest(name=dataset), dataset_pb2.Dataset
        )
        if stored.HasField("report"):
            document: dict[str, Any] = json_format.MessageToDict(
                stored.report, always_print_fields_with_no_presence=True
            )
            computed = document_digest("aurelius.quality.v1", document)
        else:
            computed = stored.digest
        for expected in (stored.digest, described.quality_report_digest):
            if computed != expected:
                raise DigestMismatch(stored.name, expected=expected, computed=computed)
        return stored

    @operation
    async def findings(self, dataset: str) -> pa.Table:
        """Gets the findings of a report: check, severity, symbol, times, count, value, threshold.

        Raises:
            DigestMismatch: They hash to something else than the report states.
            AureliusError: The dataset is sealed, or there is none.
        """
        return await self._table(dataset, "findings")

    @operation
    async def coverage(self, dataset: str) -> pa.Table:
        """Gets the bars expected and present: symbol, year, month, expected, present.

        Raises:
            DigestMismatch: They hash to something else than the report states.
            AureliusError: The dataset is sealed, or there is none.
        """
        return await self._table(dataset, "coverage")

    @operation
    async def download(
        self, dataset: str, table: str, path: str | Path, *, format: TableFormat
    ) -> Path:
        """Downloads `findings` or `coverage` as a file, and returns its path.

        The file is read back and hashed before it takes its place: it is whole or absent.

        Raises:
            DigestMismatch: The file hashes to something else than the report states.
            InvalidInput: It cannot be written.
            AureliusError: The dataset is sealed, or there is none.
        """
        known = await self._table(dataset, table)
        content = await self._bytes(dataset, table, format)
        name = f"{dataset}/qualityTables/{table}"
        _check(
            name,
            read_file(name, content, format, known.schema),
            expected=table_digest(known),
        )
        return write_whole(Path(path), content)

    async def _table(self, dataset: str, table: str) -> pa.Table:
        content = await self._bytes(dataset, table, TableFormat.ARROW)
        name = f"{dataset}/qualityTables/{table}"
        found = read_file(name, content, TableFormat.ARROW, pa.schema([]))
        stored = await self._calls.call(
            pb.GetDatasetQualityReportRequest(name=f"{dataset}/qualityReport"),
            dataset_quality_report_pb2.DatasetQualityReport,
        )
        _check(name, found, expected=getattr(stored.report, f"{table}_digest"))
        return plain_table(found)

    async def _bytes(self, dataset: str, table: str, file_format: TableFormat) -> bytes:
        request = pb.DownloadDatasetQualityTableRequest(
            name=f"{dataset}/qualityTables/{table}", format=file_format.wire
        )
        pieces = await self._calls.whole(request, httpbody_pb2.HttpBody)
        return b"".join(piece.data for piece in pieces)


def _check(name: str, table: pa.Table, *, expected: str) -> None:
    computed = table_digest(table)
    if computed != expected:
        raise DigestMismatch(name, expected=expected, computed=computed)
