"""Kernels of cross-validation: sums of returns over groups, and what they choose."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def returns_of(equity: Floats, out: Floats) -> None:
    """Writes the n returns of n + 1 positive marks."""
    for i in range(out.size):
        out[i] = (equity[i + 1] - equity[i]) / equity[i]


@compiled
def running_sums(returns: Floats) -> tuple[Floats, Floats]:
    """Returns sums of returns and of their squares up to each bar.

    Args:
        returns: Shape (n_points, n_bars).

    Returns:
        Two of shape (n_points, n_bars + 1), beginning with 0.
    """
    points, bars = returns.shape
    first, second = np.zeros((points, bars + 1)), np.zeros((points, bars + 1))
    for point in range(points):
        for bar in range(bars):
            value = returns[point, bar]
            first[point, bar + 1] = first[point, bar] + value
            second[point, bar + 1] = second[point, bar] + value * value
    return first, second


@compiled
def sharpe_over(
    first: Floats, second: Floats, starts: Ints, ends: Ints, free: float, out: Floats
) -> None:
    """Writes each point's Sharpe ratio a bar over the bars of intervals; NaN without risk.

    Args:
        first: Running sums of returns, (n_points, n_bars + 1).
        second: Running sums of their squares.
        starts: Where each interval begins.
        ends: The bar after it.
        free: The risk-free rate a bar.
        out: Shape (n_points,).
    """
    for point in range(first.shape[0]):
        count, total, squares = 0, 0.0, 0.0
        for place in range(starts.size):
            start, end = starts[place], ends[place]
            if end > start:
                count += end - start
                total += first[point, end] - first[point, start]
                squares += second[point, end] - second[point, start]
        out[point] = _sharpe(count, total, squares, free)


@compiled
def _sharpe(count: int, total: float, squares: float, free: float) -> float:
    if count < 2:
        return math.nan
    mean = total / count
    variance = (squares - count * mean * mean) / (count - 1)
    if not variance > 1e-30:
        return math.nan
    return (mean - free) / math.sqrt(variance)


@compiled
def best_of(values: Floats) -> int:
    """Returns the first place of the greatest value; -1 if all are NaN."""
    best = -1
    for place in range(values.size):
        value = values[place]
        if value == value and (best < 0 or value > values[best]):
            best = place
    return best


@compiled
def overfitting(
    first: Floats, second: Floats, bounds: Ints, chosen: NDArray[np.bool_], free: float
) -> tuple[Floats, Floats, Floats]:
    """Compares, for each choice of parts as in sample, the best point there with the rest.

    Args:
        first: Running sums of returns, (n_points, n_bars + 1).
        second: Running sums of their squares.
        bounds: Where the parts begin, and the end; (n_parts + 1,).
        chosen: Which parts are in sample, (n_choices, n_parts).
        free: The risk-free rate a bar.

    Returns:
        For each choice: the in-sample Sharpe ratio a bar of the best point, its
        out-of-sample one, and its relative rank there in (0, 1), ties at their middle;
        NaN where no point has a ratio.
    """
    points, parts = first.shape[0], bounds.size - 1
    inside, outside = np.empty(points), np.empty(points)
    found = np.full((3, chosen.shape[0]), math.nan)
    for choice in range(chosen.shape[0]):
        for point in range(points):
            counts, totals, squares = np.zeros(2, np.int64), np.zeros(2), np.zeros(2)
            for part in range(parts):
                side = 0 if chosen[choice, part] else 1
                start, end = bounds[part], bounds[part + 1]
                counts[side] += end - start
                totals[side] += first[point, end] - first[point, start]
                squares[side] += second[point, end] - second[point, start]
            inside[point] = _sharpe(counts[0], totals[0], squares[0], free)
            outside[point] = _sharpe(counts[1], totals[1], squares[1], free)
        best = best_of(inside)
        if best < 0 or math.isnan(outside[best]):
            continue
        below, equal, ranked = 0, 0, 0
        for point in range(points):
            if outside[point] == outside[point]:
                ranked += 1
                below += outside[point] < outside[best]
                equal += outside[point] == outside[best]
        found[0, choice], found[1, choice] = inside[best], outside[best]
        found[2, choice] = (below + (equal + 1) / 2.0) / (ranked + 1)
    return found[0], found[1], found[2]
