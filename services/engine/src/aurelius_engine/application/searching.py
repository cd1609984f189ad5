"""What sweeps are searched with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aurelius_engine.application.jobs import JobLog
from aurelius_engine.application.records import Dataset
from aurelius_engine.application.sweep_search import MeasureMany, TrialSpecs
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.sweeps.plan import SweepPlan
from aurelius_engine.domain.sweeps.samplers import Sampler
from aurelius_engine.domain.sweeps.trials import Outcome


class MeasureRun(Protocol):
    """Computes the metrics of one run; `measuring.measure` is the one that ships."""

    def __call__(
        self,
        document: Mapping[str, Any],
        table: MarketTable,
        calendars: Calendars,
        should_stop: Callable[[], bool],
        *,
        seed: int,
    ) -> Mapping[str, Outcome]:
        """Returns every metric of the registry. Raises: EngineError: The run is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """What sweeps are searched with.

    `specs` makes the specifications of a resolved sweep's points; `measure_many` computes
    many points of a plan at once, where it can; `refuse_unfit` refuses a specification
    that a dataset cannot run.
    """

    known_metrics: Sequence[str]
    specs: Callable[[Mapping[str, Any]], TrialSpecs]
    sampler: Callable[[SweepPlan, int], Sampler]
    measure: MeasureRun
    measure_many: Callable[[SweepPlan, MarketTable, Calendars, int], MeasureMany | None]
    refuse_unfit: Callable[[Mapping[str, Any], Dataset], None]
    log: JobLog
    workers: int
