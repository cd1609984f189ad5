"""Templates that fade distances: mean reversion, pairs, the contrarian of a cross-section.

strategy.proto states the rules; a number is level with another within LEVEL of it.
"""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.fixed_math import log_kernel
from aurelius_engine.domain.strategies.indicators import (
    LEVEL,
    rolling_moments,
    two_sum,
    window_comoments,
)

Floats = NDArray[np.float64]


@compiled
def next_side(held: float, score: float, entry: float, leave: float) -> float:
    """Returns the side after a score: long at -`entry`, short at `entry`, out within `leave`."""
    if score <= -entry:
        return 1.0
    if score >= entry:
        return -1.0
    if (held > 0.0 and score >= -leave) or (held < 0.0 and score <= leave):
        return 0.0
    return held


@compiled
def mean_reversion(close: Floats, lookback: int, entry: float, leave: float) -> Floats:
    """Returns the side against the z-score of one symbol's closes, shape (n_bars,)."""
    out = np.full(close.size, np.nan)
    means, variances = rolling_moments(close, lookback)
    held = 0.0
    for i in range(lookback - 1, close.size):
        deviation, level = math.sqrt(variances[i]), means[i] * LEVEL
        if deviation > level:
            away = close[i] - means[i]
            score = away / deviation if abs(away) > level else 0.0
            held = next_side(held, score, entry, leave)
        out[i] = held
    return out


@compiled
def spread_score(x: float, y: float, means: Floats, products: Floats, bars: int) -> float:
    """Returns the z-score of the last residual of the line of x on y, NaN if there is none.

    The deviation has the divisor `bars` - 1, as the spread's about its mean. There is none
    when y is constant or x is on the line.
    """
    flat = bars * LEVEL * LEVEL
    if not products[1, 1] > flat:
        return np.nan
    slope = products[0, 1] / products[1, 1]
    rest = products[0, 0] - slope * products[0, 1]
    if not (rest > flat and rest > LEVEL * products[0, 0]):
        return np.nan
    away = (x - means[0]) - slope * (y - means[1])
    return away / math.sqrt(rest / (bars - 1)) if abs(away) > LEVEL else 0.0


@compiled
def pairs_trading(first: Floats, second: Floats, bars: int, entry: float, leave: float) -> Floats:
    """Returns the signals of two symbols from their closes on common bars.

    Args:
        first: Shape (n_bars,).
        second: Of the same bars.
        bars: The look-back, the current bar included.
        entry: The score at which a position is opened.
        leave: The score at which it is closed.

    Returns:
        Shape (n_bars, 2): a side, and the other one times the slope at the opening.
    """
    out = np.full((first.size, 2), np.nan)
    points = np.empty((2, first.size))
    for i in range(first.size):
        points[0, i], points[1, i] = log_kernel(first[i]), log_kernel(second[i])
    held, hedge = 0.0, 0.0
    for start in range(0, first.size, bars):
        end = min(start + bars, first.size)
        means, products = window_comoments(points, start, end, bars)
        for i in range(max(start, bars - 1), end):
            row = i - start
            x, y = points[0, i], points[1, i]
            score = spread_score(x, y, means[row], products[row], bars)
            if score == score:  # NaN changes nothing
                side = next_side(held, score, entry, leave)
                if side != held:
                    slope = products[row, 0, 1] / products[row, 1, 1]
                    held = side if slope > 0.0 else 0.0
                    hedge = slope if held != 0.0 else 0.0
            out[i, 0], out[i, 1] = held, -held * hedge + 0.0  # no negative zero
    return out


@compiled
def held_between(signals: Floats, close: Floats) -> None:
    """Keeps each symbol's last signal, in place, at its bars at which it has none.

    Args:
        signals: Shape (n_steps, n_symbols).
        close: Of the same shape, NaN where there is no bar.
    """
    for s in range(close.shape[1]):
        last = np.nan
        for t in range(close.shape[0]):
            if not np.isnan(signals[t, s]):
                last = signals[t, s]
            elif not np.isnan(close[t, s]):
                signals[t, s] = last


@compiled
def market_neutral(growth: Floats) -> Floats:
    """Returns the market's growth less each symbol's.

    Args:
        growth: Shape (n_steps, n_symbols): a close over the one `lookback` bars before, NaN
            where the symbol has none. The market is the mean of those that have one.

    Returns:
        Of the same shape; what is level with the market has the signal 0.
    """
    out = np.full(growth.shape, np.nan)
    for t in range(growth.shape[0]):
        total, lost, count = 0.0, 0.0, 0
        for s in range(growth.shape[1]):
            if not np.isnan(growth[t, s]):
                total, loss = two_sum(total, growth[t, s])
                lost += loss
                count += 1
        market = (total + lost) / max(count, 1)
        for s in range(growth.shape[1]):
            if not np.isnan(growth[t, s]):
                behind = market - growth[t, s]
                out[t, s] = behind if abs(behind) > LEVEL * market else 0.0
    return out


@compiled
def growth_ratio(close: Floats, lookback: int) -> Floats:
    """Returns each close over the one `lookback` bars before, shape (n_bars,)."""
    out = np.full(close.size, np.nan)
    for i in range(lookback, close.size):
        out[i] = close[i] / close[i - lookback]
    return out
