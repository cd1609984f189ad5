"""Records as entries of the log of trials."""

from collections.abc import Mapping
from typing import Any

from aurelius_engine.application.holdout_records import Evaluation, Vault, Verdict
from aurelius_engine.application.job_records import Job, JobState
from aurelius_engine.application.records import Run, RunState
from aurelius_engine.domain.sweeps.plan import planned_count
from aurelius_engine.domain.trial_log import SHARPE, TrialEntry, spaces_of, strategies_of


def entry_of_run(run: Run) -> TrialEntry:
    """Returns what the log says of a run that came to its state."""
    sharpe = None
    if run.summary is not None:
        found = {metric.metric_id: metric.value for metric in run.summary.metrics}
        sharpe = found.get(SHARPE)
    return TrialEntry(
        subject=run.name,
        event=run.state.value,
        attempt=run.attempt_count,
        data_hash=run.identity.data_hash,
        strategies=strategies_of(run.document) if run.document else (),
        document_hash=run.identity.spec_hash,
        planned_count=1,
        executed_count=0 if run.state is RunState.RUNNING else 1,
        result_digest=run.summary.result_digest if run.summary else "",
        sharpe_ratio=sharpe,
        time=run.update_time,
    )


def entry_of_job(job: Job[Any, Any]) -> TrialEntry:
    """Returns what the log says of a job that came to its state."""
    planned = _planned(job)
    running = job.state is JobState.RUNNING
    return TrialEntry(
        subject=job.name,
        event=job.state.value,
        attempt=job.attempt_count,
        data_hash=job.identity.data_hash,
        strategies=strategies_of(job.document) if job.document else (),
        document_hash=job.identity.document_hash,
        planned_count=planned,
        executed_count=0 if running else min(job.progress.done_count, planned),
        result_digest=job.outcome.digest if job.outcome is not None else "",
        sharpe_ratio=None,
        time=job.update_time,
    )


def _planned(job: Job[Any, Any]) -> int:
    """Returns how many specifications a job tries: a study without a search has one."""
    document: Mapping[str, Any] = job.document or {}
    if "base" not in document or "parameters" in document:  # a sweep, or a damaged record
        return int(job.progress.total_count)
    return max(map(planned_count, spaces_of(document)), default=1)


def entry_of_evaluation(evaluation: Evaluation, run: Run, vault: Vault, *, time: int) -> TrialEntry:
    """Returns what the log says of an evaluation: what was spent, or the verdict. No number."""
    spent = evaluation.verdict is Verdict.PENDING
    return TrialEntry(
        subject=evaluation.name,
        event="SPENT" if spent else evaluation.verdict.value,
        attempt=1,
        data_hash=vault.data_hash,
        strategies=strategies_of(run.document),
        document_hash=run.identity.spec_hash,
        planned_count=1,
        executed_count=0 if spent else 1,
        result_digest="",
        sharpe_ratio=None,
        time=time,
    )
