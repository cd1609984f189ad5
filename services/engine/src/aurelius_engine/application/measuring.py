"""The metrics of one run, without its tables and digests."""

from collections.abc import Callable, Mapping
from typing import Any

from aurelius_engine.application.execution import benchmark_of, simulate_document
from aurelius_engine.application.plugins import Plugins
from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import compute_metrics
from aurelius_engine.domain.sweeps.trials import Outcome


def measure(
    document: Mapping[str, Any],
    table: MarketTable,
    calendars: Calendars,
    should_stop: Callable[[], bool],
    *,
    seed: int,
    plugins: Plugins,
) -> Mapping[str, Outcome]:
    """Returns every metric of a resolved document over a table, by id.

    Raises:
        EngineError: The run is refused, cancelled, or its accounts do not add up.
    """
    run, spec, periods = simulate_document(
        document, table, calendars, should_stop, seed=seed, plugins=plugins
    )
    found = compute_metrics(
        run,
        periods_per_year=periods,
        risk_free_ratio=spec.risk_free_ratio,
        benchmark=benchmark_of(spec, table, run),
    )
    return {metric.id: outcome for metric, outcome in found}
