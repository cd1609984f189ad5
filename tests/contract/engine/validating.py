"""Validations as any caller with every role asks for them."""

from typing import Any

import pyarrow as pa
from google.protobuf import json_format

from aurelius.engine.v1 import validation_pb2
from aurelius.engine.v1 import validation_service_pb2 as pb
from tests.contract.engine.executions import WAIT_SECONDS
from tests.contract.engine.serving import SPEC, Served, token


def validation_message(study: str, terms: dict[str, Any], **changes: Any) -> Any:
    """A study of SPEC, changed."""
    document = {"base": SPEC | changes, study: terms}
    return json_format.ParseDict(document, validation_pb2.ValidationSpec())


def create_validation(
    engine: Served,
    study: str,
    terms: dict[str, Any],
    *,
    seed: int = 0,
    dataset: str = "datasets/goog",
    **changes: Any,
) -> validation_pb2.Validation:
    request = pb.CreateValidationRequest(
        spec=validation_message(study, terms, **changes), dataset=dataset, seed=seed
    )
    return engine.validations.CreateValidation(request, metadata=token())


def get_validation(engine: Served, name: str) -> validation_pb2.Validation:
    return engine.validations.GetValidation(pb.GetValidationRequest(name=name), metadata=token())


def cancel_validation(engine: Served, name: str) -> validation_pb2.Validation:
    return engine.validations.CancelValidation(
        pb.CancelValidationRequest(name=name), metadata=token()
    )


def ended(engine: Served, study: str, terms: dict[str, Any], **how: Any) -> Any:
    """Creates a validation and returns it as it ended."""
    validation = create_validation(engine, study, terms, **how)
    request = pb.WatchValidationRequest(name=validation.name)
    for message in engine.validations.WatchValidation(
        request, metadata=token(), timeout=WAIT_SECONDS
    ):
        validation = message.validation
    return validation


def validated(engine: Served, study: str, terms: dict[str, Any], **how: Any) -> Any:
    """Creates a validation, waits for its end, and returns it with its result."""
    validation = ended(engine, study, terms, **how)
    assert validation.state == validation_pb2.Validation.STATE_SUCCEEDED, validation.failure
    return validation


def rows_of(engine: Served, validation: Any, table: str) -> list[dict[str, Any]]:
    """The rows of one table of a result."""
    request = pb.DownloadValidationTableRequest(name=f"{validation.name}/tables/{table}")
    parts = engine.validations.DownloadValidationTable(request, metadata=token())
    content = b"".join(part.data for part in parts)
    rows: list[dict[str, Any]] = pa.ipc.open_stream(content).read_all().to_pylist()
    return rows


def statistics_of(validation: Any) -> dict[str, float | str]:
    """The statistics of a result, by id."""
    return {
        entry.metric_id: entry.value
        if entry.WhichOneof("outcome") == "value"
        else entry.undefined_reason
        for entry in validation.result.statistics
    }


def checks_of(validation: Any) -> dict[str, Any]:
    """The checks of a result, by id."""
    return {entry.check_id: entry for entry in validation.result.checks}
