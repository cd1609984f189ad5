"""Which sweeps are computed many trials at once; the others run trial by trial."""

from collections.abc import Callable, Sequence

from aurelius_engine.domain.bar_intervals import periods_per_year, refuse_other_interval
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.canonical_json import Json
from aurelius_engine.domain.errors import EngineError
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.panel import held_values, panel_of
from aurelius_engine.domain.simulation import refuse_contradictions
from aurelius_engine.domain.spec import spec_from_document
from aurelius_engine.domain.sweeps.plan import SweepPlan
from aurelius_engine.domain.sweeps.space import IntRange, Values
from aurelius_engine.domain.sweeps.trend_pairs import METRIC_IDS, TrendPairs
from aurelius_engine.domain.sweeps.trials import Outcome

_FAST, _SLOW = "strategy.trendFollowing.fastBars", "strategy.trendFollowing.slowBars"
_STEADY_SIZES = ("equityFraction", "fixedUnits")
Batch = Callable[[Sequence[Values], Callable[[], bool]], Sequence[tuple[Outcome, ...] | None]]


def batched(
    plan: SweepPlan, table: MarketTable, calendars: Calendars, workers: int
) -> Batch | None:
    """Returns what computes a plan's points at once, None if nothing does.

    Its outcomes are those of METRIC_IDS that the plan keeps; a point with None is to run
    by itself. The numbers of `workers` threads are those of one.
    """
    paths = plan.space.paths
    whole = all(isinstance(parameter.domain, IntRange) for parameter in plan.space.parameters)
    if not whole or not set(paths) <= {_FAST, _SLOW} or not set(plan.metric_ids) <= set(METRIC_IDS):
        return None
    try:
        spec = spec_from_document(plan.base)
        refuse_contradictions(spec, table)
        steady = spec.sizing.name in _STEADY_SIZES and spec.rebalance.schedule == "ON_CHANGE"
        if spec.strategy.name != "trendFollowing" or not steady or spec.warm_up_bars:
            return None
        if len(spec.symbols or table.symbols) != 1 or table.member is not None:
            return None
        panel = panel_of(spec, table)
        refuse_other_interval(spec, panel)
        if spec.benchmark_symbol:
            held_values(spec.benchmark_symbol, spec, table, panel.times)
        periods = periods_per_year(spec, calendars)
    except EngineError:
        return None  # each run by itself says why it is refused
    runs = TrendPairs(
        spec,
        panel,
        sessions=calendars.session_ids(spec.calendar, spec.bar_interval, panel.times),
        periods_per_year=periods,
        workers=workers,
    )
    places = [METRIC_IDS.index(name) for name in plan.metric_ids]
    base = {_FAST: spec.strategy.bars("fastBars"), _SLOW: spec.strategy.bars("slowBars")}

    def measure(
        points: Sequence[Values], should_stop: Callable[[], bool]
    ) -> list[tuple[Outcome, ...] | None]:
        pairs = []
        for values in points:
            chosen = base | dict(zip(paths, map(_whole, values), strict=True))
            pairs.append((chosen[_FAST], chosen[_SLOW]))
        return [
            None if numbers is None else tuple(numbers[place] for place in places)
            for numbers in runs.run(pairs, should_stop)
        ]

    return measure


def _whole(value: Json) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value
