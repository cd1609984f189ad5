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
    rolling_min,
    window_sums,
)

Floats = NDArray[np.float64]

_PART_BARS = 4096


@compiled
def buy_and_hold(close: Floats) -> Floats:
    """Returns 1 at every close."""
    return np.ones(close.size)


@compiled
def ts_momentum(close: Floats, lookback: int) -> Floats:
    """Returns the past return."""
    return change_ratio(close, lookback)


@compiled
def sma_cross(quick: Floats, steady: Floats, held: float, out: Floats) -> float:
    """Writes the side of the fast mean to `out`.

    Args:
        quick: Means over the fast window, as `rolling_mean` gives them, shape (n_bars,).
        steady: Means over the slow window.
        held: The side before the first of these bars, 0 at the beginning of a series.
        out: Shape (n_bars,); 1, 0 or -1, NaN where a mean is.

    Returns:
        The side after the last of them.
    """
    for i in range(steady.size):
        gap, level = quick[i] - steady[i], steady[i] * LEVEL
        if gap > level:
            held = 1.0
        elif gap < -level:
            held = -1.0
        out[i] = held if gap == gap else np.nan  # NaN is not itself
    return held


@compiled
def trend_following(close: Floats, fast: int, slow: int) -> Floats:
    """Returns the side of the fast moving average."""
    out = np.empty(close.size)
    if slow > close.size:
        out[:] = np.nan
        return out
    # A part at a time, so that the means stay in the cache.
    part = max(_PART_BARS, slow)
    quick, steady = np.empty(part), np.empty(part)
    tails, losses = np.empty(slow), np.empty(slow)
    held = 0.0
    for begin in range(0, close.size, part):
        end = min(begin + part, close.size)
        bars = end - begin
        window_sums(close, fast, begin, end, tails, losses, quick)
        window_sums(close, slow, begin, end, tails, losses, steady)
        for i in range(bars):
            quick[i] /= fast
            steady[i] /= slow
        held = sma_cross(quick[:bars], steady[:bars], held, out[begin:end])
    return out


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
