"""The run's returns beside those of a benchmark."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.lane_sums import BLOCK, LANES, add_block, returns_block, sum_of

Floats = NDArray[np.float64]


class BenchmarkFacts(NamedTuple):
    """Moments of returns r of the run and b of the benchmark over the m bars that have both.

    They begin at the second step at which the benchmark has a close; `bars` is m, and all
    else is meaningless where it is 0. `run_total` and `total` are returns over all of them.
    Sums are of products of distances from means; `active` is of r - b. `up` are sums over
    bars with b > 0, `down` with b < 0.
    """

    bars: int
    run_total: float
    total: float
    run_mean: float
    mean: float
    run_squares: float
    squares: float
    products: float
    active_mean: float
    active_squares: float
    run_up: float
    up: float
    run_down: float
    down: float


@compiled
def _add_returns(marks: Floats, levels: Floats, sums: Floats) -> None:
    """Adds r, b, r - b to the rows of `sums`; then r and b over b > 0, and over b < 0."""
    bars = marks.size - 1
    run, other, term = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for start in range(0, bars, BLOCK):
        count = min(BLOCK, bars - start)
        returns_block(marks, start, count, run)
        returns_block(levels, start, count, other)
        add_block(run, count, sums[0])
        add_block(other, count, sums[1])
        for i in range(count):
            term[i] = run[i] - other[i]
        add_block(term, count, sums[2])
        for i in range(count):
            term[i] = run[i] if other[i] > 0.0 else 0.0
        add_block(term, count, sums[3])
        for i in range(count):
            term[i] = max(other[i], 0.0)
        add_block(term, count, sums[4])
        for i in range(count):
            term[i] = run[i] if other[i] < 0.0 else 0.0
        add_block(term, count, sums[5])
        for i in range(count):
            term[i] = min(other[i], 0.0)
        add_block(term, count, sums[6])


@compiled
def _add_products(
    marks: Floats, levels: Floats, means: tuple[float, float, float], sums: Floats
) -> None:
    """Adds squares of distances of r and b from their means, products, squares of r - b."""
    bars = marks.size - 1
    run, other, term = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    run_mean, mean, active_mean = means
    for start in range(0, bars, BLOCK):
        count = min(BLOCK, bars - start)
        returns_block(marks, start, count, run)
        returns_block(levels, start, count, other)
        for i in range(count):
            distance = run[i] - run_mean
            term[i] = distance * distance
        add_block(term, count, sums[0])
        for i in range(count):
            distance = other[i] - mean
            term[i] = distance * distance
        add_block(term, count, sums[1])
        for i in range(count):
            term[i] = (run[i] - run_mean) * (other[i] - mean)
        add_block(term, count, sums[2])
        for i in range(count):
            distance = (run[i] - other[i]) - active_mean
            term[i] = distance * distance
        add_block(term, count, sums[3])


@compiled
def benchmark_facts(equity: Floats, closes: Floats) -> BenchmarkFacts:
    """Gathers the facts beside a benchmark.

    Args:
        equity: Shape (n_steps + 1,), every mark above 0.
        closes: Shape (n_steps,), the benchmark's value, held; NaN before the first.
    """
    first = 0
    while first < closes.size and math.isnan(closes[first]):
        first += 1
    bars = closes.size - 1 - first
    if bars < 1:
        return BenchmarkFacts(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    marks, levels = equity[1 + first :], closes[first:]
    sums, products = np.zeros((7, 2 * LANES)), np.zeros((4, 2 * LANES))
    _add_returns(marks, levels, sums)
    means = (sum_of(sums[0]) / bars, sum_of(sums[1]) / bars, sum_of(sums[2]) / bars)
    _add_products(marks, levels, means, products)
    return BenchmarkFacts(
        bars,
        (marks[bars] - marks[0]) / marks[0],
        (levels[bars] - levels[0]) / levels[0],
        means[0],
        means[1],
        sum_of(products[0]),
        sum_of(products[1]),
        sum_of(products[2]),
        means[2],
        sum_of(products[3]),
        sum_of(sums[3]),
        sum_of(sums[4]),
        sum_of(sums[5]),
        sum_of(sums[6]),
    )
