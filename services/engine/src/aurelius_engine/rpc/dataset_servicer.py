"""DatasetService: each RPC translates and decides nothing."""

from collections.abc import Iterator

import grpc
from google.api import httpbody_pb2

from aurelius.engine.v1 import (
    artifact_service_pb2,
    dataset_pb2,
    dataset_service_pb2,
    dataset_service_pb2_grpc,
    dataset_slice_pb2,
)
from aurelius_chassis import page_tokens
from aurelius_chassis.caller import current_caller
from aurelius_engine.application.dataset_slices import DatasetSlices, Window
from aurelius_engine.application.dataset_views import DatasetViews, View
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.uploads import Uploads
from aurelius_engine.rpc import record_mapping as mapping
from aurelius_engine.rpc.artifact_servicer import cut
from aurelius_engine.rpc.cursors import before_of
from aurelius_engine.rpc.pages import fitting

Context = grpc.ServicerContext


class DatasetServicer(dataset_service_pb2_grpc.DatasetServiceServicer):
    """Serves DatasetService."""

    def __init__(
        self, datasets: Datasets, uploads: Uploads, views: DatasetViews, slices: DatasetSlices
    ) -> None:
        """Takes the use cases."""
        self._datasets, self._uploads, self._views = datasets, uploads, views
        self._slices = slices

    def CreateDatasetUpload(
        self, request: dataset_service_pb2.CreateDatasetUploadRequest, context: Context
    ) -> dataset_service_pb2.DatasetUpload:
        """Opens an upload."""
        return self._uploads.create(
            dataset_id=request.dataset_id,
            file_format=mapping.file_format_from_proto(request.format),
            size_bytes=request.size_bytes,
            provenance=mapping.provenance_from_proto(request.provenance),
            caller=current_caller().name,
            respond=mapping.upload_to_proto,
        )

    def GetDatasetUpload(
        self, request: dataset_service_pb2.GetDatasetUploadRequest, context: Context
    ) -> dataset_service_pb2.DatasetUpload:
        """Gets an upload."""
        return mapping.upload_to_proto(
            self._uploads.get(request.name, caller=current_caller().name)
        )

    def AppendDatasetUpload(
        self, request: dataset_service_pb2.AppendDatasetUploadRequest, context: Context
    ) -> dataset_service_pb2.DatasetUpload:
        """Stores a chunk."""
        upload = self._uploads.append(
            request.name,
            caller=current_caller().name,
            offset=request.offset,
            data=request.chunk.data,
        )
        return mapping.upload_to_proto(upload)

    def CommitDatasetUpload(
        self, request: dataset_service_pb2.CommitDatasetUploadRequest, context: Context
    ) -> dataset_pb2.Dataset:
        """Registers the dataset."""
        digest = request.file_digest if request.HasField("file_digest") else None
        dataset = self._uploads.commit(
            request.name, caller=current_caller().name, file_digest=digest
        )
        return mapping.dataset_to_proto(dataset)

    def GetDataset(
        self, request: dataset_service_pb2.GetDatasetRequest, context: Context
    ) -> dataset_pb2.Dataset:
        """Gets a dataset."""
        return mapping.dataset_to_proto(self._datasets.get(request.name))

    def ListDatasets(
        self, request: dataset_service_pb2.ListDatasetsRequest, context: Context
    ) -> dataset_service_pb2.ListDatasetsResponse:
        """Lists datasets."""
        size = page_tokens.page_size(request.page_size)
        found = self._datasets.list(
            series=request.series, before=before_of(request), limit=size + 1
        )
        datasets = [mapping.dataset_to_proto(dataset) for _, dataset in found[:size]]
        count = fitting(datasets)
        token = ""
        if len(found) > count:
            token = page_tokens.encode({"before": found[count - 1][0]}, request)
        return dataset_service_pb2.ListDatasetsResponse(
            datasets=datasets[:count],
            next_page_token=token,
        )

    def GetDatasetSlice(
        self, request: dataset_service_pb2.GetDatasetSliceRequest, context: Context
    ) -> dataset_slice_pb2.DatasetSlice:
        """Proves a slice."""
        return mapping.slice_to_proto(*self._slices.proof(request.name, _window(request)))

    def DownloadDatasetSlice(
        self, request: dataset_service_pb2.DownloadDatasetSliceRequest, context: Context
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """Downloads the rows that a proof is checked with."""
        _, content_type = mapping.DOWNLOAD_FORMATS[artifact_service_pb2.DOWNLOAD_FORMAT_ARROW]
        for data in cut((self._slices.rows(request.name, _window(request)),)):
            yield httpbody_pb2.HttpBody(content_type=content_type, data=data)

    def GetDatasetAsOf(
        self, request: dataset_service_pb2.GetDatasetAsOfRequest, context: Context
    ) -> dataset_pb2.Dataset:
        """Gets the version of a series that was known at a time."""
        registered = None
        if request.HasField("registered_time"):
            registered = request.registered_time.ToNanoseconds()
        found = self._views.version(request.series, request.as_of_time.ToNanoseconds(), registered)
        return mapping.dataset_to_proto(found)

    def DescribeAdjustedBars(
        self, request: dataset_service_pb2.DescribeAdjustedBarsRequest, context: Context
    ) -> dataset_pb2.AdjustedBars:
        """Says what a download gives."""
        return mapping.view_to_proto(self._view(request))

    def DownloadAdjustedBars(
        self, request: dataset_service_pb2.DownloadAdjustedBarsRequest, context: Context
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """Downloads adjusted bars in a format."""
        export_format, content_type = mapping.DOWNLOAD_FORMATS[request.format]
        for data in cut(self._views.export(self._view(request), export_format)):
            yield httpbody_pb2.HttpBody(content_type=content_type, data=data)

    def _view(
        self,
        request: dataset_service_pb2.DescribeAdjustedBarsRequest
        | dataset_service_pb2.DownloadAdjustedBarsRequest,
    ) -> View:
        return self._views.view(
            request.name,
            request.as_of_time.ToNanoseconds(),
            mapping.ADJUSTMENTS[request.adjustment],
        )


def _window(
    request: dataset_service_pb2.GetDatasetSliceRequest
    | dataset_service_pb2.DownloadDatasetSliceRequest,
) -> Window:
    return Window(
        symbols=tuple(request.symbols),
        start=request.start_time.ToNanoseconds() if request.HasField("start_time") else None,
        end=request.end_time.ToNanoseconds() if request.HasField("end_time") else None,
    )
