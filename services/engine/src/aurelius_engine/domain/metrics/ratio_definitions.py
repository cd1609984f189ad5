"""Definitions of ratios of return to risk, and how sure the Sharpe ratio is."""

import math

from aurelius_engine.domain.fixed_math import fixed_normal_cdf
from aurelius_engine.domain.metrics.definition import (
    NO_DRAWDOWN,
    NO_LOSSES,
    NO_RISK,
    OVERFLOW,
    Metric,
    Outcome,
    metric,
)
from aurelius_engine.domain.metrics.drawdowns import ROUNDING
from aurelius_engine.domain.metrics.return_definitions import kurtosis, skewness
from aurelius_engine.domain.metrics.statistics import Statistics


def _per_bar_sharpe(s: Statistics) -> float:
    return (s.returns.mean - s.risk_free) / s.returns.deviation


def _sortino(s: Statistics) -> Outcome:
    r = s.returns
    if r.downside <= ROUNDING:
        return NO_RISK
    return (r.mean - s.risk_free) / r.downside * math.sqrt(s.periods_per_year)


def sharpe_variance(sharpe: float, skew: float, kurt: float, bars: int) -> float:
    """Returns the variance of a Sharpe ratio's estimate at the ratio observed.

    Bailey and Lopez de Prado, The Sharpe ratio efficient frontier, Journal of Risk 15
    (2012), after Mertens (2002). All per bar; `kurt` is 3 for a normal distribution.
    """
    return (1.0 - skew * sharpe + (kurt - 1.0) / 4.0 * sharpe * sharpe) / (bars - 1)


def _standard_error(s: Statistics) -> Outcome:
    variance = sharpe_variance(_per_bar_sharpe(s), skewness(s), kurtosis(s), s.bars)
    if variance <= ROUNDING * ROUNDING:
        return NO_RISK
    return math.sqrt(variance * s.periods_per_year)


def _normal(x: float) -> Outcome:
    return OVERFLOW if math.isnan(x) else fixed_normal_cdf(x)


def _probabilistic_2012(s: Statistics) -> Outcome:
    sharpe = _per_bar_sharpe(s)
    variance = sharpe_variance(sharpe, skewness(s), kurtosis(s), s.bars)
    if variance <= ROUNDING * ROUNDING:
        return NO_RISK
    return _normal(sharpe / math.sqrt(variance))


def _to_drawdown(s: Statistics, value: Outcome, fall: float) -> Outcome:
    if isinstance(value, str):
        return value
    return value / fall if fall > ROUNDING else NO_DRAWDOWN


def _calmar(s: Statistics) -> Outcome:
    return _to_drawdown(s, s.annual_return, s.drawdowns.deepest)


def _martin(s: Statistics) -> Outcome:
    annual = s.annual_return
    excess = annual if isinstance(annual, str) else annual - s.annual_risk_free
    return _to_drawdown(s, excess, math.sqrt(s.drawdowns.mean_square))


def _omega(s: Statistics) -> Outcome:
    return s.returns.above / s.returns.below if s.returns.below > 0.0 else NO_LOSSES


def _gain_to_pain(s: Statistics) -> Outcome:
    r = s.returns
    return r.mean * s.bars / r.losses if r.losses > 0.0 else NO_LOSSES


RATIO_METRICS: tuple[Metric, ...] = (
    metric(
        "sharpe_ratio",
        "ratio",
        "(mean r - f) / sqrt(sum((r - mean r)^2) / (n - 1)) sqrt(P)",
        lambda s: _per_bar_sharpe(s) * math.sqrt(s.periods_per_year),
        divisor="n - 1",
        condition="risk",
        annualisation="times sqrt(P)",
    ),
    metric(
        "sharpe_standard_error_ratio",
        "ratio",
        "sqrt((1 - S q + (K - 1) q^2 / 4) / (n - 1)) sqrt(P), q = sharpe_ratio / sqrt(P), "
        "S = skewness, K = excess_kurtosis + 3 (Bailey and Lopez de Prado 2012)",
        _standard_error,
        divisor="n - 1",
        condition="risk",
        annualisation="times sqrt(P)",
    ),
    metric(
        "probabilistic_sharpe_2012_ratio",
        "ratio",
        "Phi(sharpe_ratio / sharpe_standard_error_ratio), the variance at the Sharpe ratio "
        "observed (Bailey and Lopez de Prado 2012)",
        _probabilistic_2012,
        divisor="n - 1",
        condition="risk",
    ),
    metric(
        "probabilistic_sharpe_2025_ratio",
        "ratio",
        "Phi(sharpe_ratio / sqrt(P) sqrt(n)), the variance at a Sharpe ratio of 0 "
        "(Lopez de Prado, Lipton and Zoonekynd 2025)",
        lambda s: _normal(_per_bar_sharpe(s) * math.sqrt(s.bars)),
        divisor="n",
        condition="risk",
    ),
    metric(
        "sortino_ratio",
        "ratio",
        "(mean r - f) / sqrt(sum(min(r - f, 0)^2) / n) sqrt(P)",
        _sortino,
        divisor="n",
        condition="bars",
        annualisation="times sqrt(P)",
        also=(NO_RISK,),
    ),
    metric(
        "calmar_ratio",
        "ratio",
        "annual_return_ratio / max_drawdown_ratio",
        _calmar,
        divisor="max_drawdown_ratio",
        condition="positive",
        annualisation="that of annual_return_ratio",
        also=(OVERFLOW, NO_DRAWDOWN),
    ),
    metric(
        "martin_ratio",
        "ratio",
        "(annual_return_ratio - f P) / ulcer_index_ratio",
        _martin,
        divisor="ulcer_index_ratio",
        condition="positive",
        annualisation="that of annual_return_ratio",
        also=(OVERFLOW, NO_DRAWDOWN),
    ),
    metric(
        "recovery_factor_ratio",
        "ratio",
        "total_return_ratio / max_drawdown_ratio",
        lambda s: (s.final - s.initial) / s.initial / s.drawdowns.deepest,
        divisor="max_drawdown_ratio",
        condition="drawdown",
    ),
    metric(
        "omega_ratio",
        "ratio",
        "sum(max(r - f, 0)) / sum(max(f - r, 0))",
        _omega,
        divisor="sum(max(f - r, 0))",
        condition="positive",
        also=(NO_LOSSES,),
    ),
    metric(
        "gain_to_pain_ratio",
        "ratio",
        "sum(r) / sum(max(-r, 0))",
        _gain_to_pain,
        divisor="sum(max(-r, 0))",
        condition="positive",
        also=(NO_LOSSES,),
    ),
)
