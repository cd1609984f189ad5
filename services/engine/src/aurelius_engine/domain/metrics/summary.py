"""The three numbers that rank a trial of a sweep, for use in kernels."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.lane_sums import mean_return, squared_deviations
from aurelius_engine.domain.metrics.drawdowns import ROUNDING, max_drawdown
from aurelius_engine.domain.metrics.returns import all_positive

Floats = NDArray[np.float64]


@compiled
def summary(
    equity: Floats, periods_per_year: float, risk_free_ratio: float, work: Floats, sums: Floats
) -> tuple[float, float, float]:
    """Returns `total_return_ratio`, `sharpe_ratio` and `max_drawdown_ratio`, bits included.

    One that the registry leaves undefined is NaN.

    Args:
        equity: Shape (n + 1,), contiguous, n at least 1; index 0 is the initial cash.
        periods_per_year: P.
        risk_free_ratio: A year.
        work: Shape (BLOCK,) of lane_sums, overwritten.
        sums: Shape (2 * LANES,), overwritten.
    """
    bars = equity.size - 1
    total = (equity[bars] - equity[0]) / equity[0]
    if not all_positive(equity):
        return total, math.nan, math.nan
    drawdown = max_drawdown(equity)
    if bars < 2:
        return total, math.nan, drawdown
    mean = mean_return(equity, work, sums)
    deviation = math.sqrt(squared_deviations(equity, mean, work, sums) / (bars - 1))
    if deviation <= ROUNDING:
        return total, math.nan, drawdown
    free = risk_free_ratio / periods_per_year
    return total, (mean - free) / deviation * math.sqrt(periods_per_year), drawdown
