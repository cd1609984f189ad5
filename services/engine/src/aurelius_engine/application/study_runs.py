"""The engine as studies use it."""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from aurelius_engine.application.execution import (
    benchmark_of,
    identify,
    plan_document,
    simulate_document,
)
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.application.searching import Searching
from aurelius_engine.application.sweep_search import SweepSearch
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.canonical_json import canonical_json
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.errors import EngineError, TrialSpecInvalid
from aurelius_engine.domain.identity import spec_hash
from aurelius_engine.domain.lane_sums import BLOCK, LANES
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import summary
from aurelius_engine.domain.results import RunResult, result_of
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.sweeps.plan import plan_from_document
from aurelius_engine.domain.sweeps.samplers import Draws
from aurelius_engine.domain.sweeps.space import Values
from aurelius_engine.domain.sweeps.trials import Outcome, Trial
from aurelius_engine.domain.trial_log import SHARPE
from aurelius_engine.domain.validation.study import Plan, Point, Searched
from aurelius_engine.domain.validation.superiority import SuperiorityTest


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every run of a study has in common."""

    base: Mapping[str, Any]
    table: MarketTable
    data_hash: str
    calendars: Calendars
    seed: int
    engine_version: str
    plugins: Plugins
    searching: Searching
    superiority: SuperiorityTest
    reason_of: Callable[[EngineError], str]
    should_stop: Callable[[], bool]


class StudyRuns:
    """Implements `EngineRuns`."""

    def __init__(self, setting: Setting) -> None:
        """Takes what the runs have in common."""
        self._setting = setting
        self._count = 0
        # Annual Sharpe ratios on the base's window, NaN while unknown, by spec hash.
        self._tried: dict[str, float] = {}
        self._base = spec_hash(setting.base)
        self._seen: set[tuple[str, Values]] = set()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """See the protocol."""
        return self._count

    def tried(self) -> Sequence[tuple[str, float]]:
        """See the protocol."""
        return sorted(self._tried.items())

    def simulate(
        self, document: Mapping[str, Any], table: MarketTable | None = None
    ) -> tuple[Simulation, BacktestSpec, float]:
        """See the protocol."""
        setting = self._setting
        self._note(1)
        run, spec, periods = simulate_document(
            document,
            table or setting.table,
            setting.calendars,
            setting.should_stop,
            seed=setting.seed,
            plugins=setting.plugins,
        )
        key = self._note_base(document)
        if table is None and key in self._tried:
            equity = np.ascontiguousarray(run.equity)
            work, sums = np.empty(BLOCK), np.empty(2 * LANES)
            self._tried[key] = summary(equity, periods, spec.risk_free_ratio, work, sums)[1]
        return run, spec, periods

    def plan(self, document: Mapping[str, Any], table: MarketTable | None = None) -> Plan:
        """See the protocol."""
        setting = self._setting
        self._note(1)
        self._note_base(document)
        return plan_document(
            document,
            table or setting.table,
            setting.calendars,
            setting.should_stop,
            seed=setting.seed,
            plugins=setting.plugins,
        )

    def execute(self, document: Mapping[str, Any], table: MarketTable | None = None) -> RunResult:
        """See the protocol."""
        run, spec, periods = self.simulate(document, table)
        benchmark = benchmark_of(spec, table or self._setting.table, run)
        return result_of(run, spec, periods_per_year=periods, benchmark=benchmark)

    def run_id(self, document: Mapping[str, Any]) -> str:
        """See the protocol."""
        setting = self._setting
        return identify(
            document,
            data_hash=setting.data_hash,
            seed=setting.seed,
            engine_version=setting.engine_version,
        ).run_id

    def search(
        self,
        base: Mapping[str, Any],
        space: Mapping[str, Any],
        metric_ids: Sequence[str] = (),
        done: Callable[[int], None] | None = None,
    ) -> Searched:
        """See the protocol."""
        setting, searching = self._setting, self._setting.searching
        document = sweep_document(base, space, metric_ids)
        plan = plan_from_document(document, searching.known_metrics)
        specs = searching.specs(document)

        def measure(
            point: Mapping[str, Any], should_stop: Callable[[], bool]
        ) -> Mapping[str, Outcome]:
            return searching.measure(
                point, setting.table, setting.calendars, should_stop, seed=setting.seed
            )

        many = None
        if specs.uniform:
            many = searching.measure_many(plan, setting.table, setting.calendars, searching.workers)
        found = SweepSearch(
            plan,
            specs,
            data_hash=setting.data_hash,
            seed=setting.seed,
            engine_version=setting.engine_version,
            measure=measure,
            measure_many=many,
            reason_of=setting.reason_of,
            workers=searching.workers,
        ).run(
            searching.sampler(plan, setting.seed),
            lambda count, best: None if done is None else done(count),
            setting.should_stop,
        )
        self._note(len(found.trials))
        self._note_points(space, [t.values for t in found.trials if t.spec_hash])
        place = plan.metric_ids.index(SHARPE)
        for trial in found.trials:
            sharpe = trial.outcomes[place] if trial.outcomes else ""
            # Of another window, a trial is another specification, and is not among these.
            if trial.spec_hash in self._tried and not isinstance(sharpe, str):
                self._tried[trial.spec_hash] = sharpe
        return Searched(plan=plan, trials=found.trials, best=found.best)

    def points(self, base: Mapping[str, Any], space: Mapping[str, Any]) -> Sequence[Point]:
        """See the protocol."""
        searching = self._setting.searching
        document = sweep_document(base, space, ())
        plan = plan_from_document(document, searching.known_metrics)
        specs = searching.specs(document)
        draws = Draws(plan.space, searching.sampler(plan, self._setting.seed), limit=plan.limit)
        found: list[Point] = []
        number = 0
        while batch := draws.next():
            for values in batch:
                with suppress(TrialSpecInvalid):
                    specs.check(values)
                    resolved = specs.document(values)
                    found.append(Point(number=number, values=values, document=resolved))
                    self._tried.setdefault(spec_hash(resolved), math.nan)
                number += 1
            draws.tell([0.0] * len(batch))
        return found

    def point(
        self, base: Mapping[str, Any], space: Mapping[str, Any], trial: Trial
    ) -> Mapping[str, Any]:
        """See the protocol."""
        specs = self._setting.searching.specs(sweep_document(base, space, ()))
        return specs.document(trial.values)

    def _note_base(self, document: Mapping[str, Any]) -> str:
        """Remembers the base if it is what runs; a search tries it only as one of its points."""
        key = spec_hash(document)
        if key == self._base:
            self._tried.setdefault(key, math.nan)
        return key

    def _note_points(self, space: Mapping[str, Any], points: Sequence[Values]) -> None:
        """Remembers points by the specifications that they are on the base's window."""
        setting = self._setting
        key = canonical_json({**space, "objective": None}).decode()
        specs = setting.searching.specs(sweep_document(setting.base, space, ()))
        for values in points:
            seen = (key, values)
            if seen not in self._seen:
                self._seen.add(seen)
                self._tried.setdefault(spec_hash(specs.document(values)), math.nan)

    def _note(self, count: int) -> None:
        with self._lock:
            self._count += count


def sweep_document(
    base: Mapping[str, Any], space: Mapping[str, Any], metric_ids: Sequence[str]
) -> dict[str, Any]:
    """Returns the resolved sweep that searches a space around a base."""
    return {**space, "base": base, "metricIds": list(metric_ids)}
