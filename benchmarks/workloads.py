"""The workloads and the data they run over, made from a seed or taken from data/.

This module is read in every environment, so it needs NumPy alone. A workload's data are a
mapping of arrays: `time` (n,) int64 ns, and the bars, (n,) or (n, symbols) float64.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20_251_125
BARS = ("open", "high", "low", "close", "volume")
DAY_NS, MINUTE_NS = 86_400_000_000_000, 60_000_000_000
START_NS = 1_262_304_000_000_000_000  # 2010-01-01
FAST, SLOW, CASH, FEE = 10, 20, 1_000_000.0, 0.002
# W3: every fast average against every slow one, 100 x 100 pairs.
FAST_WINDOWS, SLOW_WINDOWS = range(2, 102), range(102, 202)
# W4: the ten per cent that rose most over half a year, once a month.
LOOKBACK, TOP, EVERY, PORTFOLIO_FEE = 126, 50, 21, 0.0005
TITLES = {
    "W1": "one symbol, 2,148 daily bars, averages of 10 and 20, fee 0.2 %",
    "W2": "as W1 on 1,000,000 minute bars",
    "W3": "10,000 pairs of averages over 2,500 bars",
    "W4": "500 symbols, 2,520 days, momentum of 126 days, best 50 every 21 bars, fee 5 bps",
    "cold": "W1 as a new process, from a CSV file to printed statistics",
}
Arrays = Mapping[str, Any]


def walk(steps: int, symbols: int = 0, *, bar_ns: int = DAY_NS, spread: float = 0.01) -> Arrays:
    """Returns bars of random walks; `symbols` of 0 gives arrays of one dimension.

    Args:
        steps: Bars of each symbol.
        symbols: Columns.
        bar_ns: Between two bars.
        spread: The deviation of one bar's return.
    """
    draws = np.random.Generator(np.random.Philox(SEED))
    shape = (steps, symbols or 1)
    close = 100.0 * np.cumprod(1.0 + spread * draws.standard_normal(shape).clip(-4, 4), axis=0)
    opens = np.empty(shape)
    opens[0], opens[1:] = 100.0, close[:-1]
    opens *= 1.0 + 0.2 * spread * draws.standard_normal(shape).clip(-4, 4)
    away = 0.5 * spread * np.abs(draws.standard_normal((2, *shape))).clip(0, 4)
    high = np.maximum(opens, close) * (1.0 + away[0])
    low = np.minimum(opens, close) * (1.0 - away[1])
    volume = np.floor(1e6 * (1.0 + draws.random(shape)))
    matrices = dict(zip(BARS, (opens, high, low, close, volume), strict=True))
    if not symbols:
        matrices = {name: matrix[:, 0].copy() for name, matrix in matrices.items()}
    return {"time": START_NS + bar_ns * np.arange(steps), **matrices}


def google(repository: Path) -> Arrays:
    """Returns the bundled daily bars of GOOG, 2004-08-19 to 2013-03-01."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(repository / "data" / "us_equities_daily.parquet")
    rows = table.filter(pc.equal(table["symbol"].cast(pa.string()), "GOOG"))
    time = rows["time"].cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_numpy()
    return {"time": time, **{name: rows[name].to_numpy() for name in BARS}}


def data_of(workload: str, repository: Path) -> Arrays:
    """Returns the arrays of a workload."""
    if workload in ("W1", "cold"):
        return google(repository)
    if workload == "W2":
        return walk(1_000_000, bar_ns=MINUTE_NS, spread=0.0004)
    if workload == "W3":
        return walk(2_500)
    return walk(2_520, 500, spread=0.02)


def averages(close: Any, bars: int) -> Any:
    """Returns simple moving averages by a running sum, NaN before the first."""
    sums = np.concatenate(([0.0], np.cumsum(close)))
    found = np.full(close.size, np.nan)
    found[bars - 1 :] = (sums[bars:] - sums[:-bars]) / bars
    return found


def momentum_weights(close: Any) -> tuple[Any, Any]:
    """Returns the steps at which W4 decides, and the weights there, (n_steps, symbols)."""
    steps = np.arange(LOOKBACK, close.shape[0], EVERY)
    past = close[steps] / close[steps - LOOKBACK]
    weights = np.zeros(past.shape)
    best = np.argsort(-past, axis=1, kind="stable")[:, :TOP]
    np.put_along_axis(weights, best, 1.0 / TOP, axis=1)
    return steps, weights
