"""Crises by their dates, and regimes by what the market itself did."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
REGIME_BARS = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Crisis:
    """A time when markets fell; dates as ISO 8601, both inclusive."""

    id: str
    start: str
    end: str


# Peaks and troughs of the S&P 500's closes; docs/specs/validation_robustness.md has sources.
CRISES = (
    Crisis(id="dotcom_2000_2002", start="2000-03-24", end="2002-10-09"),
    Crisis(id="financial_2007_2009", start="2007-10-09", end="2009-03-09"),
    Crisis(id="flash_crash_2010", start="2010-05-05", end="2010-05-07"),
    Crisis(id="debt_ceiling_2011", start="2011-07-22", end="2011-10-03"),
    Crisis(id="china_2015_2016", start="2015-07-20", end="2016-02-11"),
    Crisis(id="volatility_2018", start="2018-01-26", end="2018-02-08"),
    Crisis(id="autumn_2018", start="2018-09-20", end="2018-12-24"),
    Crisis(id="pandemic_2020", start="2020-02-19", end="2020-03-23"),
    Crisis(id="rates_2022", start="2022-01-03", end="2022-10-12"),
)


def steps_of(crisis: Crisis, times: Ints) -> tuple[int, int]:
    """Returns the first step of a crisis and the step after its last.

    Both are 0 where the clock does not reach over the whole of it.
    """
    start = int(np.datetime64(crisis.start, "ns").astype(np.int64))
    end = int(np.datetime64(crisis.end, "ns").astype(np.int64)) + 86_400_000_000_000
    if times[0] > start or times[-1] < end - 86_400_000_000_000:
        return 0, 0
    first, last = np.searchsorted(times, [start, end], side="left").tolist()
    return first, last


@compiled
def basket_returns(close: Floats) -> Floats:
    """Returns the mean return of the symbols at each step, 0 where none has two bars.

    Args:
        close: Shape (n_steps, n_symbols), NaN where there is no bar.
    """
    steps, symbols = close.shape
    last = np.full(symbols, math.nan)
    found = np.zeros(steps)
    for step in range(steps):
        total, count = 0.0, 0
        for symbol in range(symbols):
            price = close[step, symbol]
            if math.isnan(price):
                continue
            if not math.isnan(last[symbol]):
                total += (price - last[symbol]) / last[symbol]
                count += 1
            last[symbol] = price
        if count > 0:
            found[step] = total / count
    return found


@compiled
def regimes(returns: Floats, bars: int) -> tuple[Floats, Floats]:
    """Returns the deviation and the sum of the returns before each step; NaN before there are.

    Args:
        returns: Shape (n_steps,).
        bars: How many before each step.
    """
    deviation, trend = np.full(returns.size, math.nan), np.full(returns.size, math.nan)
    for step in range(bars + 1, returns.size):
        total = squares = 0.0
        for past in range(step - bars, step):
            total += returns[past]
            squares += returns[past] * returns[past]
        mean = total / bars
        deviation[step] = math.sqrt(max(squares / bars - mean * mean, 0.0))
        trend[step] = total
    return deviation, trend
