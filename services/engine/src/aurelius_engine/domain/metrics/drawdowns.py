"""Falls of the equity from its running peak: how deep, how long, how soon made good."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.lane_sums import (
    BLOCK,
    LANES,
    add_block,
    add_one,
    highest_block,
    sum_of,
)

Floats = NDArray[np.float64]
# A risk or fall up to this is none: what the rounding of an unmoved account looks like.
ROUNDING = 2.0**-40


class DrawdownFacts(NamedTuple):
    """What the drawdowns `1 - E_t / max(E_0..E_t)` of positive marks amount to.

    An episode is a longest run of bars with a drawdown above 2^-40. `longest` and
    `recovery` are in bars; `recovery` runs from the lowest bar of the deepest episode to
    the first bar after it, -1 while there is none. `mean` and `mean_square` are over all
    bars, `mean_depth` over the episodes' deepest bars.
    """

    deepest: float
    final: float
    mean: float
    mean_square: float
    episodes: int
    mean_depth: float
    under_bars: int
    longest: int
    recovery: int


@compiled
def _follow(marks: Floats, count: int, peak: float, peaks: Floats) -> float:
    """Writes the running peak at each mark, and returns the last one."""
    for i in range(count):
        peak = marks[i] if marks[i] > peak else peak
        peaks[i] = peak
    return peak


@compiled
def _first(values: Floats, wanted: float) -> int:
    """Returns the first place of a value that is there."""
    place = 0
    while values[place] != wanted:
        place += 1
    return place


@compiled
def drawdown_facts(equity: Floats) -> DrawdownFacts:
    """Gathers the facts of the drawdowns; `equity` has shape (n + 1,)."""
    bars = equity.size - 1
    falls, peaks, most = np.empty(BLOCK), np.empty(BLOCK), np.empty(LANES)
    sums, squares = np.zeros(2 * LANES), np.zeros(2 * LANES)
    peak, deepest = equity[0], 0.0
    episodes = under = longest = length = 0
    depth, depths, lost, bottom, lowest, recovery = 0.0, 0.0, 0.0, 0, -1.0, -1
    for start in range(0, bars, BLOCK):
        count = min(BLOCK, bars - start)
        marks = equity[1 + start : 1 + start + count]
        most[:] = 0.0
        highest_block(marks, count, most)
        # Rounding is monotonic: no fall of a block is less than that of its highest mark.
        is_under = (peak - most.max()) / peak > ROUNDING
        if is_under:
            for i in range(count):
                falls[i] = (peak - marks[i]) / peak
        else:
            peak = _follow(marks, count, peak, peaks)
            for i in range(count):
                falls[i] = (peaks[i] - marks[i]) / peaks[i]
        add_block(falls, count, sums)
        for i in range(count):
            peaks[i] = falls[i] * falls[i]
        add_block(peaks, count, squares)
        most[:] = 0.0
        highest_block(falls, count, most)
        deep = most.max()
        deepest = max(deepest, deep)
        if is_under:  # all of it is of one episode
            length += count
            if deep > depth:
                depth, bottom = deep, start + _first(falls, deep)
            continue
        for i in range(count):
            fall = falls[i]
            if fall > ROUNDING:
                length += 1
                if fall > depth:
                    depth, bottom = fall, start + i
            elif length > 0:
                if depth > lowest:
                    lowest, recovery = depth, start + i - bottom
                depths, lost = add_one(depths, lost, depth)
                episodes, under, longest = episodes + 1, under + length, max(longest, length)
                length, depth = 0, 0.0
    if length > 0:
        if depth > lowest:
            recovery = -1
        depths, lost = add_one(depths, lost, depth)
        episodes, under, longest = episodes + 1, under + length, max(longest, length)
    return DrawdownFacts(
        deepest,
        falls[(bars - 1) % BLOCK],
        sum_of(sums) / bars,
        sum_of(squares) / bars,
        episodes,
        (depths + lost) / episodes if episodes > 0 else 0.0,
        under,
        longest,
        recovery,
    )


@compiled
def max_drawdown(equity: Floats) -> float:
    """Returns the `deepest` of `drawdown_facts`, its bits too, with a division a peak.

    Rounding is monotonic: the lowest mark under a peak gives the deepest fall.
    """
    peak = low = equity[0]
    deepest = 0.0
    for i in range(1, equity.size):
        mark = equity[i]
        if mark > peak:
            if low < peak:
                deepest = max(deepest, (peak - low) / peak)
            peak = low = mark
        elif mark < low:
            low = mark
    last: float = (peak - low) / peak
    return max(deepest, last)
