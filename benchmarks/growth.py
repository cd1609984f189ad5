"""How the cost of a run grows with its bars and symbols, over three decades of each."""

import statistics
import time
from typing import Any

import numpy as np
import workloads as w
from engines import aurelius

BARS = (1_000, 3_162, 10_000, 31_623, 100_000, 316_228, 1_000_000)
SYMBOLS = (1, 3, 10, 32, 100, 316, 1_000)
BARS_OF_A_SYMBOL = 1_000


def _median(data: w.Arrays) -> float:
    run = aurelius.PREPARE["W1"](data)
    run()
    times = []
    while len(times) < 5 or (len(times) < 30 and sum(times) < 0.5):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def exponent(points: list[tuple[int, float]]) -> float:
    """Returns the slope of log time over log size, by least squares."""
    x, y = np.log([size for size, _ in points]), np.log([seconds for _, seconds in points])
    x, y = x - x.mean(), y - y.mean()
    return float(np.sum(x * y) / np.sum(x * x))


def _series(points: list[tuple[int, float]]) -> dict[str, Any]:
    return {"points": points, "exponent": exponent(points), "last": exponent(points[-3:])}


def measured() -> dict[str, Any]:
    """Returns, by what grows, the (size, seconds) and their exponents."""
    bars = [(n, _median(w.walk(n, bar_ns=w.MINUTE_NS, spread=0.0004))) for n in BARS]
    symbols = [(n, _median(w.walk(BARS_OF_A_SYMBOL, n))) for n in SYMBOLS]
    return {
        "bars of one symbol": _series(bars),
        f"symbols of {BARS_OF_A_SYMBOL:,} bars": _series(symbols),
    }
