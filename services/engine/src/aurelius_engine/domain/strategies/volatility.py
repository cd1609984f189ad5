"""Templates whose signal is a level: managed volatility and carry.

Each function takes one symbol's own bars, shape (n_bars,), oldest first, and returns its
signal at each close, NaN before the warm-up. strategy.proto states the rules.
"""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.strategies.indicators import (
    LEVEL,
    change_ratio,
    rolling_moments,
    rolling_sum,
)

Floats = NDArray[np.float64]

# The largest size of a signal: a calm of no movement at all would have none.
MAX_CALM = 100.0


@compiled
def volatility_trading(close: Floats, fast: int, slow: int, exit_ratio: float) -> Floats:
    """Returns the slow variance of returns over the fast one, below 0 in turmoil."""
    out = np.full(close.size, np.nan)
    if close.size <= slow:
        return out
    returns = change_ratio(close, 1)[1:]
    _, quick = rolling_moments(returns, fast)
    _, steady = rolling_moments(returns, slow)
    still = LEVEL * LEVEL  # of a deviation that is 0 but for rounding
    for i in range(slow - 1, returns.size):
        moves = quick[i] > still
        if not steady[i] > still:
            out[i + 1] = 1.0
            continue
        size = min(steady[i] / quick[i], MAX_CALM) if moves else MAX_CALM
        turmoil = moves and quick[i] > exit_ratio * exit_ratio * steady[i]
        out[i + 1] = -size if turmoil else size
    return out


@compiled
def carry(
    close: Floats, dividend: Floats, lookback: int, periods_per_year: float, risk_free: float
) -> Floats:
    """Returns the dividends of the look-back over the close, a year, less the risk-free rate.

    Args:
        close: Each > 0.
        dividend: What a unit was paid at each bar.
        lookback: Bars whose dividends count.
        periods_per_year: Bars of a year.
        risk_free: A rate a year, as a fraction.
    """
    out = rolling_sum(dividend, lookback)
    for i in range(lookback - 1, close.size):
        income = out[i] / close[i] * (periods_per_year / lookback)
        excess = income - risk_free
        out[i] = excess if abs(excess) > LEVEL * income else 0.0
    return out
