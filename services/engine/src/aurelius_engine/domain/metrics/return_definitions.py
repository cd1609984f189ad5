"""Definitions of return, risk, drawdown and tail metrics.

r_t = E_t / E_(t-1) - 1 over n bars; P = periods per year; f = annual risk-free rate / P.
"""

import math

from aurelius_engine.domain.metrics.definition import (
    NO_TAIL,
    NOT_RECOVERED,
    OVERFLOW,
    Metric,
    Outcome,
    metric,
)
from aurelius_engine.domain.metrics.statistics import Statistics

# The 5 % and 1 % quantiles of the standard normal distribution.
_Z_5, _Z_1 = -1.6448536269514722, -2.3263478740408408


def skewness(s: Statistics) -> float:
    """Returns m3 / m2^1.5 of the returns, moments over n."""
    r = s.returns
    return r.third / (r.second * math.sqrt(r.second))


def kurtosis(s: Statistics) -> float:
    """Returns m4 / m2^2 of the returns, moments over n; 3 for a normal distribution."""
    r = s.returns
    return r.fourth / (r.second * r.second)


def _cornish_fisher(s: Statistics, z: float) -> float:
    skew, excess = skewness(s), kurtosis(s) - 3.0
    square = z * z
    moved = (
        z
        + (square - 1.0) * skew / 6.0
        + (square - 3.0) * z * excess / 24.0
        - (2.0 * square - 5.0) * z * skew * skew / 36.0
    )
    return -(s.returns.mean + moved * s.returns.deviation)


def _recovery(s: Statistics) -> Outcome:
    bars = s.drawdowns.recovery
    return float(bars) if bars >= 0 else NOT_RECOVERED


def _tail_ratio(s: Statistics) -> Outcome:
    return abs(s.tails.high_5) / abs(s.tails.low_5) if s.tails.low_5 != 0.0 else NO_TAIL


_RETURNS = (
    metric("final_equity", "quote_currency", "E_n", lambda s: s.final),
    metric(
        "total_return_ratio",
        "ratio",
        "E_n / E_0 - 1",
        lambda s: (s.final - s.initial) / s.initial,
        divisor="E_0",
    ),
    metric(
        "annual_return_ratio",
        "ratio_per_year",
        "(E_n / E_0)^(P / n) - 1",
        lambda s: s.annual_return,
        divisor="n",
        condition="positive",
        annualisation="to the power P / n",
        also=(OVERFLOW,),
    ),
    metric(
        "mean_return_ratio",
        "ratio",
        "sum(r) / n",
        lambda s: s.returns.mean,
        divisor="n",
        condition="positive",
    ),
    metric("best_bar_ratio", "ratio", "max(r)", lambda s: s.returns.best, condition="positive"),
    metric("worst_bar_ratio", "ratio", "min(r)", lambda s: s.returns.worst, condition="positive"),
    metric(
        "positive_bar_ratio",
        "ratio",
        "bars with r > 0 / n",
        lambda s: s.returns.rising / s.bars,
        divisor="n",
        condition="positive",
    ),
    metric(
        "best_month_ratio",
        "ratio",
        "max over calendar months (UTC) of E at its last bar / E before its first bar - 1",
        lambda s: s.months.best,
        divisor="E before the month",
        condition="positive",
    ),
    metric(
        "worst_month_ratio",
        "ratio",
        "min over calendar months (UTC) of E at its last bar / E before its first bar - 1",
        lambda s: s.months.worst,
        divisor="E before the month",
        condition="positive",
    ),
    metric(
        "positive_month_ratio",
        "ratio",
        "calendar months (UTC) with a return > 0 / calendar months with a bar",
        lambda s: s.months.rising / s.months.months,
        divisor="months with a bar",
        condition="positive",
    ),
    metric(
        "annual_volatility_ratio",
        "ratio_per_year",
        "sqrt(sum((r - mean r)^2) / (n - 1)) sqrt(P)",
        lambda s: s.returns.deviation * math.sqrt(s.periods_per_year),
        divisor="n - 1",
        condition="bars",
        annualisation="times sqrt(P)",
    ),
    metric(
        "downside_deviation_ratio",
        "ratio_per_year",
        "sqrt(sum(min(r - f, 0)^2) / n) sqrt(P)",
        lambda s: s.returns.downside * math.sqrt(s.periods_per_year),
        divisor="n",
        condition="positive",
        annualisation="times sqrt(P)",
    ),
)

