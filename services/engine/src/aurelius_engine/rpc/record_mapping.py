"""Records as messages, and what requests say as records."""

from collections.abc import Mapping, Sequence

from google.protobuf import json_format

from aurelius.engine.v1 import (
    artifact_service_pb2,
    backtest_pb2,
    backtest_service_pb2,
    backtest_spec_pb2,
    dataset_pb2,
    dataset_service_pb2,
    dataset_slice_pb2,
    market_event_pb2,
    replay_service_pb2,
)
from aurelius_engine.application.comparisons import Change, Comparison
from aurelius_engine.application.dataset_views import View
from aurelius_engine.application.errors import ObjectDamaged
from aurelius_engine.application.records import (
    Artifact,
    Dataset,
    FileFormat,
    Provenance,
    Replay,
    ReplayState,
    Run,
    RunState,
    Upload,
)
from aurelius_engine.application.sealed_records import damage_message
from aurelius_engine.application.table_files import ExportFormat
from aurelius_engine.domain.adjustment import Adjustment
from aurelius_engine.domain.divergence import Difference
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.domain.slices import SliceProof
from aurelius_engine.domain.survivorship import Survivorship, Verdict
from aurelius_engine.rpc.errors import reason_of
from aurelius_engine.rpc.event_mapping import EVENT_TYPES
from aurelius_engine.rpc.mapping import identity_to_proto, result_to_proto, timestamp

_State = backtest_pb2.Backtest.State
_ReplayState = replay_service_pb2.Replay.State
FILE_FORMATS: Mapping[FileFormat, dataset_service_pb2.FileFormat] = {
    FileFormat.CSV: dataset_service_pb2.FILE_FORMAT_CSV,
    FileFormat.PARQUET: dataset_service_pb2.FILE_FORMAT_PARQUET,
    FileFormat.ARROW: dataset_service_pb2.FILE_FORMAT_ARROW,
    FileFormat.ALPACA_BARS_JSON: dataset_service_pb2.FILE_FORMAT_ALPACA_BARS_JSON,
    FileFormat.YAHOO_CHART_JSON: dataset_service_pb2.FILE_FORMAT_YAHOO_CHART_JSON,
}
RUN_STATES: Mapping[RunState, _State] = {
    RunState.RUNNING: backtest_pb2.Backtest.STATE_RUNNING,
    RunState.SEALED: backtest_pb2.Backtest.STATE_SEALED,
    RunState.FAILED: backtest_pb2.Backtest.STATE_FAILED,
    RunState.CRASHED: backtest_pb2.Backtest.STATE_CRASHED,
    RunState.CANCELLED: backtest_pb2.Backtest.STATE_CANCELLED,
    RunState.QUARANTINED: backtest_pb2.Backtest.STATE_QUARANTINED,
}
REPLAY_STATES: Mapping[ReplayState, _ReplayState] = {
    ReplayState.RUNNING: replay_service_pb2.Replay.STATE_RUNNING,
    ReplayState.EQUAL: replay_service_pb2.Replay.STATE_EQUAL,
    ReplayState.DIFFERENT: replay_service_pb2.Replay.STATE_DIFFERENT,
    ReplayState.FAILED: replay_service_pb2.Replay.STATE_FAILED,
}
ADJUSTMENTS: Mapping[dataset_pb2.Adjustment, Adjustment] = {
    dataset_pb2.ADJUSTMENT_RAW: "RAW",
    dataset_pb2.ADJUSTMENT_SPLITS: "SPLITS",
    dataset_pb2.ADJUSTMENT_SPLITS_AND_DIVIDENDS: "SPLITS_AND_DIVIDENDS",
}
VERDICTS: Mapping[Verdict, dataset_pb2.SurvivorshipVerdict] = {
    Verdict.POINT_IN_TIME: dataset_pb2.SURVIVORSHIP_VERDICT_POINT_IN_TIME,
    Verdict.SUSPECT: dataset_pb2.SURVIVORSHIP_VERDICT_SUSPECT,
    Verdict.BIASED: dataset_pb2.SURVIVORSHIP_VERDICT_BIASED,
    Verdict.NOT_APPLICABLE: dataset_pb2.SURVIVORSHIP_VERDICT_NOT_APPLICABLE,
}
DOWNLOAD_FORMATS: Mapping[int, tuple[ExportFormat, str]] = {
    artifact_service_pb2.DOWNLOAD_FORMAT_UNSPECIFIED: (
        ExportFormat.ARROW,
        "application/vnd.apache.arrow.stream",
    ),
    artifact_service_pb2.DOWNLOAD_FORMAT_ARROW: (
        ExportFormat.ARROW,
        "application/vnd.apache.arrow.stream",
    ),
    artifact_service_pb2.DOWNLOAD_FORMAT_PARQUET: (
        ExportFormat.PARQUET,
        "application/vnd.apache.parquet",
    ),
    artifact_service_pb2.DOWNLOAD_FORMAT_CSV: (ExportFormat.CSV, "text/csv; charset=utf-8"),
    artifact_service_pb2.DOWNLOAD_FORMAT_JSON: (ExportFormat.JSON, "application/json"),
}


