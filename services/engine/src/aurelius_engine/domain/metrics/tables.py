"""Tables beside the metrics: round trips, calendar months, rolling windows."""

import math

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.lane_sums import add_one
from aurelius_engine.domain.metrics.drawdowns import ROUNDING
from aurelius_engine.domain.metrics.returns import all_positive, month_of, next_month_index
from aurelius_engine.domain.table_hash import Column, coded_column
from aurelius_engine.domain.trades import Trades

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Table = tuple[Column, ...]


def trades_table(run: Simulation, trades: Trades) -> Table:
    """Returns one row a round trip: the closed ones by their ends, then the open ones.

    `exit_time` is -1 for an open one.
    """
    times, names = run.panel.times, run.panel.symbols
    ended = np.where(trades.exit_step < 0, np.int64(-1), times[trades.exit_step])
    return (
        Column(name="trade_id", data=np.arange(trades.side.size, dtype=np.int64)),
        coded_column("symbol", trades.symbol, names),
        coded_column("side", (trades.side < 0).astype(np.int64), ["long", "short"]),
        Column(name="entry_time", data=times[trades.entry_step]),
        Column(name="exit_time", data=ended),
        Column(name="entry_value", data=trades.entry_value),
        Column(name="exit_value", data=trades.exit_value),
        Column(name="commission", data=trades.commission),
        Column(name="income", data=trades.income),
        Column(name="profit", data=trades.profit),
    )


@compiled
def _months(equity: Floats, times: Ints) -> tuple[Ints, Ints, Ints, Floats]:
    most = min(times.size, month_of(times[times.size - 1]) - month_of(times[0]) + 1)
    months, firsts, counts = (
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
    )
    values = np.empty(most)
    row = start = 0
    while start < times.size:
        end = next_month_index(times, start)
        months[row], firsts[row], counts[row] = month_of(times[start]), start, end - start
        values[row] = (equity[end] - equity[start]) / equity[start]
        row += 1
        start = end
    return months[:row].copy(), firsts[:row].copy(), counts[:row].copy(), values[:row].copy()


def monthly_returns_table(run: Simulation) -> Table:
    """Returns one row a calendar month (UTC) that has a bar; none if a mark is not above 0.

    `return_ratio` is the equity at its last bar over that before its first, less 1.
    """
    equity = np.ascontiguousarray(run.equity)
    positive = all_positive(equity)
    months, _, counts, values = _months(equity, run.panel.times)
    kept = months.size if positive else 0
    return (
        Column(name="year", data=months[:kept] // 12),
        Column(name="month", data=months[:kept] % 12 + 1),
        Column(name="bars", data=counts[:kept]),
        Column(name="return_ratio", data=values[:kept]),
    )


@compiled
def _advance(equity: Floats, closes: Floats, step: int, totals: Floats, lost: Floats) -> None:
    """Adds the terms of one bar to running sums of r, r^2 and, beside, b, b^2 and r b."""
    run = (equity[step + 1] - equity[step]) / equity[step]
    other = 0.0
    if closes.size > 0 and step > 0 and not math.isnan(closes[step - 1]):
        other = (closes[step] - closes[step - 1]) / closes[step - 1]
    terms = (run, run * run, other, other * other, run * other)
    for k in range(5 if closes.size > 0 else 2):
        totals[k], lost[k] = add_one(totals[k], lost[k], terms[k])


@compiled
def _rolling(
    equity: Floats, closes: Floats, window: int, periods_per_year: float, free: float
) -> Floats:
    """Returns rows of return, volatility, Sharpe ratio and beta, one a window's last bar.

    A window's sums are differences of two running sums that keep their rounding errors,
    one up to its end and one up to its start, so its length costs nothing and what was
    before it leaves no trace.
    """
    bars = equity.size - 1
    rows = max(bars - window + 1, 0)
    out = np.empty((4, rows))
    front, front_lost = np.zeros(5), np.zeros(5)
    back, back_lost, sums = np.zeros(5), np.zeros(5), np.zeros(5)
    root = math.sqrt(periods_per_year)
    for step in range(min(window - 1, bars)):
        _advance(equity, closes, step, front, front_lost)
    for row in range(rows):
        end = row + window
        _advance(equity, closes, end - 1, front, front_lost)
        if row > 0:
            _advance(equity, closes, row - 1, back, back_lost)
        for k in range(5):
            sums[k] = (front[k] - back[k]) + (front_lost[k] - back_lost[k])
        spread = sums[1] - sums[0] * sums[0] / window
        # What the rounding of equal returns looks like is none.
        spread = spread if spread > ROUNDING * sums[1] else 0.0
        deviation = math.sqrt(spread / (window - 1))
        out[0, row] = (equity[end] - equity[row]) / equity[row]
        out[1, row] = deviation * root
        risky = deviation > ROUNDING
        out[2, row] = (sums[0] / window - free) / deviation * root if risky else math.nan
        known = closes.size > 0 and row > 0 and not math.isnan(closes[row - 1])
        spread = sums[3] - sums[2] * sums[2] / window
        moves = known and spread > ROUNDING * sums[3]
        out[3, row] = (sums[4] - sums[0] * sums[2] / window) / spread if moves else math.nan
    return out


def rolling_table(
    run: Simulation,
    *,
    periods_per_year: float,
    risk_free_ratio: float,
    benchmark: Floats | None,
    window_bars: int | None = None,
) -> Table:
    """Returns one row a bar that ends a whole window; none if a mark is not above 0.

    NaN stands for a Sharpe ratio without risk, and for a beta without a benchmark that
    moved and has a close at both ends of every bar of the window.

    Args:
        run: Finished.
        periods_per_year: P.
        risk_free_ratio: A year.
        benchmark: Shape (n_steps,), as for the metrics.
        window_bars: At least 2; None for P rounded down, a year.
    """
    window = max(int(periods_per_year) if window_bars is None else window_bars, 2)
    equity = np.ascontiguousarray(run.equity)
    closes = np.empty(0) if benchmark is None else np.ascontiguousarray(benchmark)
    rows = np.empty((4, 0))
    if all_positive(equity):
        free = risk_free_ratio / periods_per_year
        rows = _rolling(equity, closes, window, periods_per_year, free)
    return (
        Column(name="time", data=run.panel.times[run.panel.times.size - rows.shape[1] :]),
        Column(name="return_ratio", data=rows[0]),
        Column(name="annual_volatility_ratio", data=rows[1]),
        Column(name="sharpe_ratio", data=rows[2]),
        Column(name="beta", data=rows[3]),
    )
