"""Whether two runs earned nearly the same, bar by bar."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Returns that are this near to each other over so many bars are of one hypothesis.
SAME_CORRELATION, SAME_BARS = 0.95, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What a run earned: `returns` at `times`, both of shape (n_bars,); times rise, in ns."""

    times: Ints
    returns: Floats


def earned_of(times: Ints, equity: Floats) -> Earned:
    """Returns what a run earned, 0 where nothing was left to earn with.

    Args:
        times: Of the bars, shape (n_bars,).
        equity: The marks before the first bar and at each, shape (n_bars + 1,).
    """
    returns = np.zeros(times.size)
    np.divide(equity[1:] - equity[:-1], equity[:-1], out=returns, where=equity[:-1] > 0.0)
    return Earned(times=times, returns=returns)


def at_bars_of(other: Earned, mine: Ints, theirs: Ints) -> Earned:
    """Returns what a run earned, at the times that its bars have in other data.

    Args:
        other: What it earned.
        mine: The times of bars in the other data, shape (n_pairs,).
        theirs: Their times in the data of the run, rising.
    """
    if theirs.size == 0:
        return Earned(times=np.empty(0, np.int64), returns=np.empty(0))
    place = np.minimum(np.searchsorted(theirs, other.times), theirs.size - 1)
    known = theirs[place] == other.times
    times, returns = mine[place[known]], other.returns[known]
    order = np.argsort(times, kind="stable")
    return Earned(times=times[order], returns=returns[order])


def alike(mine: Earned, other: Earned) -> bool:
    """Whether a run earned nearly what another did, or its reverse, at the bars of both.

    Those must be SAME_BARS at least, or half of the run's own if that is less. Bars before
    either had earned anything are left out, unless they are more than half: a run on a part of
    the data warms up where the other had done so.

    Args:
        mine: What the run earned that is asked about.
        other: What another earned.
    """
    least = min(SAME_BARS, (mine.times.size + 1) // 2)
    found = _correlation(mine.times, mine.returns, other.times, other.returns, max(least, 2))
    return bool(found >= SAME_CORRELATION or found <= -SAME_CORRELATION)


@compiled
def _correlation(one_at: Ints, one: Floats, other_at: Ints, other: Floats, least: int) -> float:
    """Returns the correlation at common times, 0 of fewer than `least` or of what never varies."""
    count = 0
    xs, ys = np.empty(one_at.size), np.empty(one_at.size)
    i = j = 0
    while i < one_at.size and j < other_at.size:
        if one_at[i] < other_at[j]:
            i += 1
        elif one_at[i] > other_at[j]:
            j += 1
        else:
            xs[count], ys[count] = one[i], other[j]
            count += 1
            i += 1
            j += 1
    if count < least:
        return 0.0
    begin = max(_idle(xs, count), _idle(ys, count))
    if count - begin < max(least, count // 2):
        begin = 0
    mean_x = mean_y = 0.0
    for bar in range(begin, count):
        mean_x += xs[bar]
        mean_y += ys[bar]
    mean_x /= count - begin
    mean_y /= count - begin
    spread_x = spread_y = shared = 0.0
    for bar in range(begin, count):
        x, y = xs[bar] - mean_x, ys[bar] - mean_y
        spread_x += x * x
        spread_y += y * y
        shared += x * y
    if spread_x <= 0.0 or spread_y <= 0.0:
        return 0.0
    return shared / (math.sqrt(spread_x) * math.sqrt(spread_y))


@compiled
def _idle(returns: Floats, count: int) -> int:
    """Returns how many bars pass before the first return that is not 0."""
    bar = 0
    while bar < count and returns[bar] == 0.0:
        bar += 1
    return bar
