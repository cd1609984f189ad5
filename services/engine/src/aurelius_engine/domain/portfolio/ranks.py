"""Targets by rank: long the highest signals, short the lowest."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.portfolio.tables import Table, empty_table, told, with_room

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def ranks_at(
    signals: Floats, close: Floats, due: Ints, top: int, bottom: int, gross: float, every: bool
) -> Table:
    """Returns the targets of symbols with a bar at steps of `due`.

    Args:
        signals: Shape (n_steps, n_symbols). NaN takes no rank.
        close: Shape (n_steps, n_symbols), NaN where a symbol has no bar.
        due: The steps at which ranks are taken, rising.
        top: How many are held long.
        bottom: How many of the rest are held short.
        gross: Shared equally by `top + bottom`.
        every: Whether each target is told, else only those that differ from the last.

    Returns:
        Steps, symbols and targets, by step, then symbol.
    """
    table, rows = empty_table(), 0
    width = signals.shape[1]
    share, memory = gross / (top + bottom), np.full(width, np.nan)
    wanted, free, scores = np.empty(width), np.empty(width, np.bool_), np.empty(width)
    for t in due:
        for j in range(width):
            wanted[j], free[j] = 0.0, signals[t, j] == signals[t, j]
        _take(signals, t, free, wanted, scores, top, share, 1.0)
        _take(signals, t, free, wanted, scores, bottom, -share, -1.0)
        for j in range(width):
            if close[t, j] != close[t, j]:
                wanted[j] = np.nan
        if table[0].size < rows + width:
            table = with_room(table, rows + width)
        rows = told(table, rows, t, wanted, memory, every)
    return table[0][:rows], table[1][:rows], table[2][:rows]


@compiled
def _take(
    signals: Floats,
    t: int,
    free: NDArray[np.bool_],
    wanted: Floats,
    scores: Floats,
    count: int,
    share: float,
    sign: float,
) -> None:
    """Gives `share` to the `count` free symbols of the highest signals times `sign`."""
    found = 0
    for j in range(free.size):
        if free[j]:
            scores[found] = sign * signals[t, j]
            found += 1
    count = min(count, found)
    if count == 0:
        return
    limit = _nth_highest(scores, found, count)
    ties = count
    for j in range(free.size):
        if free[j] and sign * signals[t, j] > limit:
            ties -= 1
    for j in range(free.size):
        if free[j]:
            score = sign * signals[t, j]
            if score > limit or (score == limit and ties > 0):
                if score == limit:
                    ties -= 1
                wanted[j], free[j] = share, False


@compiled
def _nth_highest(values: Floats, size: int, n: int) -> float:
    """Returns the n-th highest of the first `size` values, which it moves; Hoare (1961)."""
    low, high, place = 0, size - 1, n - 1
    while low < high:
        a, b, c = values[low], values[(low + high) // 2], values[high]
        pivot = max(min(a, b), min(max(a, b), c))  # the middle one
        i, j = low, high
        while i <= j:
            while values[i] > pivot:
                i += 1
            while values[j] < pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i, j = i + 1, j - 1
        if place <= j:
            high = j
        elif place >= i:
            low = i
        else:
            break
    return float(values[place])