QUALITY_SEVERITIES: Mapping[str, dataset_pb2.QualitySeverity] = {
    "NONE": dataset_pb2.QUALITY_SEVERITY_NONE,
    "INFO": dataset_pb2.QUALITY_SEVERITY_INFO,
    "WARNING": dataset_pb2.QUALITY_SEVERITY_WARNING,
    "ERROR": dataset_pb2.QUALITY_SEVERITY_ERROR,
}


def file_format_from_proto(value: int) -> FileFormat:
    """Returns the format of a request that passed its rules."""
    return next(mine for mine, theirs in FILE_FORMATS.items() if theirs == value)


def provenance_from_proto(message: dataset_pb2.Provenance) -> Provenance:
    """Returns the provenance of a request that passed its rules."""
    return Provenance(calendar=message.calendar, document=json_format.MessageToDict(message))


def dataset_to_proto(dataset: Dataset) -> dataset_pb2.Dataset:
    """Returns the message of a dataset; of a sealed one, without what its bars say."""
    message = dataset_pb2.Dataset(
        name=dataset.name,
        create_time=timestamp(dataset.create_time),
        creator=dataset.creator,
        data_hash=dataset.data_hash,
        provenance=json_format.ParseDict(
            dict(dataset.provenance.document), dataset_pb2.Provenance()
        ),
        row_count=dataset.row_count,
        symbol_count=dataset.symbol_count,
        symbols=dataset.symbols,
        first_time=timestamp(dataset.first_time),
        last_time=timestamp(dataset.last_time),
        quality_report_digest=dataset.quality.digest,
        adapter=dataset.adapter,
        event_tables=_event_tables(dataset),
    )
    if not dataset.provenance.sealed:
        if dataset.survivorship is not None:
            message.survivorship.CopyFrom(survivorship_to_proto(dataset.survivorship))
        message.quality_severity = QUALITY_SEVERITIES[dataset.quality.severity]
        message.quality_flags.extend(flag_to_proto(flag) for flag in dataset.flags)
    return message


def flag_from_proto(message: dataset_pb2.QualityFlag) -> QualityFlag:
    """Returns the flag of a message."""
    return QualityFlag(
        id=message.flag, count=message.count, first_time=message.first_time.ToNanoseconds()
    )


def _event_tables(dataset: Dataset) -> list[dataset_pb2.EventTable]:
    """Returns the tables of a dataset; bars are the events of one type."""
    if not dataset.events:
        bars = market_event_pb2.MARKET_EVENT_TYPE_BAR
        rows, digest = dataset.row_count, dataset.data_hash
        return [dataset_pb2.EventTable(type=bars, row_count=rows, digest=digest)]
    return [
        dataset_pb2.EventTable(
            type=EVENT_TYPES[each.type], row_count=each.row_count, digest=each.digest
        )
        for each in dataset.events
    ]


def flag_to_proto(flag: QualityFlag) -> dataset_pb2.QualityFlag:
    """Returns the message of a flag."""
    return dataset_pb2.QualityFlag(
        flag=flag.id,
        count=flag.count,
        first_time=timestamp(flag.first_time),
        meaning=flag.meaning,
    )


def survivorship_to_proto(found: Survivorship) -> dataset_pb2.Survivorship:
    """Returns the message of a verdict."""
    return dataset_pb2.Survivorship(
        verdict=VERDICTS[found.verdict],
        detail=found.detail,
        symbol_count=found.symbol_count,
        ended_count=found.ended_count,
        entered_count=found.entered_count,
        membership_change_count=found.membership_change_count,
        symbol_years=found.symbol_years,
        years=found.years,
        least_attrition_ratio=found.least_attrition_ratio,
        expected_ended_count=found.expected_ended_count,
    )


