"""Templates that follow prices: buy and hold, momentum, moving averages, breakout.

Each function takes one symbol's own bars, shape (n_bars,), oldest first, and returns its
signal at each close, NaN before the warm-up. strategy.proto states the rules.
"""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.strategies.indicators import (
    LEVEL,
    change_ratio,
    rolling_max,
    rolling_mean,
    rolling_min,
)

Floats = NDArray[np.float64]


@compiled
def buy_and_hold(close: Floats) -> Floats:
    """Returns 1 at every close."""
    return np.ones(close.size)


@compiled
def ts_momentum(close: Floats, lookback: int) -> Floats:
    """Returns the past return."""
    return change_ratio(close, lookback)


@compiled
def sma_cross(quick: Floats, steady: Floats, out: Floats) -> Floats:
    """Writes the side of the fast mean to `out` and returns it.

    Args:
        quick: Means over the fast window, as `rolling_mean` gives them.
        steady: Means over the slow window.
        out: Shape (n_bars,); 1, 0 or -1, NaN where a mean is.
    """
    held = 0.0
    for i in range(steady.size):
        gap, level = quick[i] - steady[i], steady[i] * LEVEL
        if gap > level:
            held = 1.0
        elif gap < -level:
            held = -1.0
        out[i] = held if gap == gap else np.nan  # NaN is not itself
    return out


@compiled
def trend_following(close: Floats, fast: int, slow: int) -> Floats:
    """Returns the side of the fast moving average."""
    quick, steady = rolling_mean(close, fast), rolling_mean(close, slow)
    return sma_cross(quick, steady, steady)


@compiled
def breakout(close: Floats, high: Floats, low: Floats, entry: int, leave: int) -> Floats:
    """Returns the side of the last close outside the channel, while it holds."""
    out = np.full(close.size, np.nan)
    top, bottom = rolling_max(high, entry), rolling_min(low, entry)
    roof, floor = rolling_max(high, leave), rolling_min(low, leave)
    held = 0.0
    for i in range(max(entry, leave), close.size):
        if close[i] > top[i - 1]:
            held = 1.0
        elif close[i] < bottom[i - 1]:
            held = -1.0
        elif (held > 0.0 and close[i] < floor[i - 1]) or (held < 0.0 and close[i] > roof[i - 1]):
            held = 0.0
        out[i] = held
    return out
