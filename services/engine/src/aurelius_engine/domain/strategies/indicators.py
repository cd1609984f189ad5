"""Rolling statistics of one series, each linear in bars whatever the window.

A window of `bars` ending at bar i is the tail of one block and the head of the next,
where blocks begin at multiples of `bars` (van Herk 1992; Gil and Werman 1993). So a
statistic is a tail's joined with a head's, and nothing is ever taken out again: no error
drifts along the series, and the value at i is made of the bars of its window alone. The
places of the blocks follow from the index, so a longer series changes no bit of a shorter.

Sums carry what each addition loses (TwoSum; Knuth, TAOCP 2, 4.2.2). Squares are summed of
distances from an anchor, the first bar of the head's block. The anchor is inside the
window, so the squares are at most bars + 1 times those about the mean, and the deviation
loses at most that factor of a double's precision; mostly it loses a few units.

Every series has shape (n_bars,), oldest first, finite; every result has its shape, NaN
before the first full window.
"""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled

Floats = NDArray[np.float64]

# Nearer than this, relatively, two numbers are level: the rounding of sums would decide.
LEVEL = 2.0**-40


@compiled
def two_sum(a: float, b: float) -> tuple[float, float]:
    """Returns the rounded sum and what the rounding lost, exactly."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@compiled
def window_sums(
    x: Floats, bars: int, begin: int, end: int, tails: Floats, losses: Floats, out: Floats
) -> None:
    """Writes the sums of the windows that end in [begin, end) to `out`, from its start.

    Args:
        x: Shape (n_bars,).
        bars: Values of a window.
        begin: The first bar of the range.
        end: After the last one.
        tails: Room for `bars` numbers.
        losses: Room for `bars` numbers.
        out: Room for `end` - `begin` numbers; NaN where a window would begin before bar 0.
    """
    tails[0], losses[0] = 0.0, 0.0
    for start in range(begin // bars * bars, end, bars):
        total, lost = 0.0, 0.0
        if start > 0:  # tails[k]: the last k values of the block before
            for k in range(1, bars):
                total, loss = two_sum(total, x[start - k])
                lost += loss
                tails[k], losses[k] = total, lost
        total, lost = 0.0, 0.0
        for i in range(start, min(start + bars, end)):
            total, loss = two_sum(total, x[i])
            lost += loss
            k = bars - 1 - (i - start)
            if i >= begin:
                full = start > 0 or k == 0
                out[i - begin] = (tails[k] + total) + (losses[k] + lost) if full else np.nan


@compiled
def rolling_sum(x: Floats, bars: int) -> Floats:
    """Returns the sum of the last `bars` values."""
    out = np.empty(x.size)
    if bars > x.size:
        out[:] = np.nan
        return out
    window_sums(x, bars, 0, x.size, np.empty(bars), np.empty(bars), out)
    return out


@compiled
def rolling_mean(x: Floats, bars: int) -> Floats:
    """Returns the mean of the last `bars` values."""
    out = rolling_sum(x, bars)
    for i in range(x.size):
        out[i] /= bars
    return out


@compiled
def rolling_moments(x: Floats, bars: int) -> tuple[Floats, Floats]:
    """Returns the mean and the sample variance (divisor `bars` - 1) of the last `bars` values.

    Values that are all the same have a variance of exactly 0. At least 2 bars.
    """
    mean, variance = np.empty(x.size), np.empty(x.size)
    mean[: bars - 1], variance[: bars - 1] = np.nan, np.nan
    size = min(bars, x.size) + 1
    sums, sum_losses = np.zeros(size), np.zeros(size)
    squares, square_losses = np.zeros(size), np.zeros(size)
    for start in range(0, x.size, bars):
        end = min(start + bars, x.size)
        anchor = x[start]
        a, a_lost, b, b_lost = 0.0, 0.0, 0.0, 0.0
        if start > 0:
            for k in range(1, bars):
                y = x[start - k] - anchor
                a, loss = two_sum(a, y)
                a_lost += loss
                b, loss = two_sum(b, y * y)
                b_lost += loss
                sums[k], sum_losses[k], squares[k], square_losses[k] = a, a_lost, b, b_lost
        a, a_lost, b, b_lost = 0.0, 0.0, 0.0, 0.0
        for i in range(start, end):
            y = x[i] - anchor
            a, loss = two_sum(a, y)
            a_lost += loss
            b, loss = two_sum(b, y * y)
            b_lost += loss
            k = bars - 1 - (i - start)
            if start > 0 or k == 0:
                total = (sums[k] + a) + (sum_losses[k] + a_lost)
                square = (squares[k] + b) + (square_losses[k] + b_lost)
                mean[i] = anchor + total / bars
                variance[i] = max(square - total * (total / bars), 0.0) / (bars - 1)
    return mean, variance


@compiled
def rolling_deviation(x: Floats, bars: int) -> Floats:
    """Returns the sample standard deviation (divisor `bars` - 1) of the last `bars` values."""
    _, out = rolling_moments(x, bars)
    for i in range(bars - 1, x.size):
        out[i] = math.sqrt(out[i])
    return out


@compiled
def rolling_max(x: Floats, bars: int) -> Floats:
    """Returns the largest of the last `bars` values."""
    out = np.empty(x.size)
    out[: bars - 1] = np.nan
    tails = np.full(min(bars, x.size) + 1, -np.inf)
    for start in range(0, x.size, bars):
        end = min(start + bars, x.size)
        top = -np.inf
        if start > 0:
            for k in range(1, bars):
                top = max(top, x[start - k])
                tails[k] = top
        top = -np.inf
        for i in range(start, end):
            top = max(top, x[i])
            k = bars - 1 - (i - start)
            if start > 0 or k == 0:
                out[i] = max(tails[k], top)
    return out


@compiled
def rolling_min(x: Floats, bars: int) -> Floats:
    """Returns the smallest of the last `bars` values."""
    return -rolling_max(-x, bars)


@compiled
def change_ratio(x: Floats, bars: int) -> Floats:
    """Returns how far each value is from the one `bars` before, as a fraction of that one.

    Its sign is exactly that of the difference.
    """
    out = np.empty(x.size)
    out[:bars] = np.nan
    for i in range(bars, x.size):
        out[i] = (x[i] - x[i - bars]) / x[i - bars]
    return out


@compiled
def window_comoments(points: Floats, start: int, end: int, bars: int) -> tuple[Floats, Floats]:
    """Returns means and summed products of distances from them, of windows of several series.

    Args:
        points: Shape (n_series, n_points).
        start: The first point of the head's block: every window contains it.
        end: After the last point at which a window ends; at most `start` + `bars`.
        bars: Points of a window.

    Returns:
        Shape (end - start, n_series) and (end - start, n_series, n_series), of the window
        that ends at `start` + row; NaN where it would begin before point 0. The second is
        symmetric; over `bars` - 1 it is the sample covariance.
    """
    series = points.shape[0]
    means = np.full((end - start, series), np.nan)
    products = np.full((end - start, series, series), np.nan)
    sums, sum_losses = np.zeros((bars, series)), np.zeros((bars, series))
    cross, cross_losses = np.zeros((bars, series, series)), np.zeros((bars, series, series))
    y = np.empty(series)
    for k in range(1, min(bars, start + 1)):
        sums[k], sum_losses[k] = sums[k - 1], sum_losses[k - 1]
        cross[k], cross_losses[k] = cross[k - 1], cross_losses[k - 1]
        _add_point(points, start - k, start, y, sums[k], sum_losses[k], cross[k], cross_losses[k])
    a, a_lost = np.zeros(series), np.zeros(series)
    b, b_lost = np.zeros((series, series)), np.zeros((series, series))
    for i in range(start, end):
        _add_point(points, i, start, y, a, a_lost, b, b_lost)
        k = bars - 1 - (i - start)
        if k > start:
            continue
        row = i - start
        for p in range(series):
            y[p] = (sums[k, p] + a[p]) + (sum_losses[k, p] + a_lost[p])
            means[row, p] = points[p, start] + y[p] / bars
        for p in range(series):
            for q in range(p, series):
                product = (cross[k, p, q] + b[p, q]) + (cross_losses[k, p, q] + b_lost[p, q])
                products[row, p, q] = product - y[p] * (y[q] / bars)
                products[row, q, p] = products[row, p, q]
    return means, products


@compiled
def _add_point(
    points: Floats,
    at: int,
    anchor: int,
    y: Floats,
    sums: Floats,
    sum_losses: Floats,
    cross: Floats,
    cross_losses: Floats,
) -> None:
    """Adds one point, as its distance from the anchor, to sums and to sums of products."""
    for p in range(y.size):
        y[p] = points[p, at] - points[p, anchor]
        sums[p], loss = two_sum(sums[p], y[p])
        sum_losses[p] += loss
    for p in range(y.size):
        for q in range(p, y.size):
            cross[p, q], loss = two_sum(cross[p, q], y[p] * y[q])
            cross_losses[p, q] += loss
