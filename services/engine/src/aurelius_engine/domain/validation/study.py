"""What a study is given: the specification, the data, the seed, and the engine to run it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.core.decisions import Decisions
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.results import RunResult
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.sweeps.plan import SweepPlan
from aurelius_engine.domain.sweeps.space import Values
from aurelius_engine.domain.sweeps.trials import Trial
from aurelius_engine.domain.validation.findings import Findings
from aurelius_engine.domain.validation.superiority import SuperiorityTest

# The bars of a run, and the targets decided at them.
Plan = tuple[Panel, Decisions]


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The trials of a space on one window; `best` is the place of the best, None for none."""

    plan: SweepPlan
    trials: tuple[Trial, ...]
    best: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point of a space that is a specification. `document` is it, resolved."""

    number: int
    values: Values
    document: Mapping[str, Any]


class EngineRuns(Protocol):
    """The one engine, on the study's data unless another table is given. Every call counts."""

    @property
    def count(self) -> int:
        """How many simulations there were so far."""

    def tried(self) -> Sequence[tuple[str, float]]:
        """Returns the distinct points so far, on the base's window, sorted.

        Each is its spec hash and its annual Sharpe ratio, NaN where it was not run on that
        window or has none. The base is one of them if the study runs it, and of a search only
        if it is one of its points.
        """

    def simulate(
        self, document: Mapping[str, Any], table: MarketTable | None = None
    ) -> tuple[Simulation, BacktestSpec, float]:
        """Returns a simulation, its specification and the bars of a year.

        Raises:
            EngineError: The run is refused, cancelled, or its accounts do not add up.
        """

    def plan(self, document: Mapping[str, Any], table: MarketTable | None = None) -> Plan:
        """Returns what a run decides; nothing is filled.

        Raises:
            EngineError: The run is refused, or was cancelled.
        """

    def execute(self, document: Mapping[str, Any], table: MarketTable | None = None) -> RunResult:
        """Returns a whole result. Raises: EngineError: As `simulate`."""

    def run_id(self, document: Mapping[str, Any]) -> str:
        """Returns the id of the run of a document on the study's data."""

    def search(
        self,
        base: Mapping[str, Any],
        space: Mapping[str, Any],
        metric_ids: Sequence[str] = (),
        done: Callable[[int], None] | None = None,
    ) -> Searched:
        """Computes every point of a space.

        Args:
            base: The resolved specification that the parameters vary, with its window.
            space: Proto JSON of SearchSpace.
            metric_ids: Kept of each trial beside the objective's.
            done: Is told how many trials are done.

        Raises:
            EngineError: The space is refused, or the search was cancelled.
        """

    def points(self, base: Mapping[str, Any], space: Mapping[str, Any]) -> Sequence[Point]:
        """Returns every point of a space that is a specification, none of them run yet.

        Raises:
            EngineError: The space is refused.
        """

    def point(
        self, base: Mapping[str, Any], space: Mapping[str, Any], trial: Trial
    ) -> Mapping[str, Any]:
        """Returns the resolved specification of a trial of `search`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyContext:
    """What a study is given.

    Attributes:
        base: The resolved specification as proto JSON.
        terms: The study's own message as proto JSON, every default written out.
        table: The data.
        calendars: Of annualisation and sessions.
        seed: Of every draw.
        runs: The engine.
        report: Is told how much is done, and of how much.
        should_stop: Asked now and then; long loops raise RunCancelled if it says so.
        workers: How many threads may work. It changes no number.
        superiority: The test of variants against a benchmark, outside the bit-equal core.
        data: Facts about the dataset that its rows do not have: the provenance document, and
            the proto JSON of its quality report under `qualityReport`.
    """

    base: Mapping[str, Any]
    terms: Mapping[str, Any]
    table: MarketTable
    calendars: Calendars
    seed: int
    runs: EngineRuns
    report: Callable[[int, int], None]
    should_stop: Callable[[], bool]
    workers: int
    superiority: SuperiorityTest
    data: Mapping[str, Any]


# Computes a study. Raises: EngineError: It is refused, or was cancelled.
Study = Callable[[StudyContext], Findings]
