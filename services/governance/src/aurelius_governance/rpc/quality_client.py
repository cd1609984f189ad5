"""The quality report of a dataset over gRPC, and its tables."""

from collections.abc import Callable, Sequence

import grpc
from google.protobuf import json_format

from aurelius.engine.v1 import (
    dataset_pb2,
    dataset_quality_service_pb2,
    dataset_quality_service_pb2_grpc,
)
from aurelius_chassis.caller import seconds_left
from aurelius_chassis.stream_ends import without_end
from aurelius_governance.application.artifact_reader import ArtifactReader, ArtifactUnreadable
from aurelius_governance.domain.data_quality import TABLES, QualityFacts
from aurelius_governance.domain.table_hash import Column

Metadata = tuple[tuple[str, str | bytes], ...]
_ABSENT = frozenset({grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION})


class QualityClient:
    """Reads quality reports with the rights of the present caller."""

    def __init__(
        self,
        channel: grpc.Channel,
        *,
        outgoing_metadata: Callable[[], Metadata],
        read_table: ArtifactReader,
        call_timeout_seconds: float,
        table_max_bytes: int,
    ):
        self._quality = dataset_quality_service_pb2_grpc.DatasetQualityServiceStub(channel)
        self._outgoing_metadata, self._read_table = outgoing_metadata, read_table
        self._timeout, self._max_bytes = call_timeout_seconds, table_max_bytes

    def facts(self, dataset: dataset_pb2.Dataset) -> QualityFacts | None:
        """Returns what the engine says of a dataset's quality; None if it has no report."""
        name = f"{dataset.name}/qualityReport"
        try:
            stored = self._quality.GetDatasetQualityReport(
                dataset_quality_service_pb2.GetDatasetQualityReportRequest(name=name),
                timeout=seconds_left(self._timeout),
                metadata=self._outgoing_metadata(),
            )
        except grpc.RpcError as error:
            if error.code() in _ABSENT:
                return None
            raise
        document = (
            json_format.MessageToDict(stored.report, always_print_fields_with_no_presence=True)
            if stored.HasField("report")
            else {}
        )
        tables: dict[str, Sequence[Column]] = dict.fromkeys(TABLES, ())
        unreadable = ""
        try:
            for table in TABLES if document else ():
                tables[table] = self._read_table(self._download(dataset.name, table))
        except ArtifactUnreadable as error:
            unreadable = str(error)
        return QualityFacts(
            name=name,
            stated_digest=dataset.quality_report_digest,
            document=document,
            tables=tables,
            unreadable=unreadable,
        )

    def _download(self, dataset: str, table: str) -> bytes:
        """Returns an Arrow stream. One that broke off is no table, or has another digest."""
        content = bytearray()
        try:
            pieces = self._quality.DownloadDatasetQualityTable(
                dataset_quality_service_pb2.DownloadDatasetQualityTableRequest(
                    name=f"{dataset}/qualityTables/{table}"
                ),
                timeout=seconds_left(self._timeout),
                metadata=self._outgoing_metadata(),
            )
            for piece in without_end(pieces):
                content += piece.data
                if len(content) > self._max_bytes:
                    raise ArtifactUnreadable(f"{table} is longer than {self._max_bytes} bytes.")
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.DATA_LOSS or error.code() in _ABSENT:
                raise ArtifactUnreadable(f"The engine refused it: {error.details()}") from error
            raise
        return bytes(content)
