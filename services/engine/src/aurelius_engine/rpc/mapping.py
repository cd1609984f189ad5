"""Domain results and identities as messages."""

from aurelius.engine.v1 import backtest_pb2, run_identity_pb2
from aurelius_engine.domain.identity import RunIdentity
from aurelius_engine.domain.metrics import Metric, Outcome
from aurelius_engine.domain.results import RunResult


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


def result_to_proto(result: RunResult, identity: RunIdentity) -> backtest_pb2.BacktestResult:
    """Returns the message of a result: a function of the identity alone."""
    return backtest_pb2.BacktestResult(
        identity=identity_to_proto(identity),
        run=f"runs/{identity.run_id}",
        result_digest=result.digest,
        artifact_digests=[
            backtest_pb2.ArtifactDigest(
                artifact_id=name, digest=digest, row_count=len(result.tables[name][0].data)
            )
            for name, digest in sorted(result.digests.items())
        ],
        metrics=[_metric_to_proto(metric, outcome) for metric, outcome in result.metrics],
        labels=result.labels,
    )


def _metric_to_proto(metric: Metric, outcome: Outcome) -> backtest_pb2.MetricValue:
    value = backtest_pb2.MetricValue(metric_id=metric.id, version=metric.version, unit=metric.unit)
    if isinstance(outcome, str):
        value.undefined_reason = outcome
    else:
        value.value = outcome
    return value
