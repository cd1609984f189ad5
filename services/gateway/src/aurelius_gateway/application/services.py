"""The ports to the other services. They act in the name of whoever asked for the pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aurelius_gateway.domain.pipeline import RunIdentity
from aurelius_gateway.domain.strategy import JsonDocument


class ServiceFailed(Exception):
    """A service refused, broke or could not be asked.

    `reason` is the domain and the reason, such as `engine.aurelius.dev/ERROR_REASON_ENGINE_BUSY`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class Interrupted(Exception):
    """The gateway is stopping, so the call was given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestFacts:
    """What the engine says about a run. `state` is the name of its state.

    `result_digest` is set exactly when the run is sealed.
    """

    run: str
    identity: RunIdentity
    state: str
    ended: bool
    result_digest: str
    failure_reason: str
    failure_detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageFacts:
    """What governance says about the lineage of a run."""

    record: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """What a gate decided about a run."""

    decision: str
    passed: bool
    detail: str


class Engine(Protocol):
    """Runs backtests. Its methods raise ServiceFailed and Interrupted."""

    def create_backtest(self, spec: JsonDocument, *, dataset: str, seed: int) -> BacktestFacts:
        """Asks for a run. The same specification, data and seed are the same run."""

    def ended_backtest(self, run: str) -> BacktestFacts:
        """Waits for the end of a run."""


class Governance(Protocol):
    """Verifies runs. Its methods raise ServiceFailed and Interrupted.

    The same `request_id` does nothing twice.
    """

    def record_lineage(self, run: str, *, request_id: str) -> LineageFacts:
        """Has the lineage of a run verified."""

    def decide_gate(self, run: str, *, validations: Sequence[str], request_id: str) -> GateFacts:
        """Has the gate `crv` evaluated on a run, told of the search that it is from."""
