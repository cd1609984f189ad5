"""Records to rows and back. What has structure of its own is JSON text in a column."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import RowMapping

from aurelius_engine.application.records import (
    Artifact,
    Chunk,
    Damage,
    Dataset,
    Failure,
    FileFormat,
    MetricOutcome,
    Provenance,
    Replay,
    ReplayState,
    ResultSummary,
    Run,
    RunState,
    StoredEvents,
    StoredQuality,
    Upload,
)
from aurelius_engine.application.sealed_records import damage_of
from aurelius_engine.domain.divergence import Difference
from aurelius_engine.domain.errors import EngineError
from aurelius_engine.domain.events.schema import MarketEventType
from aurelius_engine.domain.identity import RunIdentity
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.survivorship import (
    survivorship_from_document,
    survivorship_to_document,
)

Row = Mapping[str, Any] | RowMapping


def _text(value: object) -> str:
    """Returns JSON that gives every number back bit by bit, and refuses what is not one."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _identity_to_row(identity: RunIdentity) -> dict[str, Any]:
    return {
        "run_id": identity.run_id,
        "spec_hash": identity.spec_hash,
        "data_hash": identity.data_hash,
        "seed": str(identity.seed),
        "engine_version": identity.engine_version,
    }


def _identity_from_row(row: Row) -> RunIdentity:
    return RunIdentity(
        spec_hash=row["spec_hash"],
        data_hash=row["data_hash"],
        seed=int(row["seed"]),
        engine_version=row["engine_version"],
    )


def _provenance_to_row(provenance: Provenance) -> dict[str, Any]:
    return {"calendar": provenance.calendar, "provenance": _text(provenance.document)}


def provenance_from_row(row: Row) -> Provenance:
    """Returns the provenance in the row of a dataset or an upload."""
    return Provenance(calendar=row["calendar"], document=json.loads(row["provenance"]))


def dataset_to_row(dataset: Dataset) -> dict[str, Any]:
    """Returns the row of a dataset, without its sequence number."""
    return {
        "dataset_id": dataset.id,
        "create_time": dataset.create_time,
        "creator": dataset.creator,
        "data_hash": dataset.data_hash,
        **_provenance_to_row(dataset.provenance),
        "row_count": dataset.row_count,
        "symbols": _text(dataset.symbols),
        "first_time": dataset.first_time,
        "last_time": dataset.last_time,
        "object_digest": dataset.object_digest,
        "adapter": dataset.adapter,
        "series": dataset.provenance.series,
        "as_of_time": dataset.provenance.as_of_time,
        "survivorship": None
        if dataset.survivorship is None
        else _text(survivorship_to_document(dataset.survivorship)),
        "quality": _text(asdict(dataset.quality)),
        "flags": _text([asdict(flag) for flag in dataset.flags]),
        "events": _text([{**asdict(each), "type": each.type.value} for each in dataset.events]),
    }


def dataset_from_row(row: Row, *, with_symbols: bool = True) -> Dataset:
    """Returns the dataset of a row."""
    symbols = tuple(json.loads(row["symbols"]))
    return Dataset(
        id=row["dataset_id"],
        create_time=row["create_time"],
        creator=row["creator"],
        data_hash=row["data_hash"],
        provenance=provenance_from_row(row),
        row_count=row["row_count"],
        symbol_count=len(symbols),
        symbols=symbols if with_symbols else (),
        first_time=row["first_time"],
        last_time=row["last_time"],
        object_digest=row["object_digest"],
        adapter=row["adapter"],
        survivorship=None
        if row["survivorship"] is None
        else survivorship_from_document(json.loads(row["survivorship"])),
        quality=StoredQuality(**json.loads(row["quality"])),
        flags=tuple(QualityFlag(**flag) for flag in json.loads(row["flags"])),
        events=tuple(
            StoredEvents(**{**each, "type": MarketEventType(each["type"])})
            for each in json.loads(row["events"])
        ),
    )


def upload_to_row(upload: Upload) -> dict[str, Any]:
    """Returns the row of an upload."""
    return {
        "upload_id": upload.id,
        "create_time": upload.create_time,
        "creator": upload.creator,
        "dataset_id": upload.dataset_id,
        "format": upload.format.value,
        "size_bytes": upload.size_bytes,
        "received_bytes": upload.received_bytes,
        **_provenance_to_row(upload.provenance),
        "file_digest": upload.file_digest,
    }


def upload_from_row(row: Row) -> Upload:
    """Returns the upload of a row."""
    return Upload(
        id=row["upload_id"],
        create_time=row["create_time"],
        creator=row["creator"],
        dataset_id=row["dataset_id"],
        format=FileFormat(row["format"]),
        size_bytes=row["size_bytes"],
        received_bytes=row["received_bytes"],
        provenance=provenance_from_row(row),
        file_digest=row["file_digest"],
    )


def chunk_from_row(row: Row) -> Chunk:
    """Returns the chunk of a row."""
    return Chunk(offset=row["offset_bytes"], size=row["size_bytes"], digest=row["digest"])