# D_t = 1 - E_t / max(E_0..E_t), t = 1..n; an episode is a longest run of bars with D > 2^-40.
_DRAWDOWNS = (
    metric(
        "max_drawdown_ratio",
        "ratio",
        "max(D)",
        lambda s: s.drawdowns.deepest,
        divisor="running peak",
        condition="positive",
    ),
    metric(
        "final_drawdown_ratio",
        "ratio",
        "D_n",
        lambda s: s.drawdowns.final,
        divisor="running peak",
        condition="positive",
    ),
    metric(
        "average_drawdown_ratio",
        "ratio",
        "mean over episodes of their largest D",
        lambda s: s.drawdowns.mean_depth,
        divisor="drawdown_count",
        condition="drawdown",
    ),
    metric(
        "drawdown_count",
        "count",
        "episodes",
        lambda s: float(s.drawdowns.episodes),
        condition="positive",
    ),
    metric(
        "longest_drawdown_bars",
        "bars",
        "bars of the longest episode",
        lambda s: float(s.drawdowns.longest),
        condition="positive",
    ),
    metric(
        "drawdown_recovery_bars",
        "bars",
        "bars from the largest D, the first of equals, to the end of its episode",
        _recovery,
        condition="drawdown",
        also=(NOT_RECOVERED,),
    ),
    metric(
        "underwater_ratio",
        "ratio",
        "bars of all episodes / n",
        lambda s: s.drawdowns.under_bars / s.bars,
        divisor="n",
        condition="positive",
    ),
    metric(
        "pain_index_ratio",
        "ratio",
        "sum(D) / n",
        lambda s: s.drawdowns.mean,
        divisor="n",
        condition="positive",
    ),
    metric(
        "ulcer_index_ratio",
        "ratio",
        "sqrt(sum(D^2) / n)",
        lambda s: math.sqrt(s.drawdowns.mean_square),
        divisor="n",
        condition="positive",
    ),
)

# Q(q) is the quantile of r at q by definition 7 of Hyndman and Fan (1996).
_TAILS = (
    metric(
        "value_at_risk_95_ratio",
        "ratio",
        "-Q(0.05)",
        lambda s: 0.0 - s.tails.low_5,
        condition="positive",
    ),
    metric(
        "value_at_risk_99_ratio",
        "ratio",
        "-Q(0.01)",
        lambda s: 0.0 - s.tails.low_1,
        condition="positive",
    ),
    metric(
        "conditional_value_at_risk_95_ratio",
        "ratio",
        "-mean of the floor(0.05 (n - 1)) + 1 lowest r",
        lambda s: 0.0 - s.tails.mean_low_5,
        divisor="floor(0.05 (n - 1)) + 1",
        condition="positive",
    ),
    metric(
        "conditional_value_at_risk_99_ratio",
        "ratio",
        "-mean of the floor(0.01 (n - 1)) + 1 lowest r",
        lambda s: 0.0 - s.tails.mean_low_1,
        divisor="floor(0.01 (n - 1)) + 1",
        condition="positive",
    ),
    metric(
        "cornish_fisher_value_at_risk_95_ratio",
        "ratio",
        "-(mean r + w sd), w = z + (z^2 - 1) S / 6 + (z^3 - 3 z) K / 24 - (2 z^3 - 5 z) S^2 / 36, "
        "z = -1.6448536269514722, S = skewness, K = excess_kurtosis, sd over n - 1",
        lambda s: _cornish_fisher(s, _Z_5),
        divisor="n - 1",
        condition="risk",
    ),
    metric(
        "cornish_fisher_value_at_risk_99_ratio",
        "ratio",
        "as at 95 %, with z = -2.3263478740408408",
        lambda s: _cornish_fisher(s, _Z_1),
        divisor="n - 1",
        condition="risk",
    ),
    metric(
        "skewness",
        "none",
        "m3 / m2^1.5, m_k = sum((r - mean r)^k) / n",
        skewness,
        divisor="n",
        condition="risk",
    ),
    metric(
        "excess_kurtosis",
        "none",
        "m4 / m2^2 - 3, m_k = sum((r - mean r)^k) / n",
        lambda s: kurtosis(s) - 3.0,
        divisor="n",
        condition="risk",
    ),
    metric(
        "tail_ratio",
        "ratio",
        "|Q(0.95)| / |Q(0.05)|",
        _tail_ratio,
        divisor="|Q(0.05)|",
        condition="positive",
        also=(NO_TAIL,),
    ),
)

RETURN_METRICS: tuple[Metric, ...] = _RETURNS + _DRAWDOWNS + _TAILS
