"""The registry of metrics and the one place that computes their values."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.metrics.benchmark_definitions import BENCHMARK_METRICS
from aurelius_engine.domain.metrics.definition import OVERFLOW, Metric, Outcome, failed_conditions
from aurelius_engine.domain.metrics.ratio_definitions import RATIO_METRICS
from aurelius_engine.domain.metrics.return_definitions import RETURN_METRICS
from aurelius_engine.domain.metrics.statistics import (
    Statistics,
    equity_statistics,
    statistics,
)
from aurelius_engine.domain.metrics.trading_definitions import TRADING_METRICS
from aurelius_engine.domain.trades import Trades

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Those that follow from the equity at each step alone.
EQUITY_METRICS: tuple[Metric, ...] = RETURN_METRICS + RATIO_METRICS
REGISTRY: tuple[Metric, ...] = EQUITY_METRICS + TRADING_METRICS + BENCHMARK_METRICS


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
    return list(zip(REGISTRY, _outcomes(REGISTRY, s), strict=True))


def compute_equity_metrics(
    metrics: Sequence[Metric],
    equity: Floats,
    times: Ints,
    *,
    periods_per_year: float,
    risk_free_ratio: float,
) -> list[Outcome]:
    """Returns the outcome of each of some of EQUITY_METRICS, with the bits of a run's.

    Args:
        metrics: Which.
        equity: Shape (n + 1,), contiguous, n at least 1; index 0 is the initial cash.
        times: Shape (n,), of the bars, ns UTC.
        periods_per_year: Of the calendar and the bar interval.
        risk_free_ratio: A year.
    """
    s = equity_statistics(
        equity, times, periods_per_year=periods_per_year, risk_free_ratio=risk_free_ratio
    )
    return _outcomes(metrics, s)


def _outcomes(metrics: Sequence[Metric], s: Statistics) -> list[Outcome]:
    failed = failed_conditions(s)
    outcomes: list[Outcome] = []
    for metric in metrics:
        value: Outcome = failed[metric.condition] or metric.compute(s)
        if isinstance(value, float) and not math.isfinite(value):
            value = OVERFLOW
        outcomes.append(value)
    return outcomes
