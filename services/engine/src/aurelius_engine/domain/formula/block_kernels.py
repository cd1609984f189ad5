"""Sliding sums, products and moments that never subtract what leaves the window.

A symbol's bars are cut into blocks of the window's length. A window is the tail of one
block and the head of the next; both are sums that only grow (van Herk, Pattern
Recognition Letters 13, 1992). So no rounding is carried from one window to the next, an
undefined value or a large one leaves with its bar, and the cost is linear. Moments merge
as in Chan, Golub and LeVeque (1983) and Pébay (2008).
"""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SUM, PRODUCT, DECAY = 0, 1, 2
VARIANCE, DEVIATION, SKEWNESS, KURTOSIS = 0, 1, 2, 3
COVARIANCE, CORRELATION, BETA = 0, 1, 2

# A deviation of at most this share of the mean is what rounding makes of equal values.
LEVEL = 2.0**-40


@compiled
def _two_sum(total: float, lost: float, value: float) -> tuple[float, float]:
    new = total + value
    if abs(total) >= abs(value):
        return new, lost + ((total - new) + value)
    return new, lost + ((value - new) + total)


@compiled
def fold(x: Floats, starts: Ints, d: int, code: int, out: Floats) -> None:
    """Writes the sum, the product or the linearly weighted mean of each window of d bars.

    Args:
        x: Shape (n_bars,), symbol after symbol.
        starts: The first bar of each symbol and the end.
        d: Bars of the window, at least 1.
        code: SUM, PRODUCT or DECAY.
        out: Shape (n_bars,); left alone where there is no whole window.
    """
    first, second = np.empty(d + 1), np.empty(d + 1)
    for symbol in range(starts.size - 1):
        begin, end = starts[symbol], starts[symbol + 1]
        a, b, k = 0.0, 0.0, 0
        for i in range(begin, end):
            if k == 0:
                a, b = (1.0 if code == PRODUCT else 0.0), 0.0
            if code == SUM:
                a, b = _two_sum(a, b, x[i])
            elif code == PRODUCT:
                a *= x[i]
            else:  # a is the plain sum, b the one with the weights 1, 2, ...
                a, b = a + x[i], b + (k + 1) * x[i]
            if i - begin >= d - 1:
                if k == d - 1:
                    out[i] = a + b if code == SUM else a
                    if code == DECAY:
                        out[i] = b / (0.5 * d * (d + 1))
                elif code == SUM:
                    whole, lost = _two_sum(first[k + 1], second[k + 1] + b, a)
                    out[i] = whole + lost
                elif code == PRODUCT:
                    out[i] = first[k + 1] * a
                else:
                    out[i] = (second[k + 1] + (b + (d - k - 1) * a)) / (0.5 * d * (d + 1))
            k += 1
            if k == d:
                k = 0
                _tail(x, i, d, code, first, second)


@compiled
def _tail(x: Floats, last: int, d: int, code: int, first: Floats, second: Floats) -> None:
    """Writes what the block that ends at `last` gives from each of its places to its end."""
    a, b = (1.0 if code == PRODUCT else 0.0), 0.0
    for k in range(d - 1, 0, -1):
        value = x[last - (d - 1 - k)]
        if code == SUM:
            a, b = _two_sum(a, b, value)
        elif code == PRODUCT:
            a *= value
        else:  # each weight rises by one as an older value comes before it
            a = a + value
            b = b + a
        first[k], second[k] = a, b


@compiled
def _merged(
    n_a: float, mean_a: float, m2_a: float, n_b: float, mean_b: float, m2_b: float
) -> tuple[float, float]:
    gap, n = mean_b - mean_a, n_a + n_b
    return mean_a + gap * (n_b / n), (m2_a + m2_b) + gap * gap * (n_a * n_b / n)


@compiled
def spread(x: Floats, starts: Ints, d: int, ddof: int, root: bool, out: Floats) -> None:
    """Writes the variance of each window, divided by d - ddof, or its square root.

    0 where the deviation counts as none. Arguments as `fold`; d is at least 2.
    """
    means, squares = np.empty(d + 1), np.empty(d + 1)
    for symbol in range(starts.size - 1):
        begin, end = starts[symbol], starts[symbol + 1]
        mean, m2, k = 0.0, 0.0, 0
        for i in range(begin, end):
            if k == 0:
                mean, m2 = x[i], 0.0 * x[i]
            else:
                mean, m2 = _merged(k, mean, m2, 1.0, x[i], 0.0)
            if i - begin >= d - 1:
                whole, total = mean, m2
                if k < d - 1:
                    whole, total = _merged(d - k - 1, means[k + 1], squares[k + 1], k + 1, mean, m2)
                least = LEVEL * whole
                if total <= d * (least * least):
                    total = 0.0
                out[i] = math.sqrt(total / (d - ddof)) if root else total / (d - ddof)
            k += 1
            if k == d:
                k = 0
                tail, m2_tail = x[i], 0.0 * x[i]
                means[d - 1], squares[d - 1] = tail, m2_tail
                for j in range(d - 2, 0, -1):
                    value = x[i - (d - 1 - j)]
                    tail, m2_tail = _merged(1.0, value, 0.0, d - 1 - j, tail, m2_tail)
                    means[j], squares[j] = tail, m2_tail


