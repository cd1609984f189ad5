"""Windows that compare, and values that remember: linear, each from the left to the right."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST, GREATEST, LEAST_PLACE, GREATEST_PLACE = 0, 1, 2, 3
RANK, QUANTILE = 0, 1


@compiled
def extreme(x: Floats, starts: Ints, d: int, code: int, out: Floats) -> None:
    """Writes the least or greatest of each window, or its place, the oldest bar being 1.

    Of equal ones the oldest is taken. NaN while a NaN is in the window.

    Args:
        x: Shape (n_bars,), symbol after symbol.
        starts: The first bar of each symbol and the end.
        d: Bars of the window, at least 1.
        code: LEAST, GREATEST, LEAST_PLACE or GREATEST_PLACE.
        out: Shape (n_bars,); left alone where there is no whole window.
    """
    sign = -1.0 if code in (LEAST, LEAST_PLACE) else 1.0
    ring = np.empty(d, np.int64)  # places of values that may yet be the greatest, falling
    for symbol in range(starts.size - 1):
        begin, end = starts[symbol], starts[symbol + 1]
        head, count, bad = 0, 0, begin - d
        for i in range(begin, end):
            if count > 0 and ring[head] <= i - d:
                head, count = (head + 1) % d, count - 1
            if np.isnan(x[i]):
                bad, count = i, 0
                continue
            while count > 0 and sign * x[ring[(head + count - 1) % d]] < sign * x[i]:
                count -= 1
            ring[(head + count) % d] = i
            count += 1
            if i - begin >= d - 1 and bad <= i - d:
                place = ring[head]
                if code in (LEAST, GREATEST):
                    out[i] = x[place]
                else:
                    out[i] = place - (i - d)


@compiled
def sorted_window(x: Floats, starts: Ints, d: int, code: int, q: float, out: Floats) -> None:
    """Writes the rank of the current value over d, or the quantile q, of each window.

    Arguments as `extreme`. The work at a bar is in d: the window is kept sorted.
    """
    values = np.empty(d + 1)
    for symbol in range(starts.size - 1):
        begin, end = starts[symbol], starts[symbol + 1]
        count, bad = 0, 0
        for i in range(begin, end):
            if i - begin >= d:
                old = x[i - d]
                if np.isnan(old):
                    bad -= 1
                else:
                    at = _below(values, count, old)
                    for j in range(at, count - 1):
                        values[j] = values[j + 1]
                    count -= 1
            new = x[i]
            if np.isnan(new):
                bad += 1
            else:
                at = _below(values, count, new)
                for j in range(count, at, -1):
                    values[j] = values[j - 1]
                values[at] = new
                count += 1
            if i - begin < d - 1 or bad > 0:
                continue
            if code == RANK:
                low = _below(values, d, new)
                high = low
                while high < d and values[high] == new:
                    high += 1
                out[i] = (0.5 * (low + high + 1)) / d
            else:
                place = q * (d - 1)
                floor = math.floor(place)
                out[i] = values[floor]
                if place > floor:
                    out[i] += (values[floor + 1] - values[floor]) * (place - floor)


@compiled
def _below(values: Floats, count: int, value: float) -> int:
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def smoothed(x: Floats, starts: Ints, d: int, factor: float, out: Floats) -> None:
    """Writes the exponential mean: the mean of d values, then `e + factor (x - e)`.

    It begins anew after a NaN. Arguments as `extreme`.
    """
    for symbol in range(starts.size - 1):
        count, total, lost, level = 0, 0.0, 0.0, 0.0
        for i in range(starts[symbol], starts[symbol + 1]):
            value = x[i]
            if np.isnan(value):
                count, total, lost = 0, 0.0, 0.0
                continue
            count += 1
            if count <= d:
                new = total + value
                if abs(total) >= abs(value):
                    lost += (total - new) + value
                else:
                    lost += (value - new) + total
                total = new
                level = (total + lost) / d
            else:
                level += factor * (value - level)
            if count >= d:
                out[i] = level


@compiled
def latched(on: Floats, off: Floats, starts: Ints, out: Floats) -> None:
    """Writes 1 from a bar where `on` is 1 until one where `off` is; NaN where one is NaN."""
    for symbol in range(starts.size - 1):
        held = 0.0
        for i in range(starts[symbol], starts[symbol + 1]):
            if not (np.isnan(on[i]) or np.isnan(off[i])):
                if off[i] == 1.0:
                    held = 0.0
                elif on[i] == 1.0:
                    held = 1.0
                out[i] = held


@compiled
def filled(x: Floats, starts: Ints, d: int, out: Floats) -> None:
    """Writes the last value of the last d bars that is not NaN."""
    for symbol in range(starts.size - 1):
        last = starts[symbol] - d
        for i in range(starts[symbol], starts[symbol + 1]):
            if not np.isnan(x[i]):
                last = i
            if last > i - d:
                out[i] = x[last]
