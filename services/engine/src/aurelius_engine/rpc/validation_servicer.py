"""ValidationService: each RPC translates and decides nothing."""

from collections.abc import Iterator

import grpc
from google.api import httpbody_pb2

from aurelius.engine.v1 import (
    validation_pb2,
    validation_service_pb2,
    validation_service_pb2_grpc,
)
from aurelius_chassis import page_tokens
from aurelius_chassis.caller import current_caller
from aurelius_chassis.strict_json import UnknownField
from aurelius_chassis.unknown_fields import refuse_unknown_fields
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.application.validations import Validations
from aurelius_engine.rpc import record_mapping, validation_mapping
from aurelius_engine.rpc.artifact_servicer import cut
from aurelius_engine.rpc.cursors import before_of
from aurelius_engine.rpc.listening import close_with_call
from aurelius_engine.rpc.pages import fitting
from aurelius_engine.rpc.validation_resolution import resolve_validation

Context = grpc.ServicerContext


class ValidationServicer(validation_service_pb2_grpc.ValidationServiceServicer):
    """Serves ValidationService."""

    def __init__(
        self,
        validations: Validations,
        *,
        plugins: Plugins,
        unknown_field: UnknownField,
    ) -> None:
        """Takes the use case, the plug-ins, and what names the refusal of an unknown field."""
        self._plugins = plugins
        self._validations, self._unknown_field = validations, unknown_field

    def CreateValidation(
        self, request: validation_service_pb2.CreateValidationRequest, context: Context
    ) -> validation_pb2.Validation:
        """Accepts a validation."""
        refuse_unknown_fields(request.spec, "spec", self._unknown_field)
        validation = self._validations.create(
            document=resolve_validation(request.spec, self._plugins),
            dataset_name=request.dataset,
            seed=request.seed,
            caller=current_caller().name,
        )
        return validation_mapping.validation_to_proto(validation)

    def GetValidation(
        self, request: validation_service_pb2.GetValidationRequest, context: Context
    ) -> validation_pb2.Validation:
        """Gets a validation."""
        return validation_mapping.validation_to_proto(self._validations.get(request.name))

    def ListValidations(
        self, request: validation_service_pb2.ListValidationsRequest, context: Context
    ) -> validation_service_pb2.ListValidationsResponse:
        """Lists validations."""
        size = page_tokens.page_size(request.page_size)
        found = self._validations.list(
            dataset=request.dataset, before=before_of(request), limit=size + 1
        )
        validations = [
            validation_mapping.validation_to_proto(validation) for validation in found[:size]
        ]
        count = fitting(validations)
        token = ""
        if len(found) > count:
            token = page_tokens.encode({"before": found[count - 1].sequence}, request)
        return validation_service_pb2.ListValidationsResponse(
            validations=validations[:count], next_page_token=token
        )

    def WatchValidation(
        self, request: validation_service_pb2.WatchValidationRequest, context: Context
    ) -> Iterator[validation_service_pb2.WatchValidationResponse]:
        """Watches a validation."""
        for validation in self._validations.watch(request.name, close_with_call(context)):
            yield validation_service_pb2.WatchValidationResponse(
                validation=validation_mapping.validation_to_proto(validation)
            )

    def CancelValidation(
        self, request: validation_service_pb2.CancelValidationRequest, context: Context
    ) -> validation_pb2.Validation:
        """Cancels a validation."""
        return validation_mapping.validation_to_proto(self._validations.cancel(request.name))

    def DownloadValidationTable(
        self, request: validation_service_pb2.DownloadValidationTableRequest, context: Context
    ) -> Iterator[httpbody_pb2.HttpBody]:
        """Downloads a table in a format."""
        export_format, content_type = record_mapping.DOWNLOAD_FORMATS[request.format]
        for data in cut(self._validations.export(request.name, export_format)):
            yield httpbody_pb2.HttpBody(content_type=content_type, data=data)
