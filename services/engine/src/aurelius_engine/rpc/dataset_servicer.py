"""DatasetService: each RPC translates and decides nothing."""

import grpc

from aurelius.engine.v1 import dataset_pb2, dataset_service_pb2, dataset_service_pb2_grpc
from aurelius_chassis import page_tokens
from aurelius_chassis.caller import current_caller
from aurelius_engine.application.datasets import Datasets
from aurelius_engine.application.uploads import Uploads
from aurelius_engine.rpc import record_mapping as mapping
from aurelius_engine.rpc.cursors import before_of
from aurelius_engine.rpc.pages import fitting

Context = grpc.ServicerContext


class DatasetServicer(dataset_service_pb2_grpc.DatasetServiceServicer):
    """Serves DatasetService."""

    def __init__(self, datasets: Datasets, uploads: Uploads) -> None:
        """Takes the use cases."""
        self._datasets, self._uploads = datasets, uploads

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
        found = self._datasets.list(before=before_of(request), limit=size + 1)
        datasets = [mapping.dataset_to_proto(dataset) for _, dataset in found[:size]]
        count = fitting(datasets)
        token = ""
        if len(found) > count:
            token = page_tokens.encode({"before": found[count - 1][0]}, request)
        return dataset_service_pb2.ListDatasetsResponse(
            datasets=datasets[:count],
            next_page_token=token,
        )
