"""What an operator reads of runs: one line when one ends, one when the engine failed."""

import structlog

from aurelius_engine.application.records import Run


class StructuredRunLog:
    """Implements the port `RunLog` on the log of the service."""

    def ended(self, run: Run) -> None:
        """See the port."""
        facts: dict[str, object] = {
            "run": run.name,
            "state": run.state.value,
            "attempt_count": run.attempt_count,
        }
        if run.failure is not None:
            facts |= {"reason": run.failure.reason, "detail": run.failure.message}
        if run.summary is not None:
            facts["result_digest"] = run.summary.result_digest
        structlog.get_logger().info("run_ended", **facts)

    def broke(self, name: str, error: Exception) -> None:
        """See the port."""
        structlog.get_logger().error("execution_broke", resource=name, exc_info=error)