def run_to_row(run: Run) -> dict[str, Any]:
    """Returns the row of a run."""
    return {
        **_identity_to_row(run.identity),
        "sequence": run.sequence,
        "create_time": run.create_time,
        "update_time": run.update_time,
        "creator": run.creator,
        "dataset": run.dataset,
        "document": _text(run.document),
        "state": run.state.value,
        "attempt_count": run.attempt_count,
        "failure_reason": run.failure.reason if run.failure else None,
        "failure_message": run.failure.message if run.failure else None,
        "summary": _summary_to_text(run.summary) if run.summary else None,
    }


def run_from_row(row: Row, artifacts: Sequence[Artifact]) -> Run:
    """Returns the run of a row, checked; what its `damage` says may not be believed.

    Args:
        row: A row that may have been changed by others.
        artifacts: The artifacts that are recorded for the run, by id.
    """
    run = _bare_run(row)
    try:
        document = json.loads(row["document"])
        summary = None
        if row["summary"] is not None:
            labels = spec_from_document(document).labels
            summary = _summary_from_text(row["summary"], labels)
        run = replace(run, document=document, state=RunState(row["state"]), summary=summary)
        return replace(run, damage=damage_of(run, artifacts))
    except (ValueError, TypeError, LookupError, AttributeError, EngineError) as error:
        found = f"{type(error).__name__}: {error}"[:200]
        return replace(run, damage=Damage(part="record", found=found, allowed="the record written"))


def _bare_run(row: Row) -> Run:
    """Returns what can be said of a run without its structured columns.

    A state that is none is as good as quarantined: the numbers must not be used.
    """
    failure = None
    if row["failure_reason"] is not None:
        failure = Failure(reason=row["failure_reason"], message=row["failure_message"])
    known = row["state"] in {state.value for state in RunState}
    return Run(
        identity=_identity_from_row(row),
        sequence=row["sequence"],
        create_time=row["create_time"],
        update_time=row["update_time"],
        creator=row["creator"],
        dataset=row["dataset"],
        document={},
        state=RunState(row["state"]) if known else RunState.QUARANTINED,
        attempt_count=row["attempt_count"],
        failure=failure,
    )


def _summary_to_text(summary: ResultSummary) -> str:
    """Leaves out the labels: they follow from the specification."""
    document = asdict(summary)
    del document["labels"]
    return _text(document)


def _summary_from_text(text: str, labels: tuple[str, ...]) -> ResultSummary:
    document = json.loads(text)
    metrics = tuple(MetricOutcome(**metric) for metric in document["metrics"])
    for metric in metrics:
        if metric.value is not None and not isinstance(metric.value, float):
            raise ValueError(f"the value of {metric.metric_id} is no float")
    return ResultSummary(
        result_digest=document["result_digest"],
        artifacts=tuple((name, digest, rows) for name, digest, rows in document["artifacts"]),
        metrics=metrics,
        labels=labels,
    )


def artifact_to_row(artifact: Artifact) -> dict[str, Any]:
    """Returns the row of an artifact."""
    return {
        **_identity_to_row(artifact.identity),
        "artifact_id": artifact.id,
        "digest": artifact.digest,
        "row_count": artifact.row_count,
        "size_bytes": artifact.size_bytes,
        "object_digest": artifact.object_digest,
    }


def artifact_from_row(row: Row) -> Artifact:
    """Returns the artifact of a row."""
    return Artifact(
        identity=_identity_from_row(row),
        id=row["artifact_id"],
        digest=row["digest"],
        row_count=row["row_count"],
        size_bytes=row["size_bytes"],
        object_digest=row["object_digest"],
    )


def replay_to_row(replay: Replay) -> dict[str, Any]:
    """Returns the row of a replay."""
    return {
        **_identity_to_row(replay.identity),
        "replay_id": replay.id,
        "create_time": replay.create_time,
        "creator": replay.creator,
        "state": replay.state.value,
        "sealed_result_digest": replay.sealed_result_digest,
        "replayed_result_digest": replay.replayed_result_digest,
        "difference": _text(asdict(replay.difference)) if replay.difference else None,
        "failure_message": replay.failure_message,
        "failure_reason": replay.failure_reason,
        "perturbations": _text(list(replay.perturbations)),
    }


def replay_from_row(row: Row) -> Replay:
    """Returns the replay of a row."""
    difference = row["difference"]
    return Replay(
        id=row["replay_id"],
        identity=_identity_from_row(row),
        create_time=row["create_time"],
        creator=row["creator"],
        state=ReplayState(row["state"]),
        sealed_result_digest=row["sealed_result_digest"],
        replayed_result_digest=row["replayed_result_digest"],
        difference=Difference(**json.loads(difference)) if difference else None,
        failure_message=row["failure_message"],
        failure_reason=row["failure_reason"],
        perturbations=tuple(json.loads(row["perturbations"])),
    )