def slice_to_proto(dataset: Dataset, proof: SliceProof) -> dataset_slice_pb2.DatasetSlice:
    """Returns the message of a proof."""
    return dataset_slice_pb2.DatasetSlice(
        dataset=dataset.name,
        data_hash=dataset.data_hash,
        header=proof.header,
        symbols=proof.symbols,
        start_time=timestamp(proof.start),
        end_time=timestamp(proof.end),
        first_row=proof.first_row,
        row_count=proof.end_row - proof.first_row,
        sibling_hashes=proof.sibling_hashes,
        slice_hash=proof.slice_hash,
        slice_row_count=proof.slice_row_count,
    )


def view_to_proto(view: View) -> dataset_pb2.AdjustedBars:
    """Returns the message of a view."""
    return dataset_pb2.AdjustedBars(
        dataset=view.dataset.name,
        as_of_time=timestamp(view.as_of_time),
        adjustment=next(code for code, name in ADJUSTMENTS.items() if name == view.adjustment),
        data_hash=view.table.data_hash(),
        row_count=len(view.table.time),
        symbol_count=len(view.table.symbols),
        last_time=timestamp(int(view.table.time[-1])),
    )


def upload_to_proto(upload: Upload) -> dataset_service_pb2.DatasetUpload:
    """Returns the message of an upload."""
    return dataset_service_pb2.DatasetUpload(
        name=upload.name,
        create_time=timestamp(upload.create_time),
        dataset=f"datasets/{upload.dataset_id}",
        format=FILE_FORMATS[upload.format],
        size_bytes=upload.size_bytes,
        received_bytes=upload.received_bytes,
    )


def run_to_proto(run: Run) -> backtest_pb2.Backtest:
    """Returns the message of a run; of a damaged record, without specification and result."""
    message = backtest_pb2.Backtest(
        name=run.name,
        create_time=timestamp(run.create_time),
        update_time=timestamp(run.update_time),
        creator=run.creator,
        identity=identity_to_proto(run.identity),
        dataset=run.dataset,
        state=RUN_STATES[run.state],
        attempt_count=run.attempt_count,
    )
    if run.damage is not None:
        message.failure.reason = reason_of(ObjectDamaged(""))
        message.failure.message = damage_message(run, run.damage)
        return message
    message.spec.CopyFrom(
        json_format.ParseDict(dict(run.document), backtest_spec_pb2.BacktestSpec())
    )
    if run.failure is not None:
        message.failure.reason = run.failure.reason
        message.failure.message = run.failure.message
    if run.summary is not None:
        message.result.CopyFrom(result_to_proto(run.summary, run.identity))
    return message


def artifact_to_proto(artifact: Artifact) -> artifact_service_pb2.Artifact:
    """Returns the message of an artifact."""
    return artifact_service_pb2.Artifact(
        name=artifact.name,
        digest=artifact.digest,
        row_count=artifact.row_count,
        size_bytes=artifact.size_bytes,
    )


def replay_to_proto(replay: Replay) -> replay_service_pb2.Replay:
    """Returns the message of a replay."""
    message = replay_service_pb2.Replay(
        name=replay.name,
        create_time=timestamp(replay.create_time),
        identity=identity_to_proto(replay.identity),
        state=REPLAY_STATES[replay.state],
        sealed_result_digest=replay.sealed_result_digest,
        replayed_result_digest=replay.replayed_result_digest,
        failure_message=replay.failure_message,
        perturbations=replay.perturbations,
        failure_reason=replay.failure_reason,
    )
    if replay.difference is not None:
        message.first_difference.CopyFrom(difference_to_proto(replay.difference))
    return message


def difference_to_proto(difference: Difference) -> replay_service_pb2.Difference:
    """Returns the message of a difference."""
    message = replay_service_pb2.Difference(
        artifact_id=difference.table,
        row=difference.row,
        column=difference.column,
        sealed_value=difference.left,
        replayed_value=difference.right,
        symbol=difference.symbol,
    )
    if difference.step >= 0:
        message.step = difference.step
        message.event_time.CopyFrom(timestamp(difference.time_ns))
    return message


def comparison_to_proto(comparison: Comparison) -> backtest_service_pb2.CompareBacktestsResponse:
    """Returns the message of a comparison."""
    found = comparison.difference
    return backtest_service_pb2.CompareBacktestsResponse(
        identity_changes=_changes(comparison.identity),
        spec_changes=_changes(comparison.spec),
        first_difference=None if found is None else difference_to_proto(found),
        metric_changes=_changes(comparison.metrics),
    )


def _changes(changes: Sequence[Change]) -> list[backtest_service_pb2.ValueChange]:
    return [
        backtest_service_pb2.ValueChange(path=item.path, left=item.left, right=item.right)
        for item in changes
    ]
