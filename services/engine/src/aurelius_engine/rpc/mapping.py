"""Identities and results as messages: what a run in-process needs too."""

from google.protobuf.timestamp_pb2 import Timestamp

from aurelius.engine.v1 import backtest_pb2, run_identity_pb2
from aurelius_engine.application.records import MetricOutcome, ResultSummary
from aurelius_engine.domain.identity import RunIdentity


def identity_to_proto(identity: RunIdentity) -> run_identity_pb2.RunIdentity:
    """Returns the message of an identity."""
    return run_identity_pb2.RunIdentity(
        spec_hash=identity.spec_hash,
        data_hash=identity.data_hash,
        seed=identity.seed,
        engine_version=identity.engine_version,
    )


def identity_from_proto(message: run_identity_pb2.RunIdentity) -> RunIdentity:
    """Returns the identity of a message."""
    return RunIdentity(
        spec_hash=message.spec_hash,
        data_hash=message.data_hash,
        seed=message.seed,
        engine_version=message.engine_version,
    )


def result_to_proto(summary: ResultSummary, identity: RunIdentity) -> backtest_pb2.BacktestResult:
    """Returns the message of a result: a function of the identity alone."""
    return backtest_pb2.BacktestResult(
        identity=identity_to_proto(identity),
        run=f"runs/{identity.run_id}",
        result_digest=summary.result_digest,
        artifact_digests=[
            backtest_pb2.ArtifactDigest(artifact_id=name, digest=digest, row_count=rows)
            for name, digest, rows in summary.artifacts
        ],
        metrics=[_metric_to_proto(metric) for metric in summary.metrics],
        labels=summary.labels,
    )


def _metric_to_proto(metric: MetricOutcome) -> backtest_pb2.MetricValue:
    value = backtest_pb2.MetricValue(
        metric_id=metric.metric_id, version=metric.version, unit=metric.unit
    )
    if metric.value is None:
        value.undefined_reason = metric.undefined_reason
    else:
        value.value = metric.value
    return value


def timestamp(nanoseconds: int) -> Timestamp:
    """Returns the message of a time in ns since 1970."""
    seconds, nanos = divmod(nanoseconds, 1_000_000_000)
    return Timestamp(seconds=seconds, nanos=nanos)
