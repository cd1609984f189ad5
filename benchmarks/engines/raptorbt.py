"""raptorbt: signals by its own averages, all of its metrics with each run."""

from collections.abc import Callable
from importlib.metadata import version as version_of
from typing import Any

import raptorbt
import workloads as w


def version() -> str:
    """Returns the version measured."""
    return "raptorbt " + version_of("raptorbt")


def _columns(data: w.Arrays) -> dict[str, Any]:
    return {
        "timestamps": data["time"],
        "open": data["open"],
        "high": data["high"],
        "low": data["low"],
        "close": data["close"],
        "volume": data["volume"],
    }


def _config() -> Any:
    return raptorbt.BacktestConfig(
        initial_capital=w.CASH, fees=w.FEE, fill_timing="next_bar_open", periods_per_year=252.0
    )


def _signals(fast: Any, slow: Any) -> tuple[Any, Any]:
    wanted = fast > slow
    entries, exits = wanted.copy(), ~wanted
    entries[1:] &= ~wanted[:-1]
    exits[1:] &= wanted[:-1]
    exits[0] = False
    return entries, exits


def _one(data: w.Arrays) -> Callable[[], dict[str, float]]:
    columns = _columns(data)

    def run() -> dict[str, float]:
        close = columns["close"]
        entries, exits = _signals(raptorbt.sma(close, w.FAST), raptorbt.sma(close, w.SLOW))
        found = raptorbt.run_single_backtest(
            **columns, entries=entries, exits=exits, symbol="X", config=_config()
        )
        metrics = found.metrics
        return {
            "final": metrics.end_value,
            "fills": 2 * metrics.total_closed_trades + metrics.total_open_trades,
            "sharpe": metrics.sharpe_ratio,
            "drawdown": metrics.max_drawdown_pct / 100.0,
        }

    return run


def _sweep(data: w.Arrays) -> Callable[[], dict[str, float]]:
    columns = _columns(data)

    def run() -> dict[str, float]:
        close = columns["close"]
        averages = {n: raptorbt.sma(close, n) for n in (*w.FAST_WINDOWS, *w.SLOW_WINDOWS)}
        total, pairs = 0.0, [(f, s) for f in w.FAST_WINDOWS for s in w.SLOW_WINDOWS]
        for first in range(0, len(pairs), 1000):
            items = []
            for fast, slow in pairs[first : first + 1000]:
                entries, exits = _signals(averages[fast], averages[slow])
                items.append(raptorbt.BatchSingleItem(f"{fast}/{slow}", entries, exits))
            for _, found in raptorbt.batch_single_backtest(
                **columns, items=items, config=_config()
            ):
                metrics = found.metrics
                total += metrics.end_value
                _ = metrics.total_return_pct, metrics.sharpe_ratio, metrics.max_drawdown_pct
        return {"mean_final": total / len(pairs)}

    return run


PREPARE = {"W1": _one, "W2": _one, "W3": _sweep}
