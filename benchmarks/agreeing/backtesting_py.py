"""backtesting.py. Its averages are neutral one bar before they exist: it waits one bar more.

Averages that are equal but for rounding change nothing, as in our template.
"""

from typing import Any

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import FractionalBacktest
from engines.backtesting_py import version as version

CASH, FAST, SLOW = 1e6, 10, 20


def _average(close: Any, bars: int) -> Any:
    values = pd.Series(np.asarray(close)).rolling(bars).mean().to_numpy().copy()
    values[: SLOW - 2] = np.nan
    values[SLOW - 2] = 0.0
    return values


class _Cross(Strategy):  # type: ignore[misc]
    stop, limit, share = 0.0, 0.0, 1.0

    def init(self) -> None:
        self.fast = self.I(_average, self.data.Close, FAST)
        self.slow = self.I(_average, self.data.Close, SLOW)
        self.wanted = False

    def next(self) -> None:
        close, gap, level = (
            self.data.Close[-1],
            self.fast[-1] - self.slow[-1],
            self.slow[-1] * 1e-12,
        )
        before = self.wanted
        self.wanted = bool(gap > level) if abs(gap) > level else before
        if self.wanted and not before:
            guards = {"sl": close * (1 - self.stop), "tp": close * (1 + self.limit)}
            share = {"size": self.share} if self.share < 1.0 else {}
            self.buy(**share, **(guards if self.stop else {}))
        elif before and not self.wanted and self.position:
            self.position.close()


def _frame(data: dict[str, Any]) -> Any:
    bars = {name.title(): data[name][:, 0] for name in ("open", "high", "low", "close", "volume")}
    return pd.DataFrame(bars, index=pd.DatetimeIndex(data["time"]))


def _answer(data: dict[str, Any], found: Any, rate: float, unit: float = 1.0) -> dict[str, Any]:
    """Takes closed trades from the table and open ones from the broker, fills in time order."""
    rows, name = [], data["symbols"][0]
    for trade in found["_trades"].itertuples():
        rows.append((trade.EntryBar, trade.Size, trade.EntryPrice))
        rows.append((trade.ExitBar, -trade.Size, trade.ExitPrice))
    for trade in found["_strategy"].trades:
        rows.append((trade.entry_bar, trade.size * unit, trade.entry_price / unit))
    fills = [
        (int(data["time"][bar]), name, float(size), float(price), abs(size) * price * rate)
        for bar, size, price in sorted(rows, key=lambda row: row[0])
    ]
    return {"fills": fills, "final_equity": float(found["Equity Final [$]"])}


def _long_flat(data: dict[str, Any]) -> dict[str, Any]:
    test = FractionalBacktest(
        _frame(data), _Cross, cash=CASH, commission=0.002, fractional_unit=1e-9
    )
    return _answer(data, test.run(), 0.002, 1e-9)


def _whole_units(data: dict[str, Any]) -> dict[str, Any]:
    return _answer(data, Backtest(_frame(data), _Cross, cash=CASH, commission=0.001).run(), 0.001)


def _bracket(data: dict[str, Any]) -> dict[str, Any]:
    test = Backtest(_frame(data), _Cross, cash=CASH, trade_on_close=True)
    found = test.run(stop=0.05, limit=0.1)
    return _answer(data, found, 0.0)


def _half(data: dict[str, Any]) -> dict[str, Any]:
    test = Backtest(_frame(data), _Cross, cash=CASH, commission=0.001)
    return _answer(data, test.run(share=0.5), 0.001)


CASES = {
    "backtesting_half": _half,
    "backtesting_long_flat": _long_flat,
    "backtesting_whole_units": _whole_units,
    "backtesting_bracket": _bracket,
}
