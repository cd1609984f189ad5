"""Validations as messages."""

import math

from google.protobuf import json_format

from aurelius.engine.v1 import backtest_pb2, validation_pb2
from aurelius_engine.application.validation_records import Validation, ValidationOutcome
from aurelius_engine.domain.validation.findings import Check, Statistic
from aurelius_engine.rpc.mapping import timestamp


def validation_to_proto(validation: Validation) -> validation_pb2.Validation:
    """Returns the message of a validation; of one in a list, without its specification."""
    message = validation_pb2.Validation(
        name=validation.name,
        create_time=timestamp(validation.create_time),
        update_time=timestamp(validation.update_time),
        creator=validation.creator,
        dataset=validation.dataset,
        data_hash=validation.identity.data_hash,
        seed=validation.identity.seed,
        engine_version=validation.identity.engine_version,
        validation_hash=validation.identity.document_hash,
        state=f"STATE_{validation.state.value}",
        attempt_count=validation.attempt_count,
    )
    if validation.document:
        message.spec.CopyFrom(
            json_format.ParseDict(dict(validation.document), validation_pb2.ValidationSpec())
        )
    if validation.failure is not None:
        message.failure.reason = validation.failure.reason
        message.failure.message = validation.failure.message
    _write_progress(message.progress, validation)
    if validation.outcome is not None:
        _write_result(message.result, validation.name, validation.outcome)
    return message


def _write_progress(message: validation_pb2.ValidationProgress, validation: Validation) -> None:
    progress = validation.progress
    message.done_count, message.total_count = progress.done_count, progress.total_count
    message.elapsed_seconds = progress.elapsed_ns / 1e9
    if not validation.ended and progress.done_count > 0:
        left = progress.total_count - progress.done_count
        message.eta_seconds = progress.elapsed_ns / 1e9 / progress.done_count * left


def _write_result(
    message: validation_pb2.ValidationResult, name: str, outcome: ValidationOutcome
) -> None:
    message.result_digest, message.passed = outcome.digest, outcome.passed
    message.execution_count = outcome.execution_count
    for table in outcome.tables:
        message.tables.add(
            name=f"{name}/tables/{table.id}",
            digest=table.digest,
            row_count=table.row_count,
            size_bytes=table.size_bytes,
        )
    message.statistics.extend(map(statistic_to_proto, outcome.statistics))
    message.checks.extend(map(_check_to_proto, outcome.checks))


def statistic_to_proto(statistic: Statistic) -> backtest_pb2.MetricValue:
    """Returns the message of a statistic."""
    message = backtest_pb2.MetricValue(
        metric_id=statistic.id, version=statistic.version, unit=statistic.unit
    )
    if isinstance(statistic.outcome, str):
        message.undefined_reason = statistic.outcome
    else:
        message.value = statistic.outcome
    return message


def _check_to_proto(check: Check) -> validation_pb2.ValidationCheck:
    message = validation_pb2.ValidationCheck(
        check_id=check.id,
        severity=f"SEVERITY_{check.severity.value}",
        verdict=f"VERDICT_{check.verdict.value}",
        comparison=f"COMPARISON_{check.comparison.value}",
        unit=check.unit,
        detail=check.detail,
        remedy=check.remedy,
        evidence=check.evidence,
    )
    if not math.isnan(check.value):
        message.value = check.value
    if not math.isnan(check.bound):
        message.bound = check.bound
    return message
