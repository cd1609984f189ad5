"""The quality report that an engine on loopback serves from memory."""

from collections.abc import Iterator

import grpc
import pyarrow as pa
from google.api import httpbody_pb2
from google.protobuf import json_format

from aurelius.engine.v1 import (
    dataset_pb2,
    dataset_quality_report_pb2,
    dataset_quality_service_pb2,
    dataset_quality_service_pb2_grpc,
)
from aurelius_governance.domain import canonical_json
from aurelius_governance.domain.table_hash import Column, ColumnType, table_hash

FINDINGS = {"check": ["zero_volume"], "severity": ["INFO"], "symbol": ["GOOG"], "count": [3]}
COVERAGE = {"symbol": ["GOOG"], "year": [2004], "month": [8], "expected": [9], "present": [9]}
Table = dict[str, list[str] | list[int]]


def _columns(table: Table) -> list[Column]:
    return [
        Column(
            name=name,
            type=ColumnType.STRING if isinstance(values[0], str) else ColumnType.INT64,
            values=values,
        )
        for name, values in table.items()
    ]


class QualityDouble(dataset_quality_service_pb2_grpc.DatasetQualityServiceServicer):
    """What a test wants the engine to say of its data is in its attributes."""

    def __init__(self, data_hash: str) -> None:
        self.tables: dict[str, Table] = {"findings": dict(FINDINGS), "coverage": dict(COVERAGE)}  # type: ignore[arg-type]
        self.report = dataset_quality_report_pb2.QualityReport(
            rules_version=1,
            data_hash=data_hash,
            clean=True,
            severity=dataset_pb2.QUALITY_SEVERITY_INFO,
            findings_digest=table_hash(_columns(self.tables["findings"])),
            coverage_digest=table_hash(_columns(self.tables["coverage"])),
        )
        self.digest = self.computed()
        self.absent = False

    def computed(self) -> str:
        """Returns the digest of the report as it is now."""
        document = json_format.MessageToDict(self.report, always_print_fields_with_no_presence=True)
        return canonical_json.digest(b"aurelius.quality.v1\n", canonical_json.encode(document))

    def GetDatasetQualityReport(
        self,
        request: dataset_quality_service_pb2.GetDatasetQualityReportRequest,
        context: grpc.ServicerContext,
    ) -> dataset_quality_report_pb2.DatasetQualityReport:
        if self.absent:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such dataset")
        return dataset_quality_report_pb2.DatasetQualityReport(
            name=request.name, clean=True, digest=self.digest, report=self.report
        )

    def DownloadDatasetQualityTable(
        self,
        request: dataset_quality_service_pb2.DownloadDatasetQualityTableRequest,
        context: grpc.ServicerContext,
    ) -> Iterator[httpbody_pb2.HttpBody]:
        table = pa.table(self.tables[request.name.rpartition("/")[2]])
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        yield httpbody_pb2.HttpBody(data=bytes(sink.getvalue()))
