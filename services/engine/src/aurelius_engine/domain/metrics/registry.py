"""The registry of metrics and the one place that computes their values."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.metrics.benchmark_definitions import BENCHMARK_METRICS
from aurelius_engine.domain.metrics.definition import OVERFLOW, Metric, Outcome, failed_conditions
from aurelius_engine.domain.metrics.ratio_definitions import RATIO_METRICS
from aurelius_engine.domain.metrics.return_definitions import RETURN_METRICS
from aurelius_engine.domain.metrics.statistics import statistics
from aurelius_engine.domain.metrics.trading_definitions import TRADING_METRICS
from aurelius_engine.domain.trades import Trades

Floats = NDArray[np.float64]
REGISTRY: tuple[Metric, ...] = RETURN_METRICS + RATIO_METRICS + TRADING_METRICS + BENCHMARK_METRICS


def compute_metrics(
    run: Simulation,
    *,
    periods_per_year: float,
    risk_free_ratio: float,
    benchmark: Floats | None,
    trades: Trades | None = None,
) -> list[tuple[Metric, Outcome]]:
    """Returns every metric of the registry with its value, or why it has none.

    Args:
        run: Finished.
        periods_per_year: Of the calendar and the bar interval.
        risk_free_ratio: A year.
        benchmark: Shape (n_steps,), the benchmark's value, held, at each step, NaN
            before its first; None without a benchmark.
        trades: `round_trips(run)`, if the caller has it already.
    """
    s = statistics(
        run,
        trades,
        periods_per_year=periods_per_year,
        risk_free_ratio=risk_free_ratio,
        benchmark=benchmark,
    )
    failed = failed_conditions(s)
    outcomes: list[tuple[Metric, Outcome]] = []
    for metric in REGISTRY:
        value: Outcome = failed[metric.condition] or metric.compute(s)
        if isinstance(value, float) and not math.isfinite(value):
            value = OVERFLOW
        outcomes.append((metric, value))
    return outcomes
