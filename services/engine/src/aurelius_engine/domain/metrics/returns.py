"""The distribution of the bars' returns: moments, one-sided sums, calendar months."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.lane_sums import (
    BLOCK,
    LANES,
    add_block,
    highest_block,
    mean_return,
    returns_block,
    sum_of,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class ReturnFacts(NamedTuple):
    """What the returns amount to. Ratios per bar; meaningless unless `positive`.

    `second`, `third` and `fourth` are means of powers of the distance from the mean, over
    n; `deviation` is over n - 1 and 0 for one bar. `downside` is the root of the mean of
    min(r - f, 0)^2 over all n; `above` and `below` are sums of the parts of r - f over and
    under 0, both at least 0; `losses` is the sum of -r over falling bars.
    """

    positive: bool
    mean: float
    deviation: float
    second: float
    third: float
    fourth: float
    downside: float
    above: float
    below: float
    losses: float
    best: float
    worst: float
    rising: int
    mean_equity: float


@compiled
def all_positive(equity: Floats) -> bool:
    """Whether every mark is above 0; false for a NaN."""
    fine = True
    for i in range(equity.size):
        fine &= equity[i] > 0.0
    return fine


@compiled
def _add_powers(work: Floats, count: int, mean: float, term: Floats, sums: Floats) -> None:
    """Adds squares, cubes and fourth powers of distances from the mean to rows of `sums`.

    The squares are those of `squared_deviations`, bits included.
    """
    for i in range(count):
        distance = work[i] - mean
        term[i] = distance * distance
    add_block(term, count, sums[0])
    for i in range(count):
        distance = work[i] - mean
        term[i] = distance * distance * distance
    add_block(term, count, sums[1])
    for i in range(count):
        distance = work[i] - mean
        square = distance * distance
        term[i] = square * square
    add_block(term, count, sums[2])


@compiled
def _add_sides(work: Floats, count: int, free: float, term: Floats, sums: Floats) -> None:
    """Adds squares below f, parts above f, losses, and parts below f to rows of `sums`.

    The last only where f is not 0; else they are the losses.
    """
    for i in range(count):
        part = min(work[i] - free, 0.0)
        term[i] = part * part
    add_block(term, count, sums[0])
    for i in range(count):
        term[i] = max(work[i] - free, 0.0)
    add_block(term, count, sums[1])
    for i in range(count):
        term[i] = max(-work[i], 0.0)
    add_block(term, count, sums[2])
    if free != 0.0:
        for i in range(count):
            term[i] = max(free - work[i], 0.0)
        add_block(term, count, sums[3])


@compiled
def _gather(
    equity: Floats, mean: float, free: float, sums: Floats, work: Floats
) -> tuple[float, float, int]:
    """Returns the highest and the lowest return, and how many are above 0.

    To the rows of `sums`, shape (8, 2 * LANES), it adds the marks, then `_add_powers`, then
    `_add_sides`.
    """
    bars = equity.size - 1
    term = np.empty(BLOCK)
    powers, sides = sums[1:4], sums[4:]
    highest, deepest, rising = np.full(LANES, -math.inf), np.full(LANES, -math.inf), 0
    for start in range(0, bars, BLOCK):
        count = min(BLOCK, bars - start)
        add_block(equity[1 + start :], count, sums[0])
        returns_block(equity, start, count, work)
        _add_powers(work, count, mean, term, powers)
        _add_sides(work, count, free, term, sides)
        highest_block(work, count, highest)
        for i in range(count):
            rising += work[i] > 0.0
        for i in range(count):
            term[i] = -work[i]
        highest_block(term, count, deepest)
    if free == 0.0:
        sides[3] = sides[2]
    return highest.max(), 0.0 - deepest.max(), rising


@compiled
def return_facts(equity: Floats, free: float) -> ReturnFacts:
    """Gathers the facts of the returns.

    Args:
        equity: Shape (n + 1,), n at least 1; index 0 is the initial cash.
        free: The risk-free rate a bar, f.
    """
    if not all_positive(equity):
        return ReturnFacts(False, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0.0)
    bars = equity.size - 1
    work, sums = np.empty(BLOCK), np.zeros((8, 2 * LANES))
    mean = mean_return(equity, work, sums[0])
    sums[0] = 0.0
    best, worst, rising = _gather(equity, mean, free, sums, work)
    squares = sum_of(sums[1])
    return ReturnFacts(
        True,
        mean,
        math.sqrt(squares / (bars - 1)) if bars > 1 else 0.0,
        squares / bars,
        sum_of(sums[2]) / bars,
        sum_of(sums[3]) / bars,
        math.sqrt(sum_of(sums[4]) / bars),
        sum_of(sums[5]),
        sum_of(sums[7]),
        sum_of(sums[6]),
        best,
        worst,
        rising,
        sum_of(sums[0]) / bars,
    )


class MonthFacts(NamedTuple):
    """The returns of the calendar months in which the run has bars, partial ones too."""

    months: int
    best: float
    worst: float
    rising: int


_DAY = 86_400_000_000_000


@compiled
def month_of(time: int) -> int:
    """Returns 12 times the year plus the month, 0 to 11, of a time in ns UTC.

    Proleptic Gregorian calendar, counted in years that begin in March, so that a leap day
    is the last of its year (Richards, Explanatory Supplement to the Astronomical Almanac,
    2013, 15.11).
    """
    days = time // _DAY + 719_468
    era = days // 146_097
    day_of_era = days - era * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    return (year_of_era + era * 400) * 12 + month_from_march + 2


@compiled
def start_of_month(month: int) -> int:
    """Returns the first nanosecond UTC of a month, counted as by `month_of`."""
    shifted = month - 2
    year = shifted // 12
    month_from_march = shifted - year * 12
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * month_from_march + 2) // 5
    days = era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return (days - 719_468) * _DAY


@compiled
def next_month_index(times: Ints, start: int) -> int:
    """Returns the index of the first time after the month of `times[start]`."""
    end = start_of_month(month_of(times[start]) + 1)
    low, high = start + 1, times.size
    while low < high:
        middle = (low + high) // 2
        if times[middle] < end:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def month_facts(equity: Floats, times: Ints) -> MonthFacts:
    """Gathers the facts of the months; `equity` has shape (n + 1,), `times` (n,)."""
    months, best, worst, rising, start = 0, -math.inf, math.inf, 0, 0
    while start < times.size:
        end = next_month_index(times, start)
        value = (equity[end] - equity[start]) / equity[start]
        months += 1
        best, worst = max(best, value), min(worst, value)
        rising += value > 0.0
        start = end
    return MonthFacts(months, best, worst, rising)
