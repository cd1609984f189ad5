"""Taking one pipeline run through its steps."""

from collections.abc import Callable
from datetime import datetime

from aurelius_gateway.application.changes import Changes
from aurelius_gateway.application.services import Engine, Governance, Interrupted, ServiceFailed
from aurelius_gateway.domain.gateway_store import GatewayStore
from aurelius_gateway.domain.pipeline import PipelineRun, StepKind

NOT_SEALED = "gateway.aurelius.dev/ERROR_REASON_RUN_NOT_SEALED"
INTERNAL = "aurelius.dev/ERROR_REASON_INTERNAL"


class PipelineWork:
    """Works on pipeline runs, and stores and publishes each change."""

    def __init__(
        self,
        *,
        store: GatewayStore,
        engine: Engine,
        governance: Governance,
        changes: Changes,
        now: Callable[[], datetime],
    ):
        self._store, self._engine, self._governance = store, engine, governance
        self._changes, self._now = changes, now

    def work(self, run: PipelineRun) -> None:
        """Takes a run from its creation to its end."""
        progress = _Progress(run, self.save)
        try:
            self._backtest(progress)
            self._lineage(progress)
            self._gate(progress)
        except ServiceFailed as failure:
            progress.to(
                progress.run.failed(reason=failure.reason, detail=failure.detail, time=self._now())
            )
        except Interrupted:
            progress.to(progress.run.interrupted(time=self._now()))
        except Exception:
            detail = "An error of the gateway; its log has the name of the pipeline run."
            progress.to(progress.run.failed(reason=INTERNAL, detail=detail, time=self._now()))
            raise

    def save(self, run: PipelineRun) -> None:
        """Stores a revision, and publishes it once it is durable."""
        with self._store.write() as transaction:
            transaction.change_pipeline_run(run)
        self._changes.publish(run)

    def _backtest(self, progress: "_Progress") -> None:
        asked = progress.run
        progress.to(asked.began(StepKind.BACKTEST, time=self._now()))
        backtest = self._engine.create_backtest(asked.spec, dataset=asked.dataset, seed=asked.seed)
        progress.to(
            progress.run.took_on(run=backtest.run, identity=backtest.identity, time=self._now())
        )
        if not backtest.ended:
            backtest = self._engine.ended_backtest(backtest.run)
        if not backtest.result_digest:
            reason = backtest.failure_reason
            raise ServiceFailed(
                f"engine.aurelius.dev/{reason}" if reason else NOT_SEALED,
                f"{backtest.run} ended as {backtest.state}. {backtest.failure_detail}".strip(),
            )
        progress.to(progress.run.sealed(result_digest=backtest.result_digest, time=self._now()))

    def _lineage(self, progress: "_Progress") -> None:
        progress.to(progress.run.began(StepKind.LINEAGE, time=self._now()))
        lineage = self._governance.record_lineage(
            progress.run.run, request_id=progress.run.request_id(StepKind.LINEAGE)
        )
        progress.to(
            progress.run.recorded(record=lineage.record, detail=lineage.detail, time=self._now())
        )

    def _gate(self, progress: "_Progress") -> None:
        progress.to(progress.run.began(StepKind.GATE, time=self._now()))
        gate = self._governance.decide_gate(
            progress.run.run,
            validations=progress.run.validations,
            request_id=progress.run.request_id(StepKind.GATE),
        )
        progress.to(
            progress.run.decided(
                decision=gate.decision, passed=gate.passed, detail=gate.detail, time=self._now()
            )
        )


class _Progress:
    """The newest revision of the run being worked on."""

    def __init__(self, run: PipelineRun, save: Callable[[PipelineRun], None]) -> None:
        self.run, self._save = run, save

    def to(self, run: PipelineRun) -> None:
        self._save(run)
        self.run = run
