"""What is computed over the symbols of one step, or over those of one of its groups."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.formula.block_kernels import LEVEL

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOTAL, MEAN, DEVIATION, COUNT, RANK, BUCKET, MEDIAN, LEAST, GREATEST = range(9)


@compiled
def across(x: Floats, starts: Ints, code: int, n: float) -> Floats:
    """Returns a statistic of each segment, at each of its values.

    Args:
        x: Shape (n_values,), segment after segment, without NaN.
        starts: The first value of each segment and the end.
        code: Which statistic.
        n: The buckets of BUCKET.
    """
    out = np.empty(x.size)
    for segment in range(starts.size - 1):
        begin, end = starts[segment], starts[segment + 1]
        if code in (RANK, BUCKET, MEDIAN):
            _ordered(x, begin, end, code, n, out)
            continue
        value = float(end - begin)
        if code in (LEAST, GREATEST):
            value = x[begin]
            for i in range(begin + 1, end):
                value = min(value, x[i]) if code == LEAST else max(value, x[i])
        elif code != COUNT:
            value = _summed(x, begin, end, code)
        for i in range(begin, end):
            out[i] = value
    return out


@compiled
def _summed(x: Floats, begin: int, end: int, code: int) -> float:
    total, lost = 0.0, 0.0  # Neumaier
    for i in range(begin, end):
        new = total + x[i]
        if abs(total) >= abs(x[i]):
            lost += (total - new) + x[i]
        else:
            lost += (x[i] - new) + total
        total = new
    if code == TOTAL:
        return total + lost
    count = float(end - begin)
    mean = (total + lost) / count
    if code == MEAN:
        return mean
    if end - begin < 2:
        return np.nan
    squares = 0.0
    for i in range(begin, end):
        squares += (x[i] - mean) * (x[i] - mean)
    least = LEVEL * mean
    if squares <= count * (least * least):
        return 0.0
    return math.sqrt(squares / (count - 1.0))


@compiled
def _ordered(x: Floats, begin: int, end: int, code: int, n: float, out: Floats) -> None:
    count = end - begin
    if count == 1:
        out[begin] = x[begin] if code == MEDIAN else n
        if code == RANK:
            out[begin] = 1.0
        return
    # Equal values share their mean rank, so that their order among themselves is nothing.
    # core-check: allow sort: of equal values the order is not used
    order = np.argsort(x[begin:end])
    if code == MEDIAN:
        middle = x[begin + order[count // 2]]
        if count % 2 == 0:
            middle = 0.5 * x[begin + order[count // 2 - 1]] + 0.5 * middle
        for i in range(begin, end):
            out[i] = middle
        return
    low = 0
    while low < count:
        high = low + 1
        while high < count and x[begin + order[high]] == x[begin + order[low]]:
            high += 1
        rank = 0.5 * (low + high + 1)  # the mean of the ranks low + 1 to high
        value = rank / count if code == RANK else math.ceil(rank * n / count)
        for place in range(low, high):
            out[begin + order[place]] = value
        low = high
