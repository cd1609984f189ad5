"""The tails of the returns by exact order statistics, in time linear in the bars."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.lane_sums import (
    BLOCK,
    LANES,
    add_block,
    add_one,
    returns_block,
    sum_of,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
_SIGN = np.uint64(1 << 63)
_DIGIT = 11
_BUCKETS = 1 << _DIGIT
_FEW = 24
# So many values, evenly spaced in time, show where the tails begin.
_SAMPLE = 1024


class TailFacts(NamedTuple):
    """Quantiles of the returns and means of the worst, per bar.

    A quantile q of n values lies at (n - 1) q among them in rising order, and between two
    values on the line through them (Hyndman and Fan 1996, definition 7). `mean_low_p` is
    the mean of the floor((n - 1) p / 100) + 1 lowest.
    """

    low_1: float
    low_5: float
    high_5: float
    mean_low_1: float
    mean_low_5: float


@compiled
def _sort(values: Floats, count: int) -> None:
    """Sorts the first `count` values by insertion at shrinking gaps (Shell; Ciura 2001)."""
    for gap in (701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, count):
            value, j = values[i], i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value


@compiled
def order_statistic(values: Floats, rank: int, keys: Keys, counts: Ints) -> float:
    """Returns the value with `rank` values before it in rising order; all are finite.

    By digits of the bits, highest first: six passes at most, over what is left.

    Args:
        values: Shape (n,), n above `rank`.
        rank: From 0.
        keys: Shape (at least n,), overwritten.
        counts: Shape (2048,), overwritten.
    """
    left = values.size
    bits = values.view(np.uint64)
    for i in range(left):
        keys[i] = ~bits[i] if bits[i] & _SIGN else bits[i] | _SIGN
    shift = 64 - _DIGIT
    while True:
        counts[:] = 0
        for i in range(left):
            counts[(keys[i] >> np.uint64(shift)) & np.uint64(_BUCKETS - 1)] += 1
        bucket = 0
        while rank >= counts[bucket]:
            rank -= counts[bucket]
            bucket += 1
        if counts[bucket] < left:
            kept = 0
            for i in range(left):
                key = keys[i]
                keys[kept] = key
                kept += ((key >> np.uint64(shift)) & np.uint64(_BUCKETS - 1)) == bucket
            left = kept
        if left <= _FEW or shift == 0:
            break
        shift = max(shift - _DIGIT, 0)
    for i in range(1, left if left <= _FEW else 0):
        key, j = keys[i], i
        while j >= 1 and keys[j - 1] > key:
            keys[j] = keys[j - 1]
            j -= 1
        keys[j] = key
    found = np.empty(1, np.uint64)
    found[0] = keys[rank] if left <= _FEW else keys[0]
    found[0] = found[0] ^ _SIGN if found[0] & _SIGN else ~found[0]
    return float(found.view(np.float64)[0])


@compiled
def _quantile(
    values: Floats, rank: int, part: float, keys: Keys, counts: Ints
) -> tuple[float, float]:
    """Returns the value at `rank`, and the point `part` of the way from it to the next."""
    here = order_statistic(values, rank, keys, counts)
    if part == 0.0:
        return here, here
    up_to, above = 0, math.inf
    for i in range(values.size):
        value = values[i]
        up_to += value <= here
        above = min(above, value if value > here else math.inf)
    following = here if up_to > rank + 1 else above
    return here, here + part * (following - here)


@compiled
def _mean_of_lowest(values: Floats, count: int, edge: float) -> float:
    """Returns the mean of the `count` lowest, of which `edge` is the highest.

    Those below it are added in the order of `values`.
    """
    below = np.empty(values.size + 1)
    less = 0
    for i in range(values.size):
        below[less] = values[i]
        less += values[i] < edge
    sums = np.zeros(2 * LANES)
    add_block(below, less, sums)
    total, lost = add_one(sum_of(sums), 0.0, (count - less) * edge)
    return (total + lost) / count


@compiled
def _up_to(values: Floats, edge: float, at_least: int) -> Floats:
    """Returns the values up to `edge` in their order, or all if those are too few."""
    kept = np.empty(values.size + 1)
    count = 0
    for i in range(values.size):
        kept[count] = values[i]
        count += values[i] <= edge
    return kept[:count] if count >= at_least else values


@compiled
def _cut(equity: Floats, low: float, high: float, most: int) -> tuple[Floats, Floats]:
    """Returns the returns up to `low` and those from `high`, in the order of time.

    Both are empty where there are more than `most` of one.
    """
    bars = equity.size - 1
    work = np.empty(BLOCK)
    lower, upper = np.empty(most + BLOCK + 1), np.empty(most + BLOCK + 1)
    lowers = uppers = 0
    for start in range(0, bars, BLOCK):
        count = min(BLOCK, bars - start)
        returns_block(equity, start, count, work)
        for i in range(count):
            value = work[i]
            lower[lowers] = value
            lowers += value <= low
            upper[uppers] = value
            uppers += value >= high
        if max(lowers, uppers) > most:
            return lower[:0], upper[:0]
    return lower[:lowers], upper[:uppers]


@compiled
def _sampled_edges(equity: Floats) -> tuple[float, float]:
    """Returns two returns that most likely enclose the middle nine tenths of all."""
    bars = equity.size - 1
    size = min(_SAMPLE, bars // 8)
    sample = np.empty(size)
    for k in range(size):
        i = k * (bars // size)
        sample[k] = (equity[i + 1] - equity[i]) / equity[i]
    _sort(sample, size)
    reach = size // 13 + 3
    return sample[reach], sample[size - 1 - reach]


@compiled
def tail_facts(equity: Floats) -> TailFacts:
    """Gathers the facts of the tails.

    Args:
        equity: Shape (n + 1,), every mark above 0.
    """
    bars = equity.size - 1
    last = bars - 1
    lower, upper = equity[:0], equity[:0]
    if bars >= 128:
        low, high = _sampled_edges(equity)
        lower, upper = _cut(equity, low, high, bars // 6)
    rank_high = (last * 95) // 100
    # The sample only saves time: where it misses, all returns are searched.
    if lower.size < last * 5 // 100 + 2 or upper.size < bars - rank_high:
        lower, upper = _cut(equity, math.inf, -math.inf, bars)
    keys = np.empty(max(lower.size, upper.size), np.uint64)
    counts = np.empty(_BUCKETS, np.int64)
    rank_5, rank_1 = last * 5 // 100, last // 100
    edge_5, low_5 = _quantile(lower, rank_5, (last * 5 % 100) / 100.0, keys, counts)
    mean_5 = _mean_of_lowest(lower, rank_5 + 1, edge_5)
    lower = _up_to(lower, edge_5, rank_1 + 2)
    edge_1, low_1 = _quantile(lower, rank_1, (last % 100) / 100.0, keys, counts)
    mean_1 = _mean_of_lowest(lower, rank_1 + 1, edge_1)
    upper_rank = rank_high - (bars - upper.size)
    _, high_5 = _quantile(upper, upper_rank, (last * 95 % 100) / 100.0, keys, counts)
    return TailFacts(low_1, low_5, high_5, mean_1, mean_5)
