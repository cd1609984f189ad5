"""The Sharpe ratio of a run, deflated by its trials. docs/specs/trial_ledger.md section 4."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aurelius_engine.domain.metrics.definition import NO_RISK
from aurelius_engine.domain.metrics.drawdowns import ROUNDING
from aurelius_engine.domain.metrics.ratio_definitions import sharpe_variance
from aurelius_engine.domain.validation.findings import Statistic
from aurelius_engine.domain.validation.selection import (
    deflated_sharpe,
    expected_maximum,
    minimum_backtest_years,
    minimum_track_record_bars,
    probabilistic_sharpe,
)

CONFIDENCE = 0.95
NO_SHARPE, NOT_ABOVE_LUCK = "UNDEFINED_NO_SHARPE_RATIO", "UNDEFINED_NOT_ABOVE_LUCK"
DEFLATED = "deflated_sharpe_ratio"
_UNITS = {
    "sharpe_variance": "ratio",
    "expected_maximum_sharpe_ratio": "ratio",
    "probabilistic_sharpe_ratio": "ratio",
    DEFLATED: "ratio",
    "minimum_track_record_bars": "bars",
    "minimum_backtest_years": "years",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpeMoments:
    """What a run's returns say of its Sharpe ratio.

    `sharpe` is annual; `skew` and `excess` are of the returns, `excess` above that of a normal
    distribution. Each is None where it is undefined. `bars` is how many returns there are, and
    `periods` how many of them make a year.
    """

    sharpe: float | None
    skew: float | None
    excess: float | None
    bars: int
    periods: float


def trial_statistics(
    run: SharpeMoments, trials: int, sharpes: Sequence[float]
) -> Sequence[Statistic]:
    """Deflates a run's Sharpe ratio; all ratios but its own are per bar inside.

    Args:
        run: The one that was chosen.
        trials: How many were tried, at least 1.
        sharpes: The annual Sharpe ratios of the trials that have one.
    """
    if run.sharpe is None or run.skew is None or run.excess is None:
        return _undefined(NO_SHARPE)
    annual, bars, periods = run.sharpe, run.bars, run.periods
    sharpe, shape = annual / math.sqrt(periods), {"skew": run.skew, "kurt": run.excess + 3.0}
    variance = sharpe_variance(sharpe, run.skew, run.excess + 3.0, bars)
    if variance <= ROUNDING * ROUNDING:  # as the metrics have it: returns of two sizes alone
        return _undefined(NO_RISK)
    if len(sharpes) > 1:
        mean = math.fsum(sharpes) / len(sharpes)
        spread = math.fsum((v - mean) * (v - mean) for v in sharpes) / (len(sharpes) - 1)
        # Never less than one trial's own: equal trials do not make selection harmless.
        variance = max(variance, spread / periods)
    luck = expected_maximum(trials, variance)
    needed = minimum_track_record_bars(sharpe, luck, confidence=CONFIDENCE, **shape)
    values: dict[str, float | str] = {
        "sharpe_variance": variance * periods,
        "expected_maximum_sharpe_ratio": luck * math.sqrt(periods),
        "probabilistic_sharpe_ratio": probabilistic_sharpe(sharpe, 0.0, bars=bars, **shape),
        DEFLATED: deflated_sharpe(sharpe, bars=bars, trials=trials, variance=variance, **shape),
        "minimum_track_record_bars": needed if math.isfinite(needed) else NOT_ABOVE_LUCK,
        "minimum_backtest_years": minimum_backtest_years(trials, annual)
        if annual > 0.0
        else NOT_ABOVE_LUCK,
    }
    return [Statistic(id=i, version=1, unit=u, outcome=values[i]) for i, u in _UNITS.items()]


def _undefined(reason: str) -> Sequence[Statistic]:
    return [Statistic(id=i, version=1, unit=u, outcome=reason) for i, u in _UNITS.items()]
