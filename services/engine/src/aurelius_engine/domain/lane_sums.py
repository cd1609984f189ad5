"""Sums of long series: 64 lanes, each compensated, folded in a fixed order.

Value i goes to lane i mod 64, so the additions of a sum, their order and hence its bits
do not depend on how wide the machine's vectors are. Each lane keeps its rounding errors
by the exact sum of two floats (Knuth, The Art of Computer Programming, volume 2, 4.2.2).
"""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled

Floats = NDArray[np.float64]
LANES = 64
# Series are worked through in blocks that stay in the first cache. A multiple of LANES.
BLOCK = 2048


@compiled
def add_block(values: Floats, count: int, sums: Floats) -> None:
    """Adds `values[:count]` to `sums`, shape (2 * LANES,): totals, then lost parts.

    Every block but a series' last has a multiple of LANES values.
    """
    totals, lost = sums[:LANES], sums[LANES : 2 * LANES]
    whole = count - count % LANES
    for start in range(0, whole, LANES):
        row = values[start : start + LANES]
        for lane in range(LANES):
            value = row[lane]
            before = totals[lane]
            after = before + value
            added = after - before
            lost[lane] += (before - (after - added)) + (value - added)
            totals[lane] = after
    for lane in range(count - whole):
        value = values[whole + lane]
        before = totals[lane]
        after = before + value
        added = after - before
        lost[lane] += (before - (after - added)) + (value - added)
        totals[lane] = after


@compiled
def sum_of(sums: Floats) -> float:
    """Returns the sum that `add_block` gathered."""
    total = lost = 0.0
    for lane in range(LANES):
        value = sums[lane]
        after = total + value
        added = after - total
        lost += (total - (after - added)) + (value - added)
        total = after
        lost += sums[LANES + lane]
    return total + lost


@compiled
def highest_block(values: Floats, count: int, most: Floats) -> None:
    """Raises `most`, shape (LANES,), to the values of `values[:count]` in each lane."""
    whole = count - count % LANES
    for start in range(0, whole, LANES):
        row = values[start : start + LANES]
        for lane in range(LANES):
            most[lane] = row[lane] if row[lane] > most[lane] else most[lane]
    for i in range(whole, count):
        most[i - whole] = max(most[i - whole], values[i])


@compiled
def add_one(total: float, lost: float, value: float) -> tuple[float, float]:
    """Returns a total and its lost part after one more value; the sum is theirs."""
    after = total + value
    added = after - total
    return after, lost + ((total - (after - added)) + (value - added))


@compiled
def returns_block(levels: Floats, start: int, count: int, out: Floats) -> None:
    """Writes `levels[t + 1] / levels[t] - 1` for the `count` values of t from `start`.

    As a difference over a level, which keeps all digits of a small return.
    """
    now, next_one = levels[start : start + count], levels[start + 1 : start + 1 + count]
    for i in range(count):
        out[i] = (next_one[i] - now[i]) / now[i]


@compiled
def mean_return(equity: Floats, work: Floats, sums: Floats) -> float:
    """Returns the mean of the n returns of n + 1 positive marks.

    `work`, shape (BLOCK,), and `sums`, shape (2 * LANES,), are overwritten.
    """
    bars = equity.size - 1
    sums[:] = 0.0
    for start in range(0, bars, BLOCK):
        count = min(BLOCK, bars - start)
        returns_block(equity, start, count, work)
        add_block(work, count, sums)
    return sum_of(sums) / bars


@compiled
def squared_deviations(equity: Floats, mean: float, work: Floats, sums: Floats) -> float:
    """Returns the sum of the squared distances of the returns from `mean`, as `mean_return`."""
    bars = equity.size - 1
    sums[:] = 0.0
    for start in range(0, bars, BLOCK):
        count = min(BLOCK, bars - start)
        returns_block(equity, start, count, work)
        for i in range(count):
            distance = work[i] - mean
            work[i] = distance * distance
        add_block(work, count, sums)
    return sum_of(sums)
