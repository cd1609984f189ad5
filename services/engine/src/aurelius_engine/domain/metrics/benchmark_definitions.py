"""Definitions of metrics relative to the benchmark of the specification.

r and b over the m bars that have both; notation of return_definitions.py.
"""

import math

from aurelius_engine.domain.metrics.benchmarks import BenchmarkFacts
from aurelius_engine.domain.metrics.definition import (
    NO_BENCHMARK_MOVE,
    NO_RISK,
    Metric,
    Outcome,
    metric,
)
from aurelius_engine.domain.metrics.drawdowns import ROUNDING
from aurelius_engine.domain.metrics.statistics import Statistics


def _beside(s: Statistics) -> BenchmarkFacts:
    if s.benchmark is None:
        raise ValueError("asked for a benchmark that is not there")
    return s.benchmark


def _beta(s: Statistics) -> float:
    b = _beside(s)
    return b.products / b.squares


def _alpha(s: Statistics) -> Outcome:
    b = _beside(s)
    excess = (b.run_mean - s.risk_free) - _beta(s) * (b.mean - s.risk_free)
    return excess * s.periods_per_year


def _correlation(s: Statistics) -> Outcome:
    b = _beside(s)
    if b.run_squares <= ROUNDING * ROUNDING * (b.bars - 1):
        return NO_RISK
    return b.products / (math.sqrt(b.run_squares) * math.sqrt(b.squares))


def _tracking_error(s: Statistics) -> float:
    b = _beside(s)
    return math.sqrt(b.active_squares / (b.bars - 1)) * math.sqrt(s.periods_per_year)


def _information(s: Statistics) -> Outcome:
    b = _beside(s)
    deviation = math.sqrt(b.active_squares / (b.bars - 1))
    if deviation <= ROUNDING:
        return NO_RISK
    return b.active_mean / deviation * math.sqrt(s.periods_per_year)


def _treynor(s: Statistics) -> Outcome:
    beta = _beta(s)
    if abs(beta) <= ROUNDING:
        return NO_RISK
    return (_beside(s).run_mean - s.risk_free) * s.periods_per_year / beta


def _capture(run: float, other: float) -> Outcome:
    return run / other if other != 0.0 else NO_BENCHMARK_MOVE


BENCHMARK_METRICS: tuple[Metric, ...] = (
    metric(
        "benchmark_return_ratio",
        "ratio",
        "B_n / B_s - 1, s the first step with a close of the benchmark",
        lambda s: _beside(s).total,
        divisor="B_s",
        condition="benchmark",
    ),
    metric(
        "excess_return_ratio",
        "ratio",
        "E_n / E_s - B_n / B_s, marks at the same closes",
        lambda s: _beside(s).run_total - _beside(s).total,
        divisor="E_s, B_s",
        condition="benchmark",
    ),
    metric(
        "beta",
        "ratio",
        "sum((r - mean r) (b - mean b)) / sum((b - mean b)^2)",
        _beta,
        divisor="sum((b - mean b)^2)",
        condition="benchmark_risk",
    ),
    metric(
        "alpha_ratio",
        "ratio_per_year",
        "((mean r - f) - beta (mean b - f)) P",
        _alpha,
        divisor="m",
        condition="benchmark_risk",
        annualisation="times P",
    ),
    metric(
        "correlation",
        "ratio",
        "sum((r - mean r) (b - mean b)) / sqrt(sum((r - mean r)^2)) / sqrt(sum((b - mean b)^2))",
        _correlation,
        divisor="root of the sums of squares",
        condition="benchmark_risk",
        also=(NO_RISK,),
    ),
    metric(
        "tracking_error_ratio",
        "ratio_per_year",
        "sqrt(sum((a - mean a)^2) / (m - 1)) sqrt(P), a = r - b",
        _tracking_error,
        divisor="m - 1",
        condition="benchmark",
        annualisation="times sqrt(P)",
    ),
    metric(
        "information_ratio",
        "ratio",
        "mean a / sqrt(sum((a - mean a)^2) / (m - 1)) sqrt(P), a = r - b",
        _information,
        divisor="m - 1",
        condition="benchmark",
        annualisation="times sqrt(P)",
        also=(NO_RISK,),
    ),
    metric(
        "treynor_ratio",
        "ratio_per_year",
        "(mean r - f) P / beta",
        _treynor,
        divisor="beta",
        condition="benchmark_risk",
        annualisation="times P",
        also=(NO_RISK,),
    ),
    metric(
        "up_capture_ratio",
        "ratio",
        "sum of r over bars with b > 0 / sum of b over them",
        lambda s: _capture(_beside(s).run_up, _beside(s).up),
        divisor="sum(max(b, 0))",
        condition="benchmark",
        also=(NO_BENCHMARK_MOVE,),
    ),
    metric(
        "down_capture_ratio",
        "ratio",
        "sum of r over bars with b < 0 / sum of b over them",
        lambda s: _capture(_beside(s).run_down, _beside(s).down),
        divisor="sum(min(b, 0))",
        condition="benchmark",
        also=(NO_BENCHMARK_MOVE,),
    ),
)
