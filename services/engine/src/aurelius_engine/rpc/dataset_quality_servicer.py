"""DatasetQualityService: each RPC translates and decides nothing."""

from collections.abc import Iterator

import grpc
from google.api import httpbody_pb2
from google.protobuf import json_format

from aurelius.engine.v1 import (
    dataset_quality_report_pb2,
    dataset_quality_service_pb2,
    dataset_quality_service_pb2_grpc,
)
from aurelius_engine.application.dataset_quality import DatasetQuality
from aurelius_engine.rpc import record_mapping as mapping
from aurelius_engine.rpc.artifact_servicer import cut

Context = grpc.ServicerContext


class DatasetQualityServicer(dataset_quality_service_pb2_grpc.DatasetQualityServiceServicer):
    """Serves DatasetQualityService."""

    def __init__(self, quality: DatasetQuality) -> None:
        """Takes the use case."""
        self._quality = quality

    def GetDatasetQualityReport(
        self,
        request: dataset_quality_service_pb2.GetDatasetQualityReportRequest,
        context: Context,
    ) -> dataset_quality_report_pb2.DatasetQualityReport:
        """Gets the report of a dataset."""
        dataset, document = self._quality.report(request.name)
        message = dataset_quality_report_pb2.DatasetQualityReport(
            name=request.name, clean=dataset.quality.clean, digest=dataset.quality.digest
        )
        if document is not None:
            json_format.ParseDict(dict(document), message.report)
        return message

    def DownloadDatasetQualityTable(
        self,
        request: dataset_quality_service_pb2.DownloadDatasetQualityTableRequest,
        context: Context,
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """Downloads a table of a report in a format."""
        export_format, content_type = mapping.DOWNLOAD_FORMATS[request.format]
        for data in cut(self._quality.export(request.name, export_format)):
            yield httpbody_pb2.HttpBody(content_type=content_type, data=data)
