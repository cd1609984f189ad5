"""What the choice among many trials does to a Sharpe ratio. Ratios are per bar.

docs/specs/trial_ledger.md section 4 has each formula with its source.
"""

import math

from aurelius_engine.domain.fixed_math import fixed_log, fixed_normal_cdf, fixed_normal_quantile
from aurelius_engine.domain.metrics.ratio_definitions import sharpe_variance

EULER_MASCHERONI = 0.57721566490153286
_E = 2.718281828459045


def expected_maximum(trials: int, variance: float) -> float:
    """Returns the expected greatest Sharpe ratio of independent trials without skill.

    Bailey and Lopez de Prado, The deflated Sharpe ratio, Journal of Portfolio Management
    40 (2014), equation 1, after the theory of extreme values. One trial expects 0.

    Args:
        trials: How many, at least 1.
        variance: Of the trials' Sharpe ratios.
    """
    if trials < 2:
        return 0.0
    here = (1.0 - EULER_MASCHERONI) * fixed_normal_quantile(1.0 - 1.0 / trials)
    beyond = EULER_MASCHERONI * fixed_normal_quantile(1.0 - 1.0 / (trials * _E))
    return math.sqrt(variance) * (here + beyond)


def probabilistic_sharpe(
    sharpe: float, benchmark: float, *, skew: float, kurt: float, bars: int
) -> float:
    """Returns the probability that the true Sharpe ratio is above a benchmark.

    Bailey and Lopez de Prado, The Sharpe ratio efficient frontier, Journal of Risk 15
    (2012), equation 10; `kurt` is 3 for a normal distribution.
    """
    deviation = math.sqrt(sharpe_variance(sharpe, skew, kurt, bars))
    return fixed_normal_cdf((sharpe - benchmark) / deviation)


def deflated_sharpe(
    sharpe: float, *, skew: float, kurt: float, bars: int, trials: int, variance: float
) -> float:
    """Returns the probability that a chosen Sharpe ratio is above what luck would choose.

    Bailey and Lopez de Prado (2014), equation 2: the benchmark is `expected_maximum`.

    Args:
        sharpe: Of the chosen trial, a bar.
        skew: Of its returns.
        kurt: Of its returns, 3 for a normal distribution.
        bars: How many returns.
        trials: How many were tried.
        variance: Of the trials' Sharpe ratios, per bar.
    """
    luck = expected_maximum(trials, variance)
    return probabilistic_sharpe(sharpe, luck, skew=skew, kurt=kurt, bars=bars)


def minimum_track_record_bars(
    sharpe: float, benchmark: float, *, skew: float, kurt: float, confidence: float
) -> float:
    """Returns how many bars show, at a confidence, that a Sharpe ratio is above a benchmark.

    Bailey and Lopez de Prado (2012), equation 11. Infinite at or below the benchmark.
    """
    if sharpe <= benchmark:
        return math.inf
    spread = 1.0 - skew * sharpe + (kurt - 1.0) / 4.0 * sharpe * sharpe
    reach = fixed_normal_quantile(confidence) / (sharpe - benchmark)
    return 1.0 + spread * reach * reach


def minimum_backtest_years(trials: int, sharpe: float) -> float:
    """Returns the years below which luck alone is expected to give an annual Sharpe ratio.

    Bailey, Borwein, Lopez de Prado and Zhu, Pseudo-mathematics and financial charlatanism,
    Notices of the AMS 61 (2014), theorem 2: below 2 ln(trials) / sharpe^2.
    """
    if sharpe <= 0.0:
        return math.inf
    ratio = expected_maximum(trials, 1.0) / sharpe
    return ratio * ratio


def minimum_backtest_years_bound(trials: int, sharpe: float) -> float:
    """Returns the upper bound of `minimum_backtest_years` that the theorem states."""
    if sharpe <= 0.0:
        return math.inf
    return 2.0 * fixed_log(float(trials)) / (sharpe * sharpe)