@compiled
def _merged4(
    n_a: float,
    a: tuple[float, float, float, float],
    n_b: float,
    b: tuple[float, float, float, float],
) -> tuple[float, float, float, float]:
    gap, n = b[0] - a[0], n_a + n_b
    ratio, gap2 = gap / n, gap * gap
    product = n_a * n_b
    mean = a[0] + ratio * n_b
    m2 = (a[1] + b[1]) + gap * ratio * product
    m3 = (a[2] + b[2]) + gap * ratio * ratio * product * (n_a - n_b)
    m3 += 3.0 * ratio * (n_a * b[1] - n_b * a[1])
    m4 = (a[3] + b[3]) + gap2 * ratio * ratio / n * product * (n_a * n_a - product + n_b * n_b)
    m4 += 6.0 * ratio * ratio * (n_a * n_a * b[1] + n_b * n_b * a[1])
    m4 += 4.0 * ratio * (n_a * b[2] - n_b * a[2])
    return mean, m2, m3, m4


@compiled
def shape(x: Floats, starts: Ints, d: int, code: int, out: Floats) -> None:
    """Writes the skewness G1 or the excess kurtosis G2 of each window.

    NaN where the deviation counts as none. Arguments as `fold`; d is at least 3 or 4.
    """
    tails = np.empty((d + 1, 4))
    for symbol in range(starts.size - 1):
        begin, end = starts[symbol], starts[symbol + 1]
        head, k = (0.0, 0.0, 0.0, 0.0), 0
        for i in range(begin, end):
            one = (x[i], 0.0, 0.0, 0.0)
            head = one if k == 0 else _merged4(k, head, 1.0, one)
            if i - begin >= d - 1:
                whole = head
                if k < d - 1:
                    row = tails[k + 1]
                    whole = _merged4(d - k - 1, (row[0], row[1], row[2], row[3]), k + 1, head)
                out[i] = _shape_of(whole, d, code)
            k += 1
            if k == d:
                k = 0
                tail = one
                for j in range(d - 1, 0, -1):
                    if j < d - 1:
                        older = (x[i - (d - 1 - j)], 0.0, 0.0, 0.0)
                        tail = _merged4(1.0, older, d - 1 - j, tail)
                    tails[j, 0], tails[j, 1], tails[j, 2], tails[j, 3] = tail


@compiled
def _shape_of(whole: tuple[float, float, float, float], d: int, code: int) -> float:
    mean, m2, m3, m4 = whole
    variance, least = m2 / d, LEVEL * mean
    if not variance > least * least:
        return np.nan
    n = float(d)
    if code == SKEWNESS:
        return math.sqrt(n * (n - 1.0)) / (n - 2.0) * (m3 / n) / (variance * math.sqrt(variance))
    excess = (m4 / n) / (variance * variance) - 3.0
    return (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ((n + 1.0) * excess + 6.0)


_Pair = tuple[float, float, float, float, float]


@compiled
def _merged_pair(n_a: float, a: _Pair, n_b: float, b: _Pair) -> _Pair:
    n = n_a + n_b
    gap_x, gap_y, weight = b[0] - a[0], b[1] - a[1], n_a * n_b / n
    share = n_b / n
    return (
        a[0] + gap_x * share,
        a[1] + gap_y * share,
        (a[2] + b[2]) + gap_x * gap_x * weight,
        (a[3] + b[3]) + gap_y * gap_y * weight,
        (a[4] + b[4]) + gap_x * gap_y * weight,
    )


@compiled
def pair(x: Floats, y: Floats, starts: Ints, d: int, code: int, ddof: int, out: Floats) -> None:
    """Writes the covariance, the correlation, or the slope of y on x, of each window.

    NaN where a deviation that divides counts as none. Arguments as `fold`; d is at least 2.
    """
    tails = np.empty((d + 1, 5))
    for symbol in range(starts.size - 1):
        begin, end = starts[symbol], starts[symbol + 1]
        head, k = (0.0, 0.0, 0.0, 0.0, 0.0), 0
        for i in range(begin, end):
            one = (x[i], y[i], 0.0, 0.0, 0.0)
            head = one if k == 0 else _merged_pair(k, head, 1.0, one)
            if i - begin >= d - 1:
                whole = head
                if k < d - 1:
                    row = tails[k + 1]
                    before = (row[0], row[1], row[2], row[3], row[4])
                    whole = _merged_pair(d - k - 1, before, k + 1, head)
                out[i] = _pair_of(whole, d, code, ddof)
            k += 1
            if k == d:
                k = 0
                tail = one
                for j in range(d - 1, 0, -1):
                    if j < d - 1:
                        place = i - (d - 1 - j)
                        older = (x[place], y[place], 0.0, 0.0, 0.0)
                        tail = _merged_pair(1.0, older, d - 1 - j, tail)
                    for part in range(5):
                        tails[j, part] = tail[part]


@compiled
def _pair_of(whole: _Pair, d: int, code: int, ddof: int) -> float:
    mean_x, mean_y, xx, yy, xy = whole
    if code == COVARIANCE:
        return xy / (d - ddof)
    least_x, least_y = LEVEL * mean_x, LEVEL * mean_y
    if not xx > d * (least_x * least_x):
        return np.nan
    if code == BETA:
        return xy / xx
    if not yy > d * (least_y * least_y):
        return np.nan
    ratio = xy / (math.sqrt(xx) * math.sqrt(yy))
    return min(1.0, max(-1.0, ratio))
