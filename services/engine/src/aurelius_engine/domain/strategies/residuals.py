"""Statistical arbitrage: the residual against the market of the run. Avellaneda and Lee (2010).

Over the last L returns r of a symbol and f of the market, a least-squares line gives the
residuals e = r - a - b f. Their running sum X, 0 before the first, is taken for an
Ornstein-Uhlenbeck process and fitted as X_k+1 = m + c (X_k - m) + z. Since residuals sum
to 0, X ends at 0 and m is the mean of X. All of it follows from the means and products of
five series (the place, the two cumulative returns before a return, and the two returns),
which slide with the window: the cost does not grow with the look-back.
"""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.strategies.indicators import LEVEL, two_sum, window_comoments
from aurelius_engine.domain.strategies.reversion import next_side

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def market_returns(close: Floats, counted: Floats) -> Floats:
    """Returns the mean return of the symbols that have one, shape (n_steps,); NaN for none.

    `counted` has the shape of `close` and is NaN where a symbol does not count.

    A symbol's return is from its own bar before, so it has one at each bar but its first.
    """
    out = np.full(close.shape[0], np.nan)
    last = np.full(close.shape[1], np.nan)
    for t in range(close.shape[0]):
        total, lost, count = 0.0, 0.0, 0
        for s in range(last.size):
            if np.isnan(close[t, s]):
                continue
            if not (np.isnan(last[s]) or np.isnan(counted[t, s])):
                total, loss = two_sum(total, (close[t, s] - last[s]) / last[s])
                lost += loss
                count += 1
            last[s] = close[t, s]
        if count > 0:
            out[t] = (total + lost) / count
    return out


@compiled
def _points(own: Floats, market: Floats, low: int, start: int, end: int) -> Floats:
    """Returns the five series from `low` to `end`; cumulative returns are 0 at `start`."""
    points = np.zeros((5, end - low))
    for i in range(low, end):
        points[0, i - low] = i - low
        points[3, i - low], points[4, i - low] = own[i], market[i]
    for i in range(start + 1, end):
        points[1, i - low] = points[1, i - 1 - low] + own[i - 1]
        points[2, i - low] = points[2, i - 1 - low] + market[i - 1]
    for i in range(start - 1, low - 1, -1):
        points[1, i - low] = points[1, i + 1 - low] - own[i]
        points[2, i - low] = points[2, i + 1 - low] - market[i]
    return points


@compiled
def _form(left: Floats, products: Floats, right: Floats) -> float:
    total = 0.0
    for p in range(left.size):
        for q in range(right.size):
            total += left[p] * products[p, q] * right[q]
    return total


@compiled
def s_score(first: Floats, means: Floats, products: Floats, bars: int, limit: float) -> float:
    """Returns the s-score of a window, NaN if the residual does not revert fast enough.

    Args:
        first: Shape (5,), the window's first point.
        means: Shape (5,), of the window.
        products: Shape (5, 5), summed products of distances from the means.
        bars: Returns of the window.
        limit: What the persistence c must be below; it must be above 0.
    """
    flat = bars * LEVEL * LEVEL
    if not products[4, 4] > flat:
        return np.nan
    slope = products[3, 4] / products[4, 4]
    drift = means[3] - slope * means[4]
    of_sum = np.array([-drift, 1.0, -slope, 0.0, 0.0])
    of_step = np.array([0.0, 0.0, 0.0, 1.0, -slope])
    spread = _form(of_sum, products, of_sum)
    if not spread > flat:
        return np.nan
    with_step = _form(of_sum, products, of_step)
    pull = with_step / spread
    noise = _form(of_step, products, of_step) - pull * with_step
    persistence = 1.0 + pull
    if not (noise > flat and noise > LEVEL * products[3, 3] and 0.0 < persistence < limit):
        return np.nan
    mean = 0.0
    for p in range(3):
        mean += of_sum[p] * (means[p] - first[p])
    variance = noise / (bars - 2) / (1.0 - persistence * persistence)
    return -mean / math.sqrt(variance)


@compiled
def stat_arb(
    close: Floats, market: Floats, bars: int, entry: float, leave: float, limit: float
) -> Floats:
    """Returns the side against the s-score of one symbol.

    Args:
        close: Shape (n_bars,), its own bars.
        market: Shape (n_bars,), the market's return at them.
        bars: Returns of the window.
        entry: The score at which a position is opened.
        leave: The score at which it is closed.
        limit: As of `s_score`.

    Returns:
        Shape (n_bars,): 1, 0 or -1; 0 while there is no score.
    """
    out = np.full(close.size, np.nan)
    own, held = np.zeros(max(close.size - 1, 0)), 0.0
    for i in range(own.size):
        own[i] = (close[i + 1] - close[i]) / close[i]
    for start in range(0, own.size, bars):
        end, low = min(start + bars, own.size), max(start - bars + 1, 0)
        points = _points(own, market[1:], low, start, end)
        means, products = window_comoments(points, start - low, end - low, bars)
        for i in range(max(start, bars - 1), end):
            first, row = points[:, i - bars + 1 - low], i - start
            score = s_score(first, means[row], products[row], bars, limit)
            held = next_side(held, score, entry, leave) if score == score else 0.0
            out[i + 1] = held
    return out
