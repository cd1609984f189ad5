"""Sweeps and their trials as messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format, struct_pb2

from aurelius.engine.v1 import backtest_pb2, backtest_spec_pb2, sweep_pb2
from aurelius_engine.application.job_records import JobState
from aurelius_engine.application.sweep_records import StopReason, Sweep, SweepProgress
from aurelius_engine.domain.metrics import REGISTRY
from aurelius_engine.domain.sweeps.plan import kept_metrics
from aurelius_engine.domain.sweeps.trials import Outcome, Trial, TrialState
from aurelius_engine.rpc.mapping import timestamp

_State = sweep_pb2.Sweep.State
SWEEP_STATES: Mapping[JobState, _State] = {
    JobState.RUNNING: sweep_pb2.Sweep.STATE_RUNNING,
    JobState.SUCCEEDED: sweep_pb2.Sweep.STATE_SUCCEEDED,
    JobState.FAILED: sweep_pb2.Sweep.STATE_FAILED,
    JobState.CRASHED: sweep_pb2.Sweep.STATE_CRASHED,
    JobState.CANCELLED: sweep_pb2.Sweep.STATE_CANCELLED,
}
_Stop = sweep_pb2.SweepResult.StopReason
STOP_REASONS: Mapping[StopReason, _Stop] = {
    StopReason.COMPLETED: sweep_pb2.SweepResult.STOP_REASON_COMPLETED,
    StopReason.NO_IMPROVEMENT: sweep_pb2.SweepResult.STOP_REASON_NO_IMPROVEMENT,
    StopReason.TARGET_REACHED: sweep_pb2.SweepResult.STOP_REASON_TARGET_REACHED,
    StopReason.DRAWS_USED_UP: sweep_pb2.SweepResult.STOP_REASON_DRAWS_USED_UP,
}
_TrialState = sweep_pb2.SweepTrial.State
TRIAL_STATES: Mapping[TrialState, _TrialState] = {
    TrialState.SUCCEEDED: sweep_pb2.SweepTrial.STATE_SUCCEEDED,
    TrialState.REFUSED: sweep_pb2.SweepTrial.STATE_REFUSED,
    TrialState.QUARANTINED: sweep_pb2.SweepTrial.STATE_QUARANTINED,
}
_METRICS = {metric.id: metric for metric in REGISTRY}


def sweep_to_proto(sweep: Sweep) -> sweep_pb2.Sweep:
    """Returns the message of a sweep; of one in a list, without its specification."""
    message = sweep_pb2.Sweep(
        name=sweep.name,
        create_time=timestamp(sweep.create_time),
        update_time=timestamp(sweep.update_time),
        creator=sweep.creator,
        dataset=sweep.dataset,
        data_hash=sweep.identity.data_hash,
        seed=sweep.identity.seed,
        engine_version=sweep.identity.engine_version,
        state=SWEEP_STATES[sweep.state],
        attempt_count=sweep.attempt_count,
    )
    if sweep.document:
        message.spec.CopyFrom(json_format.ParseDict(dict(sweep.document), sweep_pb2.SweepSpec()))
    if sweep.failure is not None:
        message.failure.reason = sweep.failure.reason
        message.failure.message = sweep.failure.message
    _write_progress(message.progress, sweep)
    if sweep.outcome is not None:
        outcome, result = sweep.outcome, message.result
        result.trials_digest, result.size_bytes = outcome.trials_digest, outcome.size_bytes
        result.trial_count, result.sampler = outcome.trial_count, outcome.sampler
        result.succeeded_count = outcome.succeeded_count
        result.refused_count = outcome.refused_count
        result.quarantined_count = outcome.quarantined_count
        result.excluded_count = outcome.excluded_count
        result.stop_reason = STOP_REASONS[outcome.stop_reason]
        if message.progress.HasField("best"):
            result.best.CopyFrom(message.progress.best)
    return message


def trial_to_proto(
    sweep: Sweep, trial: Trial, spec: Mapping[str, Any] | None = None
) -> sweep_pb2.SweepTrial:
    """Returns the message of a trial, with a specification if one is given."""
    message = sweep_pb2.SweepTrial(
        name=f"{sweep.name}/trials/{trial.number}",
        run=trial.run_id and f"runs/{trial.run_id}",
        spec_hash=trial.spec_hash,
        state=TRIAL_STATES[trial.state],
        reason=trial.reason,
        message=trial.message,
        feasible=trial.feasible,
    )
    if sweep.document:  # not in a list, whose sweeps do not say what their columns are
        paths = [entry["path"] for entry in sweep.document["parameters"]]
        for path, value in zip(paths, trial.values, strict=True):
            message.parameters.add(path=path, value=_value(value))
        names = kept_metrics(sweep.document)
        message.metrics.extend(_metrics(names, trial.outcomes))
        message.metrics_digest = trial.metrics_digest(names)
    if spec is not None:
        message.spec.CopyFrom(json_format.ParseDict(dict(spec), backtest_spec_pb2.BacktestSpec()))
    return message


def _write_progress(message: sweep_pb2.SweepProgress, sweep: Sweep) -> None:
    progress: SweepProgress = sweep.progress
    message.done_count, message.total_count = progress.done_count, progress.total_count
    message.elapsed_seconds = progress.elapsed_ns / 1e9
    if progress.best is not None:
        message.best.CopyFrom(trial_to_proto(sweep, progress.best))
    if not sweep.ended and progress.done_count > 0:
        left = progress.total_count - progress.done_count
        message.eta_seconds = progress.elapsed_ns / 1e9 / progress.done_count * left


def _value(value: Any) -> struct_pb2.Value:
    message: struct_pb2.Value = json_format.ParseDict(value, struct_pb2.Value())
    return message


def _metrics(names: Sequence[str], outcomes: Sequence[Outcome]) -> list[backtest_pb2.MetricValue]:
    found = []
    for name, outcome in zip(names, outcomes, strict=False):
        metric = _METRICS[name]
        message = backtest_pb2.MetricValue(metric_id=name, version=metric.version, unit=metric.unit)
        if isinstance(outcome, str):
            message.undefined_reason = outcome
        else:
            message.value = outcome
        found.append(message)
    return found
