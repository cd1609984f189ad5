"""What an operator reads of jobs: one line when one ends."""

from typing import Any

import structlog

from aurelius_engine.application.job_records import Job


class StructuredJobLog:
    """Implements the port `JobLog` on the log of the service."""

    def ended(self, job: Job[Any, Any]) -> None:
        """See the port."""
        kind = job.identity.kind.name
        facts: dict[str, object] = {
            kind: job.name,
            "state": job.state.value,
            "attempt_count": job.attempt_count,
            "done_count": job.progress.done_count,
            "elapsed_ms": job.progress.elapsed_ns // 1_000_000,
        }
        if job.failure is not None:
            facts |= {"reason": job.failure.reason, "detail": job.failure.message}
        if job.outcome is not None:
            facts["digest"] = job.outcome.digest
        structlog.get_logger().info(f"{kind}_ended", **facts)
