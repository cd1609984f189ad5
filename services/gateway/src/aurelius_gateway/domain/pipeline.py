"""Pipeline runs: one pass of a strategy from backtest to the gate `crv`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from aurelius_gateway.domain.strategy import JsonDocument

INTERRUPTED = "gateway.aurelius.dev/ERROR_REASON_INTERRUPTED"


class PipelineState(Enum):
    """Where a pipeline run, or one of its steps, stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class StepKind(Enum):
    """What a step does; in the order of the steps."""

    BACKTEST = "BACKTEST"
    LINEAGE = "LINEAGE"
    GATE = "GATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIdentity:
    """The identity of a run, as the engine stated it."""

    spec_hash: str
    data_hash: str
    seed: int
    engine_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineStep:
    """One step. `failure_reason` is the domain and the reason of the refusal."""

    kind: StepKind
    state: PipelineState = PipelineState.PENDING
    resource: str = ""
    failure_reason: str = ""
    detail: str = ""
    start_time: datetime | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineRun:
    """One pipeline run as of one revision, counted from 1.

    Each change below returns the next revision. `spec` is the proto JSON of the
    specification that the engine is asked to run. `validations` say which search it is from.
    """

    id: str
    creator: str
    strategy: str
    dataset: str
    spec: JsonDocument
    seed: int
    create_time: datetime
    update_time: datetime
    validations: Sequence[str] = ()
    revision: int = 1
    state: PipelineState = PipelineState.RUNNING
    steps: Sequence[PipelineStep] = tuple(PipelineStep(kind=kind) for kind in StepKind)
    run: str = ""
    identity: RunIdentity | None = None
    result_digest: str = ""
    gate_passed: bool | None = None

    @property
    def name(self) -> str:
        """The resource name."""
        return f"pipelineRuns/{self.id}"

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.state in (PipelineState.SUCCEEDED, PipelineState.FAILED)

    def request_id(self, kind: StepKind) -> str:
        """Returns the id of a step's request: a repetition of the step does nothing twice."""
        return f"{self.id}-{kind.value.lower().replace('_', '-')}"

    def began(self, kind: StepKind, *, time: datetime) -> "PipelineRun":
        """The step is being worked on."""
        return self._with_step(kind, time, state=PipelineState.RUNNING, start_time=time)

    def took_on(self, *, run: str, identity: RunIdentity, time: datetime) -> "PipelineRun":
        """The engine took the run on and stated its identity."""
        changed = self._with_step(StepKind.BACKTEST, time, resource=run)
        return replace(changed, run=run, identity=identity)

    def sealed(self, *, result_digest: str, time: datetime) -> "PipelineRun":
        """The engine sealed the result."""
        done = self._done(StepKind.BACKTEST, self.run, "The result is sealed.", time)
        return replace(done, result_digest=result_digest)

    def recorded(self, *, record: str, detail: str, time: datetime) -> "PipelineRun":
        """Governance recorded the lineage, whatever it found."""
        return self._done(StepKind.LINEAGE, record, detail, time)

    def decided(self, *, decision: str, passed: bool, detail: str, time: datetime) -> "PipelineRun":
        """The gate decided, whatever it decided, and the pipeline is done."""
        done = self._done(StepKind.GATE, decision, detail, time)
        return replace(done, gate_passed=passed, state=PipelineState.SUCCEEDED)

    def failed(self, *, reason: str, detail: str, time: datetime) -> "PipelineRun":
        """The step that is being worked on, or else the next, failed; the rest is skipped."""
        open_steps = [
            step.kind
            for step in self.steps
            if step.state in (PipelineState.RUNNING, PipelineState.PENDING)
        ]
        changed = self._with_step(
            open_steps[0],
            time,
            state=PipelineState.FAILED,
            failure_reason=reason,
            detail=detail,
            end_time=time,
        )
        steps = tuple(
            replace(step, state=PipelineState.SKIPPED) if step.kind in open_steps[1:] else step
            for step in changed.steps
        )
        return replace(changed, steps=steps, state=PipelineState.FAILED)

    def interrupted(self, *, time: datetime) -> "PipelineRun":
        """The gateway stopped while it worked on the run."""
        detail = "The gateway stopped. Create another pipeline run: the engine keeps its run."
        return self.failed(reason=INTERRUPTED, detail=detail, time=time)

    def _done(self, kind: StepKind, resource: str, detail: str, time: datetime) -> "PipelineRun":
        return self._with_step(
            kind,
            time,
            state=PipelineState.SUCCEEDED,
            resource=resource,
            detail=detail,
            end_time=time,
        )

    def _with_step(self, kind: StepKind, time: datetime, **fields: object) -> "PipelineRun":
        steps = tuple(
            replace(step, **fields) if step.kind is kind else step  # type: ignore[arg-type]
            for step in self.steps
        )
        return replace(self, steps=steps, revision=self.revision + 1, update_time=time)
