"""What an operator reads of sweeps: one line when one ends."""

import structlog

from aurelius_engine.application.sweep_records import Sweep


class StructuredSweepLog:
    """Implements the port `SweepLog` on the log of the service."""

    def ended(self, sweep: Sweep) -> None:
        """See the port."""
        facts: dict[str, object] = {
            "sweep": sweep.name,
            "state": sweep.state.value,
            "attempt_count": sweep.attempt_count,
            "done_count": sweep.progress.done_count,
            "elapsed_ms": sweep.progress.elapsed_ns // 1_000_000,
        }
        if sweep.failure is not None:
            facts |= {"reason": sweep.failure.reason, "detail": sweep.failure.message}
        if sweep.outcome is not None:
            facts["trials_digest"] = sweep.outcome.trials_digest
        structlog.get_logger().info("sweep_ended", **facts)
